//! Records, or audits, as JSON, one a line, each as the API writes it: times in UTC, and `null` for what is not known.

use std::io::Write;

use deskledger_domain::RecordRef;
use deskledger_ingest::BorrowedRecordLine;
use serde::Serialize;

use crate::error::FormError;
use crate::records::Form;

/// JSON Lines, which others call NDJSON.
pub(crate) struct JsonLines<W> {
    sink: W,
    line: Vec<u8>,
    bytes: u64,
}

impl<W: Write> JsonLines<W> {
    pub(crate) fn begin(sink: W) -> Self {
        Self {
            sink,
            line: Vec::new(),
            bytes: 0,
        }
    }

    /// Writes a line.
    pub(crate) fn line(&mut self, value: &impl Serialize) -> Result<(), FormError> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, value).map_err(std::io::Error::from)?;
        self.line.push(b'\n');
        self.sink.write_all(&self.line)?;
        self.bytes += self.line.len() as u64;
        Ok(())
    }
}

impl<W: Write> Form for JsonLines<W> {
    type Sink = W;

    fn append(&mut self, record: &RecordRef<'_>) -> Result<(), FormError> {
        self.line(&BorrowedRecordLine::from(record))
    }

    fn finish(mut self) -> Result<(W, u64), FormError> {
        self.sink.flush()?;
        Ok((self.sink, self.bytes))
    }
}
