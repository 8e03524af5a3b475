//! A full disk under the temp file is an error, not a panic.
#![cfg(unix)]

use deskledger_workbook::{Cell, Column, ColumnKind, WorkbookErrorKind, WorkbookWriter};

use crate::again;

#[test]
fn a_temp_file_that_cannot_grow_breaks_the_writer_without_a_panic() {
    if again::is_alone() {
        write_more_than_fits();
    } else {
        // Files stop at a few blocks, with an error instead of a signal.
        again::run(
            "temp_file::a_temp_file_that_cannot_grow_breaks_the_writer_without_a_panic",
            "trap '' XFSZ; ulimit -f 16",
        );
    }
}

fn write_more_than_fits() {
    let columns = vec![Column::new("a", ColumnKind::Text)];
    let mut writer = WorkbookWriter::builder(columns).build(Vec::new()).unwrap();
    let error = (0..100_000)
        .find_map(|_| writer.append(&[Cell::Text("some text")]).err())
        .unwrap();
    assert_eq!(error.kind(), WorkbookErrorKind::Internal);
    let error = writer.append(&[Cell::Text("more")]).unwrap_err();
    assert_eq!(error.kind(), WorkbookErrorKind::Unusable);
    assert_eq!(
        error.to_string(),
        "the workbook broke at an earlier row and cannot be finished"
    );
    assert_eq!(
        writer.finish().unwrap_err().kind(),
        WorkbookErrorKind::Unusable
    );
}
