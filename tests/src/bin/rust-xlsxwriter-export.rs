//! Writes the records of a project into a workbook by `rust_xlsxwriter` alone, for `scripts/bench` to compare with:
//! `rust-xlsxwriter-export constant|standard URL PROJECT FILE [LEVEL]`.
#![expect(clippy::unwrap_used, reason = "a measurement that fails has no result")]

use std::ops::ControlFlow;

use deskledger_domain::{Column, ColumnKind, ExportFilter, Language, RecordRef, Value};
use deskledger_store::{Cancellation, ReadOutcome, StoreSettings};
use deskledger_tests::scope;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet};

/// Seconds of a day.
const DAY: f64 = 86_400.0;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [mode, url, project, file, level @ ..] = arguments.as_slice() else {
        return usage();
    };
    let mut workbook = Workbook::new();
    if let [level] = level {
        workbook.set_zip_compression_level(level.parse().unwrap());
    }
    let sheet = match mode.as_str() {
        "constant" => workbook.add_worksheet_with_constant_memory().unwrap(),
        "standard" => workbook.add_worksheet(),
        _ => return usage(),
    };
    fill(sheet, url, project);
    workbook.save(file).unwrap();
}

#[expect(clippy::print_stderr, reason = "it talks to a person")]
fn usage() {
    eprintln!("usage: rust-xlsxwriter-export constant|standard URL PROJECT FILE [LEVEL]");
}

fn fill(sheet: &mut Worksheet, url: &str, project: &str) {
    let formats = Formats {
        time: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
        duration: Format::new().set_num_format("[h]:mm:ss"),
    };
    for (column, number) in Column::ALL.into_iter().zip(0..) {
        let header = column.header(Language::EnUs, chrono_tz::Tz::UTC);
        sheet.write_string(0, number, header).unwrap();
        let format = match column.kind() {
            ColumnKind::Time => &formats.time,
            ColumnKind::Duration => &formats.duration,
            _ => continue,
        };
        sheet.set_column_format(number, format).unwrap();
    }
    let store = deskledger_store::Database::open(&StoreSettings::new(url))
        .unwrap()
        .records();
    let mut row = 0;
    let outcome = store
        .read(
            &ExportFilter::new(scope(project)),
            &Cancellation::new(),
            &mut |record| {
                row += 1;
                write(sheet, row, &record, &formats);
                ControlFlow::Continue(())
            },
        )
        .unwrap();
    assert_eq!(outcome, ReadOutcome::Complete);
}

struct Formats {
    time: Format,
    duration: Format,
}

fn write(sheet: &mut Worksheet, row: u32, record: &RecordRef<'_>, formats: &Formats) {
    for (column, number) in Column::ALL.into_iter().zip(0..) {
        match column.value(record) {
            Value::Missing => continue,
            Value::Text(text) => sheet.write_string(row, number, text).unwrap(),
            Value::Time(time) => {
                let time = ExcelDateTime::from_timestamp(time.timestamp()).unwrap();
                sheet
                    .write_datetime_with_format(row, number, time, &formats.time)
                    .unwrap()
            }
            Value::Duration(duration) => sheet
                .write_number_with_format(
                    row,
                    number,
                    duration.as_seconds_f64() / DAY,
                    &formats.duration,
                )
                .unwrap(),
            Value::Boolean(value) => {
                let language = Language::EnUs;
                let word = if value { language.yes() } else { language.no() };
                sheet.write_string(row, number, word).unwrap()
            }
            #[expect(clippy::cast_precision_loss, reason = "Excel's numbers are floats")]
            Value::Integer(integer) => sheet.write_number(row, number, integer as f64).unwrap(),
        };
    }
}
