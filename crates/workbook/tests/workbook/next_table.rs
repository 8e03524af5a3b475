//! More than one table in a workbook.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use deskledger_workbook::{Cell, Column, ColumnKind, WorkbookErrorKind, WorkbookWriter};

use crate::table;

fn numbers() -> Vec<Column> {
    vec![
        Column::new("Number", ColumnKind::Integer),
        Column::new("=Text", ColumnKind::Text),
    ]
}

fn texts() -> Vec<Column> {
    vec![
        Column::new("About", ColumnKind::Text),
        Column::new("At", ColumnKind::DateTime),
        Column::new("Count", ColumnKind::Integer),
    ]
}

/// The name of every sheet with its rows, the header among them.
fn read(file: Vec<u8>) -> Vec<(String, Vec<Vec<Data>>)> {
    let mut workbook = Xlsx::new(Cursor::new(file)).unwrap();
    let sheets = workbook.worksheets().into_iter();
    sheets
        .map(|(name, range)| (name, range.rows().map(<[Data]>::to_vec).collect()))
        .collect()
}

fn names(file: Vec<u8>) -> Vec<String> {
    read(file).into_iter().map(|(name, _)| name).collect()
}

/// The text of a part of a file.
fn part(file: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(file)).unwrap();
    let mut part = archive.by_name(name).unwrap();
    std::io::read_to_string(&mut part).unwrap()
}

/// A workbook of so many rows, a sheet holding so many, and then of a table of so many.
fn workbook(first: i64, second: i64, rows_per_sheet: u32, name: &str) -> Vec<u8> {
    let mut writer = WorkbookWriter::builder(numbers())
        .sheet_name("Rows")
        .next_table(name, texts())
        .rows_per_sheet(rows_per_sheet)
        .build(Vec::new())
        .unwrap();
    for row in 0..first {
        writer
            .append(&[Cell::Integer(row), Cell::Text("x")])
            .unwrap();
    }
    writer.next_table().unwrap();
    for row in 0..second {
        writer
            .append(&[Cell::Text("=1+1"), Cell::Empty, Cell::Integer(row)])
            .unwrap();
    }
    let (file, summary) = writer.finish().unwrap();
    assert_eq!(summary.rows, u64::try_from(first + second).unwrap());
    assert_eq!(summary.bytes, file.len() as u64);
    file
}

#[test]
fn a_table_stands_behind_the_one_before_it_with_columns_of_its_own() {
    let sheets = read(workbook(2, 1, 10, "Summary"));
    let text = |text: &str| Data::String(text.to_owned());
    let expected = [
        vec![
            vec![text("Number"), text("=Text")],
            vec![Data::Float(0.0), text("x")],
            vec![Data::Float(1.0), text("x")],
        ],
        vec![
            vec![text("About"), text("At"), text("Count")],
            vec![text("=1+1"), Data::Empty, Data::Float(0.0)],
        ],
    ];
    let names = ["Rows", "Summary"].map(str::to_owned);
    assert_eq!(sheets, names.into_iter().zip(expected).collect::<Vec<_>>());
}

#[test]
fn each_table_goes_on_in_sheets_of_its_own() {
    let file = workbook(5, 3, 2, "Summary");
    let expected = ["Rows", "Rows (2)", "Rows (3)", "Summary", "Summary (2)"];
    assert_eq!(names(file), expected);
}

#[test]
fn a_name_that_an_earlier_table_took_gets_a_number() {
    assert_eq!(names(workbook(1, 1, 10, "ROWS")), ["Rows", "ROWS (2)"]);
    let file = workbook(4, 4, 2, "rows");
    assert_eq!(names(file), ["Rows", "Rows (2)", "rows (3)", "rows (4)"]);
    let file = workbook(3, 3, 2, "Rows (2)");
    assert_eq!(
        names(file),
        ["Rows", "Rows (2)", "Rows (2) (2)", "Rows (2) (3)"]
    );
}

#[test]
fn the_sheets_of_the_first_table_are_as_they_are_without_another() {
    let alone = table::sheets(300, 200);
    let followed = workbook(300, 7, 200, "Summary");
    for sheet in ["xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"] {
        assert!(part(&alone, sheet) == part(&followed, sheet), "{sheet}");
    }
    assert_eq!(
        part(&alone, "xl/styles.xml"),
        part(&followed, "xl/styles.xml")
    );
    let added = part(&followed, "xl/worksheets/sheet3.xml");
    assert!(added.contains("<autoFilter ref=\"A1:C8\"/>"), "{added}");
    assert!(!added.contains("tabSelected"));
}

#[test]
fn tables_that_nobody_began_are_empty() {
    let writer = WorkbookWriter::builder(numbers())
        .next_table("a", texts())
        .next_table("b", numbers())
        .build(Vec::new())
        .unwrap();
    let (file, summary) = writer.finish().unwrap();
    assert_eq!((summary.rows, summary.sheets), (0, 3));
    assert_eq!(names(file), ["Sheet1", "a", "b"]);
}

#[test]
fn there_is_no_table_behind_the_last_and_no_harm_in_asking() {
    let mut writer = WorkbookWriter::builder(numbers())
        .build(Vec::new())
        .unwrap();
    let error = writer.next_table().unwrap_err();
    assert_eq!(error.kind(), WorkbookErrorKind::NoTable);
    writer.append(&[Cell::Integer(1), Cell::Empty]).unwrap();
    assert_eq!(names(writer.finish().unwrap().0), ["Sheet1"]);
}

#[test]
fn a_row_must_fit_the_columns_of_its_table() {
    let mut writer = WorkbookWriter::builder(numbers())
        .next_table("a", texts())
        .build(Vec::new())
        .unwrap();
    let row = [Cell::Text("x"), Cell::Empty, Cell::Integer(1)];
    assert!(writer.append(&row).is_err());
    writer.next_table().unwrap();
    writer.append(&row).unwrap();
    let builder = WorkbookWriter::builder(numbers()).next_table("a", Vec::new());
    let error = builder.build(Vec::new()).unwrap_err();
    assert_eq!(error.kind(), WorkbookErrorKind::InvalidColumns);
    let builder = WorkbookWriter::builder(numbers()).next_table("a/b", texts());
    let error = builder.build(Vec::new()).unwrap_err();
    assert_eq!(error.kind(), WorkbookErrorKind::InvalidName);
}

#[test]
fn rows_beyond_a_batch_are_compressed_elsewhere_in_each_table() {
    let file = workbook(20_000, 20_000, 1_000_000, "Summary");
    let sheets = read(file);
    let heights: Vec<_> = sheets.iter().map(|(_, rows)| rows.len()).collect();
    assert_eq!(heights, [20_001, 20_001]);
    assert_eq!(sheets[1].1[20_000][2], Data::Float(19_999.0));
}
