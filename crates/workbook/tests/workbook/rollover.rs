//! A full sheet is followed by the next.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use deskledger_workbook::{Cell, Column, ColumnKind, WorkbookWriter};

use crate::table;

/// The name of every sheet with the numbers in its first column.
fn read(file: Vec<u8>) -> Vec<(String, Vec<i64>)> {
    let mut workbook = Xlsx::new(Cursor::new(file)).unwrap();
    let sheets = workbook.worksheets();
    let read = |(name, range): (String, calamine::Range<Data>)| {
        let mut rows = range.rows();
        let header = [
            Data::String("Number".to_owned()),
            Data::String("=Text".to_owned()),
        ];
        assert_eq!(rows.next().unwrap(), header, "the header of {name}");
        let numbers = rows.map(|row| match row[0] {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "the tests count to small whole numbers"
            )]
            Data::Float(number) => number as i64,
            ref other => panic!("not a number: {other:?}"),
        });
        (name, numbers.collect())
    };
    sheets.into_iter().map(read).collect()
}

fn named(name: &str, numbers: std::ops::Range<i64>) -> (String, Vec<i64>) {
    (name.to_owned(), numbers.collect())
}

#[test]
fn no_rows_make_one_sheet_with_the_header() {
    assert_eq!(read(table::sheets(0, 3)), [named("Rows", 0..0)]);
}

#[test]
fn a_sheet_exactly_full_is_the_last() {
    assert_eq!(read(table::sheets(3, 3)), [named("Rows", 0..3)]);
}

#[test]
fn the_row_after_a_full_sheet_opens_the_next() {
    assert_eq!(
        read(table::sheets(4, 3)),
        [named("Rows", 0..3), named("Rows (2)", 3..4)]
    );
}

#[test]
fn all_rows_stand_in_order_over_all_sheets() {
    let expected = [
        named("Rows", 0..3),
        named("Rows (2)", 3..6),
        named("Rows (3)", 6..8),
    ];
    assert_eq!(read(table::sheets(8, 3)), expected);
}

#[test]
fn the_summary_counts_rows_sheets_and_bytes() {
    let columns = vec![Column::new("a", ColumnKind::Text)];
    let mut writer = WorkbookWriter::builder(columns)
        .rows_per_sheet(2)
        .build(Vec::new())
        .unwrap();
    for _ in 0..5 {
        writer.append(&[Cell::Text("x")]).unwrap();
    }
    let (file, summary) = writer.finish().unwrap();
    assert_eq!((summary.rows, summary.sheets), (5, 3));
    assert_eq!(summary.bytes, u64::try_from(file.len()).unwrap());
}

#[test]
fn a_sheet_holds_as_many_rows_as_excel() {
    let sheets = read(table::sheets(1_048_576, 1_048_575));
    assert_eq!(
        sheets,
        [
            named("Rows", 0..1_048_575),
            named("Rows (2)", 1_048_575..1_048_576)
        ]
    );
}
