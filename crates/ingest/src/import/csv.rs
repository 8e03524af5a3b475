use std::{
    io::{self, BufRead},
    str,
};

use super::{
    BadLine, BadLineReason,
    cells::Cells,
    entry::{Entry, ReadEntry},
    line::{LineReader, Reach},
};
use crate::record::{
    FieldSlot, InvalidRecordLine, RecordLine, WholeNumber, quoted, whole_number_of_text,
};

/// Reads records whose cells stand under the names of the fields. An empty cell is a missing value.
pub(super) struct CsvReader<R> {
    lines: LineReader<R>,
    raw: Vec<u8>,
    cells: Cells,
    /// The header as it was read.
    header: Vec<u8>,
    columns: Vec<&'static str>,
    /// How many cells a record has: those of the columns, and blank ones.
    width: usize,
    /// Whether the record that was read last was too long, and goes on.
    goes_on: bool,
}

/// The lines of one record, taken apart.
struct Record {
    /// Which line, from 1; of several, the first.
    number: u64,
    /// Whether its cells can be used; `None` where the line is blank, or all of its cells are.
    cells: Option<Result<(), BadLineReason>>,
}

impl<R: BufRead> CsvReader<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            lines: LineReader::new(input),
            raw: Vec::new(),
            cells: Cells::new(),
            header: Vec::new(),
            columns: Vec::new(),
            width: 0,
            goes_on: false,
        }
    }

    /// Reads the lines of the next record and takes them apart.
    fn read_record(&mut self) -> io::Result<Option<Record>> {
        self.raw.clear();
        self.cells.clear();
        let mut number = 0;
        let cells = loop {
            let before = self.raw.len();
            let reach = self.lines.read(&mut self.raw)?;
            if before == 0 {
                number = self.lines.lines();
            }
            match reach {
                Reach::End if before == 0 => return Ok(None),
                Reach::End => break Some(Err(BadLineReason::OpenQuote)),
                Reach::Cut => {
                    self.goes_on = !self.cells.skip(&self.raw[before..]);
                    break Some(Err(BadLineReason::TooLong));
                }
                Reach::Whole if before == 0 && self.raw.trim_ascii().is_empty() => {
                    break None;
                }
                Reach::Whole if self.cells.feed(&self.raw[before..]) => {
                    // Spreadsheets write a row of nothing but commas for one that was emptied.
                    let is_blank = self.cells.iter().all(|cell| cell.trim_ascii().is_empty());
                    break (!is_blank).then(|| check_utf8(&self.raw));
                }
                Reach::Whole => {}
            }
        };
        Ok(Some(Record { number, cells }))
    }

    /// The columns, out of the first record. Spreadsheets leave blank ones behind them.
    fn columns(&self) -> Result<Vec<&'static str>, BadLineReason> {
        let mut columns = Vec::with_capacity(self.cells.count());
        let positions = (1..).zip(self.cells.iter());
        let named = positions.filter(|(_, name)| !name.is_empty());
        let width = named.last().map_or(0, |(position, _)| position);
        for name in self.cells.iter().take(width) {
            let field = RecordLine::FIELDS
                .into_iter()
                .find(|field| field.as_bytes() == name)
                .ok_or_else(|| BadLineReason::UnknownColumn {
                    name: quoted(&String::from_utf8_lossy(name)),
                })?;
            if columns.contains(&field) {
                return Err(BadLineReason::DoubledColumn { field });
            }
            columns.push(field);
        }
        match RecordLine::MANDATORY_FIELDS
            .into_iter()
            .find(|field| !columns.contains(field))
        {
            Some(field) => Err(BadLineReason::MissingColumn { field }),
            None => Ok(columns),
        }
    }

    fn record_line(&self) -> Result<RecordLine, BadLineReason> {
        let mut blank = self.cells.iter().skip(self.columns.len());
        if self.cells.count() != self.width || !blank.all(<[u8]>::is_empty) {
            return Err(BadLineReason::CellCount {
                found: self.cells.count(),
                expected: self.columns.len(),
            });
        }
        let mut line = RecordLine::default();
        for (field, cell) in self.columns.iter().copied().zip(self.cells.iter()) {
            // All lines of the record are UTF-8, so that its cells are as well.
            let Ok(cell) = str::from_utf8(cell) else {
                continue;
            };
            match line.slot(field) {
                _ if cell.is_empty() => {}
                Some(FieldSlot::Text(slot)) => *slot = Some(cell.to_owned()),
                Some(FieldSlot::Integer(slot)) => *slot = Some(WholeNumber(integer(field, cell)?)),
                Some(FieldSlot::Boolean(slot)) => *slot = Some(boolean(field, cell)?),
                None => {}
            }
        }
        Ok(line)
    }
}

impl<R: BufRead> ReadEntry for CsvReader<R> {
    fn read_header(&mut self) -> io::Result<Result<(), BadLine>> {
        let (line, reason) = loop {
            let record = self.read_record()?;
            if self.lines.is_utf16() {
                break (1, InvalidRecordLine::Utf16.into());
            }
            let Some(Record { number, cells }) = record else {
                break (1, BadLineReason::NoHeader);
            };
            match cells.map(|cells| cells.and_then(|()| self.columns())) {
                None => {}
                Some(Err(reason)) => break (number, reason),
                Some(Ok(columns)) => {
                    self.columns = columns;
                    self.width = self.cells.count();
                    self.header.clone_from(&self.raw);
                    return Ok(Ok(()));
                }
            }
        };
        Ok(Err(BadLine { line, reason }))
    }

    fn header(&self) -> &[u8] {
        &self.header
    }

    fn read_entry(&mut self) -> io::Result<Option<Entry>> {
        let record = self.read_record()?;
        Ok(record.map(|Record { number, cells }| Entry {
            number,
            line: cells.map(|cells| cells.and_then(|()| self.record_line())),
        }))
    }

    fn raw(&self) -> &[u8] {
        &self.raw
    }

    fn read_rest(&mut self) -> io::Result<bool> {
        if !self.goes_on {
            return Ok(false);
        }
        self.raw.clear();
        let reach = self.lines.read(&mut self.raw)?;
        self.goes_on = reach != Reach::End && !self.cells.skip(&self.raw);
        Ok(reach != Reach::End)
    }

    fn lines(&self) -> u64 {
        self.lines.lines()
    }

    fn bytes(&self) -> u64 {
        self.lines.bytes()
    }
}

fn check_utf8(raw: &[u8]) -> Result<(), BadLineReason> {
    str::from_utf8(raw).map(drop).map_err(|error| {
        let column = error.valid_up_to() + 1;
        InvalidRecordLine::NotUtf8 { column }.into()
    })
}

fn integer(field: &'static str, cell: &str) -> Result<i32, BadLineReason> {
    whole_number_of_text(cell).ok_or_else(|| BadLineReason::NotAnInteger {
        field,
        text: quoted(cell),
    })
}

fn boolean(field: &'static str, cell: &str) -> Result<bool, BadLineReason> {
    if cell.eq_ignore_ascii_case("true") {
        Ok(true)
    } else if cell.eq_ignore_ascii_case("false") {
        Ok(false)
    } else {
        Err(BadLineReason::NotABoolean {
            field,
            text: quoted(cell),
        })
    }
}
