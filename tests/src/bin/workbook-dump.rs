//! Writes the canonical lines of a workbook as calamine reads it: `workbook-dump FILE`.
//!
//! `tests/readers/canonical.py` says what a canonical line is; `scripts/export-check` compares such lines.

use std::env;
use std::error::Error;
use std::io::{self, BufWriter, Write};

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx, XlsxCellReader, open_workbook};

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args_os().nth(1).ok_or("usage: workbook-dump FILE")?;
    let mut workbook: Xlsx<_> = open_workbook(path)?;
    let mut out = BufWriter::new(io::stdout().lock());
    for (index, name) in workbook.sheet_names().into_iter().enumerate() {
        writeln!(out, "sheet {}", index + 1)?;
        dump_sheet(&mut workbook.worksheet_cells_reader(&name)?, &mut out)?;
    }
    out.flush()?;
    Ok(())
}

/// Writes a line for each row up to the last that holds something. The cells come one by one, so that a sheet of a
/// million rows needs no memory.
fn dump_sheet<RS>(
    cells: &mut XlsxCellReader<'_, RS>,
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>>
where
    RS: io::Read + io::Seek,
{
    let (mut row, mut column) = (0, 0);
    let mut written = false;
    while let Some(cell) = cells.next_cell()? {
        let (cell_row, cell_column) = cell.get_position();
        let Some(text) = canonical(cell.get_value())? else {
            continue;
        };
        if (cell_row, cell_column) < (row, column) {
            return Err(format!("cell ({cell_row}, {cell_column}) is out of order").into());
        }
        if cell_row > row {
            out.write_all("\n".repeat((cell_row - row) as usize).as_bytes())?;
            (row, column) = (cell_row, 0);
        }
        for _ in column..cell_column {
            out.write_all(b"\t")?;
        }
        column = cell_column;
        out.write_all(text.as_bytes())?;
        written = true;
    }
    if written {
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// The canonical form of a value; none if the cell is empty.
fn canonical(value: &DataRef<'_>) -> Result<Option<String>, Box<dyn Error>> {
    Ok(Some(match value {
        DataRef::Empty | DataRef::SharedString("") => return Ok(None),
        DataRef::String(text) if text.is_empty() => return Ok(None),
        DataRef::String(text) => canonical_text(text),
        DataRef::SharedString(text) => canonical_text(text),
        DataRef::Int(number) => format!("n:{number}"),
        DataRef::Float(number) if number.fract() == 0.0 => format!("n:{number:.0}"),
        DataRef::Float(number) => format!("n:{number:?}"),
        DataRef::Bool(value) => format!("b:{value}"),
        DataRef::DateTime(time) => canonical_time(time)?,
        DataRef::Error(error) => format!("e:{error}"),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            return Err(format!("a time is written as the text {text:?}").into());
        }
    }))
}

fn canonical_text(text: &str) -> String {
    let mut canonical = String::with_capacity(text.len() + 2);
    canonical.push_str("t:");
    for character in text.chars() {
        match character {
            '\\' => canonical.push_str(r"\\"),
            '\t' => canonical.push_str(r"\t"),
            '\n' => canonical.push_str(r"\n"),
            '\r' => canonical.push_str(r"\r"),
            other => canonical.push(other),
        }
    }
    canonical
}

fn canonical_time(time: &ExcelDateTime) -> Result<String, Box<dyn Error>> {
    let number = time.as_f64();
    if time.is_duration() {
        let length = time
            .as_duration()
            .ok_or_else(|| format!("{number} is no length of time"))?;
        let milliseconds = length.num_milliseconds();
        Ok(format!(
            "s:{}.{:03}",
            milliseconds / 1_000,
            milliseconds % 1_000
        ))
    } else {
        let (year, month, day, hour, minute, second, millisecond) = time.to_ymd_hms_milli();
        Ok(format!(
            "d:{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millisecond:03}"
        ))
    }
}
