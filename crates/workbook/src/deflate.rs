//! Deflate for rows of a table.

use crc32fast::Hasher;
use flate2::{Compress, Compression, FlushCompress, Status};

use crate::tape::Tape;

/// How many bytes wait, at most, before they are compressed; a cell more.
/// Each batch is flushed to a byte's end, so that it leaves at once.
const BATCH: usize = 64 << 10;

/// Where a cell stands on the tape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The place of the column in its row.
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
    compress: Compress,
    checksum: Hasher,
    size: u64,
    output: Vec<u8>,
}

impl Deflater {
    pub(crate) fn new(_columns: usize) -> Self {
        Self {
            tape: Tape::with_capacity(2 * BATCH),
            compress: Compress::new(Compression::new(3), false),
            checksum: Hasher::new(),
            size: 0,
            output: Vec::with_capacity(BATCH),
        }
    }

    /// The tape to write the next bytes of a row to.
    #[inline]
    pub(crate) fn tape(&mut self) -> &mut Tape {
        &mut self.tape
    }

    /// A cell is on the tape; its markup may go on behind it.
    #[inline]
    pub(crate) fn end_cell(&mut self, _mark: Mark) {
        self.end_row();
    }

    /// A row is on the tape.
    #[inline]
    pub(crate) fn end_row(&mut self) {
        if self.tape.end() > BATCH {
            self.compress(FlushCompress::Sync);
        }
    }

    /// Takes bytes that belong to no row.
    pub(crate) fn plain(&mut self, bytes: &[u8]) {
        self.tape.extend(bytes);
        if self.tape.end() > BATCH {
            self.compress(FlushCompress::Sync);
        }
    }

    /// How many bytes went into this stream so far.
    pub(crate) fn size(&self) -> u64 {
        self.size + u64::try_from(self.tape.end()).unwrap_or(u64::MAX)
    }

    /// What came out and was not taken yet.
    pub(crate) fn output(&self) -> &[u8] {
        &self.output
    }

    pub(crate) fn clear_output(&mut self) {
        self.output.clear();
    }

    /// Ends the stream and begins the next. Gives the checksum and the size of what went in.
    pub(crate) fn finish(&mut self) -> (u32, u64) {
        self.compress(FlushCompress::Finish);
        self.compress.reset();
        let checksum = std::mem::take(&mut self.checksum).finalize();
        (checksum, std::mem::take(&mut self.size))
    }

    fn compress(&mut self, flush: FlushCompress) {
        let written = self.tape.written();
        self.checksum.update(written);
        let mut rest = written;
        loop {
            self.output.reserve(rest.len() / 2 + 1_024);
            let before = self.compress.total_in();
            let status = self.compress.compress_vec(rest, &mut self.output, flush);
            let taken = usize::try_from(self.compress.total_in() - before).unwrap_or(0);
            rest = rest.get(taken..).unwrap_or_default();
            let done = match flush {
                FlushCompress::Finish => !matches!(status, Ok(Status::Ok | Status::BufError)),
                _ => rest.is_empty() && self.output.len() < self.output.capacity(),
            };
            if done {
                break;
            }
        }
        self.size = self.size();
        self.tape.truncate(0);
    }
}
