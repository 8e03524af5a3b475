//! What the files of an export hold, in whichever format: cells, as a workbook has them.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use deskledger_domain::{Column, ColumnKind, ExportFormat, Language, ProjectId, Value};
use deskledger_ingest::RecordLine;
use deskledger_tests::{Cell, PROJECT, sheets};
use serde_json::Value as Json;

pub(crate) const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The rows of a file of this format, in this language and zone.
pub(crate) fn rows(
    format: ExportFormat,
    file: &[u8],
    language: Language,
    time_zone: Tz,
) -> Vec<Vec<Cell>> {
    match format {
        ExportFormat::Xlsx => sheets(file).remove(0).rows,
        ExportFormat::Csv => csv_rows(file).1,
        ExportFormat::JsonLines => json_rows(file)
            .iter()
            .map(|row| json_cells(row, language, time_zone))
            .collect(),
    }
}

/// The header of CSV, and its rows without guards, as the cells of the workbook would be.
pub(crate) fn csv_rows(file: &[u8]) -> (Vec<String>, Vec<Vec<Cell>>) {
    csv_rows_of(file, Column::ALL.map(Column::kind))
}

/// The same of a file whose columns are of these kinds.
pub(crate) fn csv_rows_of<const WIDTH: usize>(
    file: &[u8],
    kinds: [ColumnKind; WIDTH],
) -> (Vec<String>, Vec<Vec<Cell>>) {
    let text = file.strip_prefix(BYTE_ORDER_MARK).unwrap();
    let mut reader = csv::Reader::from_reader(text);
    let header = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    let rows = reader.records().map(|row| {
        let row = row.unwrap();
        let cells = row.iter().zip(kinds);
        cells.map(|(cell, kind)| csv_cell(cell, kind)).collect()
    });
    let rows = rows.collect();
    (header, rows)
}

fn csv_cell(cell: &str, kind: ColumnKind) -> Cell {
    if cell.is_empty() {
        return Cell::Empty;
    }
    if let Some(guarded) = cell.strip_prefix('\'') {
        return Cell::Text(guarded_text(guarded));
    }
    match kind {
        ColumnKind::Text | ColumnKind::Boolean => Cell::Text(guarded_text(cell)),
        ColumnKind::Integer => Cell::Number(cell.parse().unwrap()),
        ColumnKind::Time => {
            Cell::Time(NaiveDateTime::parse_from_str(cell, "%Y-%m-%d %H:%M:%S%.f").unwrap())
        }
        ColumnKind::Duration => {
            let (seconds, milliseconds) = cell.split_once('.').unwrap_or((cell, "0"));
            let seconds = seconds
                .split(':')
                .fold(0, |sum, part| sum * 60 + part.parse::<i64>().unwrap());
            let milliseconds: i64 = milliseconds.parse().unwrap();
            Cell::Duration(TimeDelta::milliseconds(seconds * 1000 + milliseconds))
        }
    }
}

/// A text without the guards behind its separators.
fn guarded_text(cell: &str) -> String {
    [";'", "\t'", "\r'", "\n'"]
        .iter()
        .fold(cell.to_owned(), |text, guarded| {
            text.replace(guarded, &guarded[..1])
        })
}

/// The records of JSON Lines.
pub(crate) fn json_rows(file: &[u8]) -> Vec<Json> {
    let text = std::str::from_utf8(file).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'));
    text.split_terminator('\n')
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The cells of a record that was sent as JSON, as the workbook would have them.
pub(crate) fn json_cells(record: &Json, language: Language, time_zone: Tz) -> Vec<Cell> {
    let line = RecordLine::from_json(record.to_string().as_bytes()).unwrap();
    let project = ProjectId::new(PROJECT).unwrap();
    let record = line.into_record(&project).unwrap();
    let cell = |column: Column| match column.value(&record.as_ref()) {
        Value::Missing | Value::Text("") => Cell::Empty,
        Value::Text(text) => Cell::Text(text.to_owned()),
        Value::Time(time) => Cell::Time(local(time, time_zone)),
        Value::Duration(length) => {
            assert!(length >= TimeDelta::zero(), "the generator makes none");
            Cell::Duration(TimeDelta::milliseconds(length.num_milliseconds()))
        }
        Value::Boolean(true) => Cell::Text(language.yes().to_owned()),
        Value::Boolean(false) => Cell::Text(language.no().to_owned()),
        #[expect(
            clippy::cast_precision_loss,
            reason = "the numbers of a record are small"
        )]
        Value::Integer(number) => Cell::Number(number as f64),
    };
    Column::ALL.map(cell).to_vec()
}

/// The time in a zone, in the whole milliseconds that a workbook holds.
fn local(time: DateTime<Utc>, time_zone: Tz) -> NaiveDateTime {
    let whole = DateTime::from_timestamp_millis(time.timestamp_millis()).unwrap();
    whole.with_timezone(&time_zone).naive_local()
}
