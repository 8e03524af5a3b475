//! Times this crate against `rust_xlsxwriter` in constant memory, and its compressor against zlib-rs on the same XML:
//!
//! ```sh
//! cargo run --release -p deskledger-workbook --example rival -- 1000000
//! ```

#![expect(
    clippy::print_stdout,
    reason = "a table on standard output is what it is for"
)]

mod record;

use std::{
    error::Error,
    io::{self, Cursor, Read, Write},
    time::Instant,
};

use deskledger_workbook::{Cell, WorkbookWriter};
use flate2::{Compression, write::DeflateEncoder};
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let rows = std::env::args()
        .nth(1)
        .map_or(Ok(200_000), |rows| rows.parse())?;
    // Descending times and random numbers do not come again within the reach of deflate.
    let records = record::Record::some(100_000);
    let rows = || records.iter().cycle().take(rows);
    let ours = || -> Outcome<(Vec<u8>, u64)> {
        let mut writer = WorkbookWriter::builder(record::columns()).build(Vec::new())?;
        for record in rows() {
            writer.append(&record.cells())?;
        }
        let (file, summary) = writer.finish()?;
        Ok((file, summary.bytes))
    };
    timed("this crate", || ours().map(|(_, bytes)| bytes))?;
    let (file, _) = ours()?;
    let mut xml = Vec::new();
    zip::ZipArchive::new(Cursor::new(file))?
        .by_name("xl/worksheets/sheet1.xml")?
        .read_to_end(&mut xml)?;
    println!("its first sheet has {} bytes of XML", xml.len());
    for level in [1, 3] {
        timed(&format!("zlib-rs level {level}, that XML alone"), || {
            let mut encoder = DeflateEncoder::new(io::sink(), Compression::new(level));
            encoder.write_all(&xml)?;
            encoder.try_finish()?;
            Ok(encoder.total_out())
        })?;
    }
    drop(xml);
    timed("rust_xlsxwriter, constant memory, level 3", || {
        theirs(rows())
    })
}

fn timed(what: &str, run: impl FnOnce() -> Outcome<u64>) -> Outcome<()> {
    let start = Instant::now();
    let bytes = run()?;
    println!(
        "{what}: {:.3} s, {bytes} bytes",
        start.elapsed().as_secs_f64()
    );
    Ok(())
}

fn theirs<'a>(rows: impl Iterator<Item = &'a record::Record>) -> Outcome<u64> {
    let mut workbook = Workbook::new();
    workbook.set_zip_compression_level(3);
    let date = Format::new().set_num_format("yyyy-mm-dd hh:mm:ss");
    let duration = Format::new().set_num_format("[h]:mm:ss");
    let sheet = workbook.add_worksheet_with_constant_memory()?;
    for (number, record) in (1..).zip(rows) {
        for (column, cell) in (0..).zip(record.cells()) {
            write(sheet, (number, column), cell, [&date, &duration])?;
        }
    }
    let file = workbook.save_to_buffer()?;
    Ok(u64::try_from(file.len())?)
}

fn write(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    cell: Cell<'_>,
    [date, duration]: [&Format; 2],
) -> Result<(), XlsxError> {
    match cell {
        Cell::Text("") => {}
        Cell::Text(text) => {
            sheet.write_string(row, column, text)?;
        }
        Cell::Boolean(truth) => {
            sheet.write_string(row, column, if truth { "Yes" } else { "No" })?;
        }
        Cell::Integer(integer) => {
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            sheet.write_number(row, column, integer as f64)?;
        }
        Cell::DateTime(time) => {
            sheet.write_datetime_with_format(row, column, time, date)?;
        }
        Cell::Duration(length) => {
            let days = length.as_seconds_f64() / 86_400.0;
            sheet.write_number_with_format(row, column, days, duration)?;
        }
        _ => {}
    }
    Ok(())
}
