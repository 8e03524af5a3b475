use std::io::{Cursor, read_to_string};

use calamine::{Data, Reader as _, Xlsx};
use chrono::{NaiveDateTime, TimeDelta};
use zip::ZipArchive;

/// A cell, as calamine reads it.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Text.
    Text(String),
    /// A number.
    Number(f64),
    /// A date with its time.
    Time(NaiveDateTime),
    /// A length of time.
    Duration(TimeDelta),
}

/// A sheet: its name, and its rows with the header first. Every row has as many cells as the header.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    /// The name.
    pub name: String,
    /// The first row.
    pub header: Vec<String>,
    /// The rows after it.
    pub rows: Vec<Vec<Cell>>,
}

impl Sheet {
    /// The texts of a column, by its header.
    pub fn texts(&self, header: &str) -> Vec<String> {
        let column = self.header.iter().position(|name| name == header).unwrap();
        self.rows
            .iter()
            .map(|row| match &row[column] {
                Cell::Text(text) => text.clone(),
                cell => panic!("no text: {cell:?}"),
            })
            .collect()
    }
}

/// The text of a part of a workbook.
pub fn part(file: &[u8], name: &str) -> String {
    let mut archive = ZipArchive::new(Cursor::new(file)).unwrap();
    let part = archive.by_name(name).unwrap();
    read_to_string(part).unwrap()
}

/// Reads the sheets of a workbook.
pub fn sheets(file: &[u8]) -> Vec<Sheet> {
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(file)).unwrap();
    workbook
        .worksheets()
        .into_iter()
        .map(|(name, range)| {
            let mut rows = range
                .rows()
                .map(|row| row.iter().map(cell).collect::<Vec<_>>());
            let header = rows.next().unwrap();
            let header = header
                .into_iter()
                .map(|cell| match cell {
                    Cell::Text(text) => text,
                    cell => panic!("a header is no text: {cell:?}"),
                })
                .collect();
            Sheet {
                name,
                header,
                rows: rows.collect(),
            }
        })
        .collect()
}

fn cell(data: &Data) -> Cell {
    match data {
        Data::Empty => Cell::Empty,
        Data::String(text) => Cell::Text(text.clone()),
        #[expect(clippy::cast_precision_loss, reason = "Excel's numbers are floats")]
        Data::Int(number) => Cell::Number(*number as f64),
        Data::Float(number) => Cell::Number(*number),
        Data::DateTime(time) if time.is_duration() => Cell::Duration(time.as_duration().unwrap()),
        Data::DateTime(time) => Cell::Time(time.as_datetime().unwrap()),
        other => panic!("an unexpected cell: {other:?}"),
    }
}
