//! Deflate (RFC 1951) for the rows of a table.
//!
//! The caller writes the bytes of a row to a tape and marks where each cell has its value; the compressor knows rows,
//! cells and columns, and nothing of what they are about. [`model`] finds what a cell repeats, [`block`] writes it down.
//! The output is an ordinary stream that every decoder reads.

mod bit;
mod block;
mod code;
mod huffman;
mod model;
mod symbol;
mod token;

use crc32fast::Hasher;

use self::{
    block::BlockWriter,
    model::{Model, Window},
    symbol::MAX_DISTANCE,
};
use crate::tape::Tape;

/// How many bytes wait, at most, before they are written as a batch; a cell more.
const BATCH: usize = 64 << 10;

/// How many bytes the tape holds before it is moved to its front.
const TAPE: usize = 256 << 10;

/// Where a cell stands on the tape. Its markup begins where the value before ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The place of the column in its row; 0 is the row's own opening.
    pub(crate) column: usize,
    /// Cells of one form have the same bytes between counter and value, and behind the value.
    pub(crate) form: u8,
    /// The running number of the row, in the markup before the value.
    pub(crate) counter: usize,
    pub(crate) counter_end: usize,
    pub(crate) value: usize,
    pub(crate) end: usize,
}

/// Compresses one stream after another.
#[derive(Debug)]
pub(crate) struct Deflater {
    tape: Tape,
    /// The cells without tokens.
    marks: Vec<Mark>,
    model: Model,
    blocks: BlockWriter,
    /// Up to where the tape was written in batches.
    written: usize,
    checksum: Hasher,
    size: u64,
}

impl Deflater {
    /// A compressor for tables of so many columns.
    pub(crate) fn new(columns: usize) -> Self {
        Self {
            tape: Tape::with_capacity(TAPE),
            marks: Vec::new(),
            model: Model::new(columns),
            blocks: BlockWriter::new(),
            written: 0,
            checksum: Hasher::new(),
            size: 0,
        }
    }

    /// The tape to write the next bytes of a row to. What is on it must stay.
    #[inline]
    pub(crate) fn tape(&mut self) -> &mut Tape {
        &mut self.tape
    }

    /// A cell is on the tape; markup of the next may follow it.
    #[inline]
    pub(crate) fn end_cell(&mut self, mark: Mark) {
        self.marks.push(mark);
        if self.tape.end() - self.written > 2 * BATCH {
            // A row that is too long to wait for its end.
            self.end_row();
        }
    }

    /// A row is on the tape.
    pub(crate) fn end_row(&mut self) {
        self.model_cells();
        if self.model.done() - self.written > BATCH || self.tape.end() - self.written > 2 * BATCH {
            self.write_batch();
        }
    }

    /// Takes bytes that belong to no row.
    pub(crate) fn plain(&mut self, bytes: &[u8]) {
        self.model_cells();
        for part in bytes.chunks(BATCH) {
            self.tape.extend(part);
            self.model.plain(self.tape.end());
            if self.model.done() - self.written > BATCH {
                self.write_batch();
            }
        }
    }

    /// How many bytes went into this stream so far.
    pub(crate) fn size(&self) -> u64 {
        self.size + (self.tape.end() - self.written) as u64
    }

    /// What came out and was not taken yet.
    pub(crate) fn output(&self) -> &[u8] {
        self.blocks.bytes()
    }

    pub(crate) fn clear_output(&mut self) {
        self.blocks.clear_bytes();
    }

    /// Ends the stream and begins the next. Gives the checksum and the size of what went in.
    pub(crate) fn finish(&mut self) -> (u32, u64) {
        self.model_cells();
        self.model.plain(self.tape.end());
        self.write_batch();
        self.blocks.finish();
        // No match reaches back into another stream.
        self.model.reset();
        self.tape.truncate(0);
        self.written = 0;
        let checksum = std::mem::take(&mut self.checksum).finalize();
        (checksum, std::mem::take(&mut self.size))
    }

    fn model_cells(&mut self) {
        let window = Window {
            bytes: self.tape.memory(),
            end: self.tape.end(),
        };
        for mark in &self.marks {
            self.model.cell(mark, window);
        }
        self.marks.clear();
    }

    /// Writes what has tokens, and forgets what no match can reach.
    fn write_batch(&mut self) {
        self.model.settle();
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

#[cfg(test)]
mod tests;
