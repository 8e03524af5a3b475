//! Rows on their way to the compressor: their bytes, and where their cells have their values.

use super::symbol::MAX_DISTANCE;
use crate::row_buffer::RowBuffer;

/// How many bytes may have no tokens yet when more rows come: the markup between two cells has fewer.
pub(super) const PENDING: usize = 1 << 10;

/// How many bytes are left free in front of rows, for those that stood before them.
const FRONT: usize = MAX_DISTANCE as usize + PENDING;

/// Where a cell stands in its row buffer. Its markup begins where the value before ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The running number of the row, in the markup before the value.
    pub(crate) counter: u32,
    pub(crate) value: u32,
    pub(crate) end: u32,
    /// The position of the column in its row; 0 is the row's own opening.
    pub(crate) column: u16,
    /// Cells of one form have the same bytes between counter and value, and behind the value.
    pub(crate) form: u8,
    /// How many digits the counter has.
    pub(crate) digits: u8,
}

/// Some rows, or a part of a long one.
#[derive(Debug)]
pub(crate) struct Rows {
    /// The row buffer, to which the next bytes of a row are written. What is in it must stay.
    pub(crate) buffer: RowBuffer,
    /// The cells, in order.
    pub(crate) marks: Vec<Mark>,
}

impl Rows {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        let mut buffer = RowBuffer::with_capacity(FRONT + bytes);
        buffer.skip(FRONT);
        Self {
            buffer,
            marks: Vec::new(),
        }
    }

    /// How many bytes the rows have.
    #[inline]
    pub(crate) fn size(&self) -> usize {
        self.buffer.end() - FRONT
    }

    /// Makes room for others.
    pub(crate) fn clear(&mut self) {
        self.buffer.truncate(FRONT);
        self.marks.clear();
    }

    /// Puts what stood before the rows in front of them, and returns where in the row buffer it begins.
    pub(super) fn put_before(&mut self, before: &[u8]) -> usize {
        let start = FRONT - before.len();
        self.buffer.overwrite(start, before);
        start
    }
}
