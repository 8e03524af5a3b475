//! Rows on their way to the compressor: their bytes, and where their cells have their values.

use crate::tape::Tape;

/// Where a cell stands on its tape. Its markup begins where the value before ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The running number of the row, in the markup before the value.
    pub(crate) counter: u32,
    pub(crate) value: u32,
    pub(crate) end: u32,
    /// The place of the column in its row; 0 is the row's own opening.
    pub(crate) column: u16,
    /// Cells of one form have the same bytes between counter and value, and behind the value.
    pub(crate) form: u8,
    /// How many digits the counter has.
    pub(crate) digits: u8,
}

/// Some rows, or a part of a long one.
#[derive(Debug)]
pub(crate) struct Rows {
    /// What the next bytes of a row are written to. What is on it must stay.
    pub(crate) tape: Tape,
    /// The cells, in order.
    pub(crate) marks: Vec<Mark>,
}

impl Rows {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self {
            tape: Tape::with_capacity(bytes),
            marks: Vec::new(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.tape.end() == 0
    }

    /// Makes room for others.
    pub(crate) fn clear(&mut self) {
        self.tape.truncate(0);
        self.marks.clear();
    }
}
