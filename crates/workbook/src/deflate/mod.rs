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
mod rows;
mod seen;
mod symbol;
mod token;
mod window;

use crc32fast::Hasher;

pub(crate) use self::rows::{Mark, Rows};
use self::{block::BlockWriter, model::Model, symbol::MAX_DISTANCE, window::Window};
use crate::tape::Tape;

/// How many bytes the tape holds before it is moved to its front.
const TAPE: usize = 256 << 10;

/// The most bytes without rows that are written at once.
const PART: usize = 64 << 10;

/// Compresses one stream after another.
#[derive(Debug)]
pub(crate) struct Deflater {
    /// What matches may be made of, and what was put in last.
    tape: Tape,
    model: Model,
    blocks: BlockWriter,
    /// Up to where the tape was written in blocks.
    written: usize,
    checksum: Hasher,
    size: u64,
}

impl Deflater {
    /// A compressor for tables of so many columns.
    pub(crate) fn new(columns: usize) -> Self {
        Self {
            tape: Tape::with_capacity(TAPE),
            model: Model::new(columns),
            blocks: BlockWriter::new(),
            written: 0,
            checksum: Hasher::new(),
            size: 0,
        }
    }

    /// Takes rows. They become a batch of tokens: some ten thousand bytes and more are worth a call.
    pub(crate) fn put(&mut self, rows: &Rows) {
        let start = self.tape.end();
        self.tape.extend(rows.tape.written());
        let window = Window(self.tape.written());
        self.model.cells(&rows.marks, start, window);
        self.write();
    }

    /// Takes bytes that belong to no row.
    pub(crate) fn put_plain(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(PART) {
            self.tape.extend(part);
            self.model.plain(self.tape.end());
            self.write();
        }
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
        self.model.plain(self.tape.end());
        self.write();
        self.blocks.finish();
        // No match reaches back into another stream.
        self.model.reset();
        self.tape.truncate(0);
        self.written = 0;
        Total {
            checksum: std::mem::take(&mut self.checksum).finalize(),
            size: std::mem::take(&mut self.size),
        }
    }

    /// Writes what has tokens, and forgets what no match can reach.
    fn write(&mut self) {
        let done = self.model.done();
        let bytes = &self.tape.written()[self.written..done];
        self.checksum.update(bytes);
        self.size += bytes.len() as u64;
        if !bytes.is_empty() {
            self.blocks.put(self.model.tokens(), bytes);
        }
        let needless = if self.tape.end() > TAPE / 2 {
            done.saturating_sub(MAX_DISTANCE)
        } else {
            0
        };
        self.tape.drop_front(needless);
        self.model.advance(needless);
        self.written = done - needless;
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
