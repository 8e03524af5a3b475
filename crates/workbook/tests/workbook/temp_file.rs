//! No file is written but the caller's own.
#![cfg(unix)]

use std::io;

use deskledger_workbook::{Cell, Column, ColumnKind, WorkbookWriter};

use crate::again;

#[test]
fn a_workbook_needs_no_temp_file() {
    if again::is_alone() {
        write_much();
    } else {
        // No file of this process can grow, and there is no directory for temp files.
        again::run(
            "temp_file::a_workbook_needs_no_temp_file",
            "trap '' XFSZ; ulimit -f 0; export TMPDIR=/nonexistent",
        );
    }
}

fn write_much() {
    let columns = vec![Column::new("a", ColumnKind::Text)];
    let mut writer = WorkbookWriter::builder(columns)
        .rows_per_sheet(40_000)
        .build(io::sink())
        .unwrap();
    for _ in 0..100_000 {
        writer.append(&[Cell::Text("some text")]).unwrap();
    }
    assert_eq!(writer.finish().unwrap().1.sheets, 3);
}
