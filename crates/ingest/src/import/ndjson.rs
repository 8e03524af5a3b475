use std::io::{self, BufRead};

use super::{
    BadLineReason,
    entry::{Entry, ReadEntry},
    line::{LineReader, Reach},
};
use crate::record::{InvalidRecordLine, RecordLine};

/// Reads one record a line.
pub(super) struct NdjsonReader<R> {
    lines: LineReader<R>,
    raw: Vec<u8>,
}

impl<R: BufRead> NdjsonReader<R> {
    pub(super) const fn new(input: R) -> Self {
        Self {
            lines: LineReader::new(input),
            raw: Vec::new(),
        }
    }
}

impl<R: BufRead> ReadEntry for NdjsonReader<R> {
    fn read_entry(&mut self) -> io::Result<Option<Entry>> {
        self.raw.clear();
        let line = match self.lines.read(&mut self.raw)? {
            Reach::End => return Ok(None),
            _ if self.lines.is_utf16() => Some(Err(InvalidRecordLine::Utf16.into())),
            Reach::Cut => Some(Err(BadLineReason::TooLong)),
            Reach::Whole => match self.raw.trim_ascii_end() {
                [] => None,
                json => Some(RecordLine::from_json(json).map_err(BadLineReason::from)),
            },
        };
        Ok(Some(Entry {
            number: self.lines.lines(),
            line,
        }))
    }

    fn raw(&self) -> &[u8] {
        &self.raw
    }

    fn read_rest(&mut self) -> io::Result<bool> {
        if !self.lines.goes_on() {
            return Ok(false);
        }
        self.raw.clear();
        Ok(self.lines.read(&mut self.raw)? != Reach::End)
    }

    fn lines(&self) -> u64 {
        self.lines.lines()
    }

    fn bytes(&self) -> u64 {
        self.lines.bytes()
    }
}
