//! Writes a million rows of 23 columns to standard output, as they come:
//!
//! ```sh
//! cargo run --release -p deskledger-workbook --example million > million.xlsx
//! ```

mod record;

use std::{error::Error, io};

use deskledger_workbook::WorkbookWriter;

/// So many records are made up; they come again until there are a million rows.
const RECORDS: u64 = 20_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut writer = WorkbookWriter::builder(record::columns())
        .sheet_name("Connections")
        .build(io::stdout())?;
    let records = record::Record::some(RECORDS);
    for record in records.iter().cycle().take(1_000_000) {
        writer.append(&record.cells())?;
    }
    writer.finish()?;
    Ok(())
}
