use std::io;

use super::{BadLine, BadLineReason};
use crate::record::RecordLine;

/// What was read next: a line, or the lines of one CSV record.
pub(super) struct Entry {
    /// Which line, from 1; of several, the first.
    pub(super) number: u64,
    /// What the line says; `None` where it is blank.
    pub(super) line: Option<Result<RecordLine, BadLineReason>>,
}

/// Takes an input apart into what may be records.
pub(super) trait ReadEntry {
    /// Reads what comes before the records.
    fn read_header(&mut self) -> io::Result<Result<(), BadLine>> {
        Ok(Ok(()))
    }

    /// What came before the records, byte by byte.
    fn header(&self) -> &[u8] {
        &[]
    }

    /// Reads the next entry; `None` at the end.
    fn read_entry(&mut self) -> io::Result<Option<Entry>>;

    /// The bytes of the entry that was read last, or as many of them as a line may have.
    fn raw(&self) -> &[u8];

    /// Reads more bytes of an entry that is too long into [`raw`](Self::raw); false where it has no more.
    fn read_rest(&mut self) -> io::Result<bool>;

    /// How many lines were read.
    fn lines(&self) -> u64;

    /// How many bytes were read.
    fn bytes(&self) -> u64;
}
