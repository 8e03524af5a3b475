//! Every kind of cell reads back as what it was.

use calamine::{Data, Reader, Xlsx};
use chrono::{NaiveDateTime, TimeDelta};
use deskledger_workbook::{Cell, Column, ColumnKind, WorkbookWriter};
use std::io::Cursor;

use crate::{
    reader::{self, RawCell},
    table,
};

fn at(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

/// The data cells of one column, as calamine reads them.
fn read(kind: ColumnKind, cells: &[Cell<'_>]) -> Vec<Data> {
    let mut workbook = Xlsx::new(Cursor::new(table::column(kind, cells))).unwrap();
    let range = workbook.worksheet_range_at(0).unwrap().unwrap();
    range.rows().skip(1).map(|row| row[0].clone()).collect()
}

/// The notes of the workbook of one column: row, column, value.
fn notes(kind: ColumnKind, cells: &[Cell<'_>]) -> Vec<(f64, String, String)> {
    let mut workbook = Xlsx::new(Cursor::new(table::column(kind, cells))).unwrap();
    let range = workbook.worksheet_range("Notes").unwrap();
    let rows = range.rows().skip(1);
    rows.map(|row| {
        assert_eq!(row[0], Data::String("Sheet1".to_owned()));
        let Data::Float(number) = row[1] else {
            panic!("not a row: {row:?}");
        };
        (number, row[2].to_string(), row[3].to_string())
    })
    .collect()
}

/// Asserts that these cells are empty, and that the notes have their values.
#[track_caller]
fn assert_noted(kind: ColumnKind, cells: &[Cell<'_>], texts: &[&str]) {
    let found = raw(kind.clone(), cells);
    assert_eq!(found.len(), cells.len());
    for (_, cell) in found {
        assert_eq!((cell.kind, cell.content), (None, None));
    }
    let note =
        |(row, text): (u32, &&str)| (f64::from(row), "header".to_owned(), (*text).to_owned());
    let expected: Vec<_> = (2..).zip(texts).map(note).collect();
    assert_eq!(notes(kind, cells), expected);
}

/// The data cells of one column, as the XML has them, with the formats of their styles.
fn raw(kind: ColumnKind, cells: &[Cell<'_>]) -> Vec<(Option<String>, RawCell)> {
    let file = table::column(kind, cells);
    let formats = reader::formats(&file);
    reader::cells(&file, 1)
        .into_iter()
        .skip(1)
        .map(|cell| (formats[cell.style].clone(), cell))
        .collect()
}

#[test]
fn a_text_is_an_inline_string_without_a_format() {
    let cells = raw(ColumnKind::Text, &[Cell::Text("jy01")]);
    let cell = RawCell {
        reference: "A2".to_owned(),
        kind: Some("inlineStr".to_owned()),
        style: 0,
        content: Some("jy01".to_owned()),
    };
    assert_eq!(cells, [(None, cell)]);
}

#[test]
fn texts_read_back() {
    let texts = [
        "jy01",
        "用户名",
        "a & b < c > \"d\" 'e'",
        "line\nline",
        "\ttab\t",
        "  blanks  ",
        "😀",
    ];
    let cells = texts.map(Cell::Text);
    assert_eq!(
        read(ColumnKind::Text, &cells),
        texts.map(|text| Data::String(text.to_owned()))
    );
}

#[test]
fn an_integer_is_a_number_shown_with_all_its_digits() {
    let integers = [0, -1, 12, 999_999_999_999_999, -999_999_999_999_999];
    for ((format, cell), integer) in raw(ColumnKind::Integer, &integers.map(Cell::Integer))
        .into_iter()
        .zip(integers)
    {
        assert_eq!(format.as_deref(), Some("0"));
        assert_eq!((cell.kind, cell.content), (None, Some(integer.to_string())));
    }
}

#[test]
fn an_integer_that_a_float_would_round_is_an_empty_cell_and_a_note() {
    let integers = [i64::MAX, i64::MIN, 9_007_199_254_740_993];
    let texts = integers.map(|integer| integer.to_string());
    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
    assert_noted(ColumnKind::Integer, &integers.map(Cell::Integer), &texts);
}

#[test]
fn a_decimal_reads_back_exactly() {
    let decimals = [0.0, 0.1 + 0.2, -1.5e-300, 1e300, std::f64::consts::PI];
    assert_eq!(
        read(ColumnKind::Decimal, &decimals.map(Cell::Decimal)),
        decimals.map(Data::Float)
    );
}

#[test]
fn a_decimal_that_is_no_number_is_an_empty_cell_and_a_note() {
    let decimals = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    let texts = ["NaN", "inf", "-inf"];
    assert_noted(ColumnKind::Decimal, &decimals.map(Cell::Decimal), &texts);
}

#[test]
fn a_time_reads_back_as_a_date_to_the_millisecond() {
    let times = [
        "1900-03-01T00:00:00",
        "2026-03-01T08:30:00.250",
        "2024-02-29T23:59:59.999",
        "9999-12-31T23:59:59.999",
    ]
    .map(at);
    let found = read(ColumnKind::DateTime, &times.map(Cell::DateTime))
        .into_iter()
        .map(|cell| match cell {
            Data::DateTime(date) if date.is_datetime() => date.as_datetime().unwrap(),
            other => panic!("not a date: {other:?}"),
        });
    assert_eq!(found.collect::<Vec<_>>(), times);
}

#[test]
fn a_time_is_a_serial_number_in_the_format_of_dates() {
    let (format, cell) = raw(
        ColumnKind::DateTime,
        &[Cell::DateTime(at("2000-01-01T12:00:00"))],
    )
    .remove(0);
    assert_eq!(format.as_deref(), Some("yyyy-mm-dd hh:mm:ss"));
    assert_eq!(
        (cell.kind, cell.content.as_deref()),
        (None, Some("36526.5"))
    );
}

#[test]
fn a_time_that_excel_cannot_hold_is_an_empty_cell_and_a_note() {
    let times = [
        // The zero of Windows' clocks.
        "1601-01-01T00:00:00",
        "1899-12-31T23:59:59.999",
        // Excel counts these days from another start than everybody else.
        "1900-01-01T00:00:00",
        "1900-02-28T23:59:59",
        "0001-01-01T00:00:00",
        "+10000-01-01T00:00:00.000000001",
    ];
    let cells = times.map(at).map(Cell::DateTime);
    assert_noted(ColumnKind::DateTime, &cells, &times);
}

#[test]
fn a_duration_is_a_serial_number_in_hours_past_24() {
    let (format, cell) = raw(
        ColumnKind::Duration,
        &[Cell::Duration(TimeDelta::hours(36))],
    )
    .remove(0);
    assert_eq!(format.as_deref(), Some("[h]:mm:ss"));
    assert_eq!((cell.kind, cell.content.as_deref()), (None, Some("1.5")));
}

#[test]
fn a_duration_reads_back_to_the_millisecond() {
    let lengths = [0, 1, 5_723_004, 8_640_000_000_001].map(TimeDelta::milliseconds);
    let found = read(ColumnKind::Duration, &lengths.map(Cell::Duration))
        .into_iter()
        .map(|cell| match cell {
            Data::DateTime(date) if date.is_duration() => date.as_duration().unwrap(),
            other => panic!("not a duration: {other:?}"),
        });
    assert_eq!(found.collect::<Vec<_>>(), lengths);
}

#[test]
fn a_negative_duration_is_an_empty_cell_and_a_note() {
    let lengths = [TimeDelta::seconds(-3_723), TimeDelta::MAX];
    assert_noted(
        ColumnKind::Duration,
        &lengths.map(Cell::Duration),
        &["-1:02:03", "2562047788015:12:55.807"],
    );
    let file = table::column(ColumnKind::Duration, &lengths.map(Cell::Duration));
    let value = reader::cells(&file, 2).remove(7);
    assert_eq!(
        (value.reference.as_str(), value.content.as_deref()),
        ("D2", Some("-1:02:03"))
    );
    assert!(
        reader::quoting(&file)[value.style],
        "a note is no formula either"
    );
}

#[test]
fn a_boolean_reads_back_as_one_of_the_two_texts() {
    let found = read(
        ColumnKind::boolean("是", "否"),
        &[Cell::Boolean(true), Cell::Boolean(false)],
    );
    assert_eq!(
        found,
        ["是", "否"].map(|text| Data::String(text.to_owned()))
    );
}

#[test]
fn an_empty_cell_and_an_empty_text_are_empty() {
    let cells = [Cell::Empty, Cell::Text(""), Cell::Text("x")];
    let found = reader::cells(&table::column(ColumnKind::Text, &cells), 1);
    let contents: Vec<_> = found
        .iter()
        .map(|cell| (cell.reference.as_str(), cell.content.as_deref()))
        .collect();
    assert_eq!(
        contents,
        [
            ("A1", Some("header")),
            ("A2", None),
            ("A3", None),
            ("A4", Some("x"))
        ]
    );
    assert!(
        found
            .iter()
            .all(|cell| cell.kind.is_none() == cell.content.is_none())
    );
}

#[test]
fn every_row_has_a_cell_in_its_last_column() {
    let columns = ["a", "b", "c"].map(|name| Column::new(name, ColumnKind::Integer));
    let mut writer = WorkbookWriter::builder(columns.to_vec())
        .build(Vec::new())
        .unwrap();
    let (one, none) = (Cell::Integer(1), Cell::Empty);
    for row in [[none; 3], [one, none, none], [one, none, one]] {
        writer.append(&row).unwrap();
    }
    let (file, _) = writer.finish().unwrap();
    let references: Vec<_> = reader::cells(&file, 1)
        .into_iter()
        .skip(3)
        .map(|cell| cell.reference)
        .collect();
    assert_eq!(references, ["C2", "A3", "C3", "A4", "C4"]);
}
