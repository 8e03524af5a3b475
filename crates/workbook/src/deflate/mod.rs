//! Deflate (RFC 1951) for the rows of a table.
//!
//! The caller gives the bytes of rows with marks where each cell has its value; the compressor knows rows, cells and
//! columns, and nothing of what they are about. [`model`] finds what a cell repeats, [`block`] writes it down. The output
//! is an ordinary stream that every decoder reads.

mod bit;
mod block;
mod code;
mod huffman;
mod model;
mod recent;
mod rows;
mod symbol;
mod token;
mod window;

use crc32fast::Hasher;

pub(crate) use self::rows::{Mark, Rows};
use self::{block::BlockWriter, model::Model, rows::PENDING, symbol::MAX_DISTANCE, window::Window};

/// The most bytes without rows that are written at once.
const PART: usize = 64 << 10;

/// Compresses one stream after another.
#[derive(Debug)]
pub(crate) struct Deflater {
    /// What was put in last: what a match can reach, and what has no tokens yet.
    history: Vec<u8>,
    model: Model,
    blocks: BlockWriter,
    /// How much of the history was written in blocks.
    written: usize,
    checksum: Hasher,
    size: u64,
}

impl Deflater {
    /// A compressor for tables of so many columns.
    pub(crate) fn new(columns: usize) -> Self {
        Self {
            history: Vec::new(),
            model: Model::new(columns),
            blocks: BlockWriter::new(),
            written: 0,
            checksum: Hasher::new(),
            size: 0,
        }
    }

    /// Takes rows. They become a batch of tokens: some ten thousand bytes and more are worth a call.
    pub(crate) fn put(&mut self, rows: &mut Rows) {
        let start = rows.put_before(&self.history);
        let window = &rows.buffer.written()[start..];
        self.model.cells(&rows.marks, start, Window(window));
        if window.len() - self.model.done() > PENDING {
            self.model.literals(window.len());
        }
        let unreachable = self.write(window);
        self.history.clear();
        self.history.extend_from_slice(&window[unreachable..]);
    }

    /// Takes bytes that belong to no row. Their codes serve no rows: those that come next make their own.
    pub(crate) fn put_literals(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(PART) {
            self.history.extend_from_slice(part);
            self.end_part();
        }
        self.blocks.forget_codes();
    }

    /// What came out and was not taken yet.
    pub(crate) fn output(&self) -> &[u8] {
        self.blocks.bytes()
    }

    pub(crate) fn clear_output(&mut self) {
        self.blocks.clear_bytes();
    }

    /// Ends the stream and begins the next. Gives the checksum and the size of what went in.
    pub(crate) fn finish(&mut self) -> Total {
        self.end_part();
        self.blocks.finish();
        // No match reaches back into another stream.
        self.model.reset();
        self.history.clear();
        self.written = 0;
        Total {
            checksum: std::mem::take(&mut self.checksum).finalize(),
            size: std::mem::take(&mut self.size),
        }
    }

    /// Writes all that has no tokens yet.
    fn end_part(&mut self) {
        let mut history = std::mem::take(&mut self.history);
        self.model.literals(history.len());
        let unreachable = self.write(&history);
        history.drain(..unreachable);
        self.history = history;
    }

    /// Writes what has tokens, and returns how many bytes no match can reach any more.
    fn write(&mut self, window: &[u8]) -> usize {
        let done = self.model.done();
        let bytes = &window[self.written..done];
        self.checksum.update(bytes);
        self.size += bytes.len() as u64;
        if !bytes.is_empty() {
            self.blocks.put(self.model.tokens(), bytes);
        }
        let unreachable = done.saturating_sub(MAX_DISTANCE as usize);
        self.model.advance(unreachable);
        self.written = done - unreachable;
        unreachable
    }
}

/// What went into a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Total {
    /// The CRC-32 of the bytes.
    pub(crate) checksum: u32,
    /// How many they were.
    pub(crate) size: u64,
}

#[cfg(test)]
mod tests;
