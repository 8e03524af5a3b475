//! The sheet of notes, which lists what Excel cannot hold.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use chrono::{NaiveDateTime, TimeDelta};
use deskledger_workbook::{Cell, Column, ColumnKind, Notes, WorkbookErrorKind, WorkbookWriter};

fn columns() -> Vec<Column> {
    vec![
        Column::new("Ended", ColumnKind::DateTime),
        Column::new("Duration", ColumnKind::Duration),
    ]
}

const NEGATIVE: Cell<'_> = Cell::Duration(TimeDelta::seconds(-3));

fn ended() -> Cell<'static> {
    Cell::DateTime("2026-03-01T08:30:00".parse::<NaiveDateTime>().unwrap())
}

/// The name of every sheet with its rows.
fn read(file: Vec<u8>) -> Vec<(String, Vec<Vec<String>>)> {
    let mut workbook = Xlsx::new(Cursor::new(file)).unwrap();
    let text = |row: &[Data]| row.iter().map(Data::to_string).collect();
    let sheets = workbook.worksheets().into_iter();
    sheets
        .map(|(name, range)| (name, range.rows().map(text).collect()))
        .collect()
}

#[test]
fn there_are_notes_only_where_there_is_something_to_note() {
    for (length, sheets) in [(0, 1), (-1, 2)] {
        let mut writer = WorkbookWriter::builder(columns())
            .build(Vec::new())
            .unwrap();
        let cells = [ended(), Cell::Duration(TimeDelta::seconds(length))];
        writer.append(&cells).unwrap();
        let (file, summary) = writer.finish().unwrap();
        assert_eq!(read(file).len(), sheets);
        assert_eq!((summary.rows, summary.notes), (1, u64::from(length < 0)));
    }
}

#[test]
fn notes_stand_behind_all_tables_and_name_the_sheet_the_row_and_the_column() {
    let mut writer = WorkbookWriter::builder(columns())
        .sheet_name("Rows")
        .next_table("Notes", vec![Column::new("=Count", ColumnKind::Integer)])
        .rows_per_sheet(2)
        .build(Vec::new())
        .unwrap();
    for cell in [Cell::Empty, NEGATIVE, NEGATIVE] {
        writer.append(&[ended(), cell]).unwrap();
    }
    writer.next_table().unwrap();
    writer.append(&[Cell::Integer(i64::MAX)]).unwrap();
    let (file, summary) = writer.finish().unwrap();
    assert_eq!((summary.rows, summary.notes, summary.sheets), (4, 3, 5));
    let sheets = read(file);
    let names: Vec<_> = sheets.iter().map(|(name, _)| name.as_str()).collect();
    // A sheet of notes has as many rows as any.
    let expected = ["Rows", "Rows (2)", "Notes", "Notes (2)", "Notes (3)"];
    assert_eq!(names, expected);
    let header = ["Sheet", "Row", "Column", "Value"];
    assert_eq!(
        sheets[3].1,
        [
            header,
            ["Rows", "3", "Duration", "-0:00:03"],
            ["Rows (2)", "2", "Duration", "-0:00:03"],
        ]
    );
    let max = i64::MAX.to_string();
    assert_eq!(sheets[4].1, [header, ["Notes", "2", "=Count", &max]]);
}

#[test]
fn so_many_notes_are_listed_and_the_others_counted() {
    let mut writer = WorkbookWriter::builder(columns())
        .notes(Notes::new(
            "Hinweise",
            ["Blatt", "Zeile", "Spalte", "Wert"],
            "und {} weitere",
        ))
        .build(Vec::new())
        .unwrap();
    let outside = Cell::DateTime(NaiveDateTime::MIN);
    for _ in 0..5_001 {
        writer.append(&[outside, NEGATIVE]).unwrap();
    }
    let (file, summary) = writer.finish().unwrap();
    assert_eq!((summary.rows, summary.notes), (5_001, 10_002));
    let (name, rows) = read(file).remove(1);
    assert_eq!((name.as_str(), rows.len()), ("Hinweise", 10_002));
    assert_eq!(rows[0], ["Blatt", "Zeile", "Spalte", "Wert"]);
    assert_eq!(rows[10_000][1..3], ["5001", "Duration"]);
    assert_eq!(rows[10_001], ["", "", "", "und 2 weitere"]);
}

#[test]
fn the_name_of_the_notes_is_one_that_excel_takes() {
    let builder = WorkbookWriter::builder(columns()).notes(Notes::new("a/b", ["a"; 4], ""));
    let error = builder.build(Vec::new()).unwrap_err();
    assert_eq!(error.kind(), WorkbookErrorKind::InvalidName);
}
