//! Small tables for the tests.

use deskledger_workbook::{Cell, Column, ColumnKind, WorkbookWriter};

/// The file of one column of a kind.
pub(crate) fn column(kind: ColumnKind, cells: &[Cell<'_>]) -> Vec<u8> {
    let mut writer = WorkbookWriter::builder(vec![Column::new("header", kind)])
        .build(Vec::new())
        .unwrap();
    for cell in cells {
        writer.append(&[*cell]).unwrap();
    }
    writer.finish().unwrap().0
}

/// The file of one column of texts.
pub(crate) fn texts<T: AsRef<str>>(texts: &[T]) -> Vec<u8> {
    let cells: Vec<_> = texts.iter().map(|text| Cell::Text(text.as_ref())).collect();
    column(ColumnKind::Text, &cells)
}

/// The file of two columns and so many rows, a sheet holding so many, called `Rows`.
pub(crate) fn sheets(rows: i64, rows_per_sheet: u32) -> Vec<u8> {
    let columns = vec![
        Column::new("Number", ColumnKind::Integer),
        Column::new("=Text", ColumnKind::Text),
    ];
    let mut writer = WorkbookWriter::builder(columns)
        .sheet_name("Rows")
        .rows_per_sheet(rows_per_sheet)
        .build(Vec::new())
        .unwrap();
    for row in 0..rows {
        writer
            .append(&[Cell::Integer(row), Cell::Text("x")])
            .unwrap();
    }
    writer.finish().unwrap().0
}
