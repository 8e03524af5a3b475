/// What an import has done: so far, where it goes on; in all, where it ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportSummary {
    /// How many records were written. Those with the same identity in one batch count each, though they are
    /// merged and counted as inserted or updated once.
    pub records: u64,
    /// How many of them were new.
    pub inserted: u64,
    /// How many of them were there before and were updated.
    pub updated: u64,
    /// How many bad lines were set aside. A CSV record that spans lines is one.
    pub bad_lines: u64,
    /// How many lines of the input were read, blank ones and the header of a CSV included.
    pub lines: u64,
    /// How many bytes of the input were read.
    pub bytes: u64,
}

impl ImportSummary {
    /// What was written so far, where the input was read as far as at `end`.
    pub(super) fn at(self, end: Self) -> Self {
        Self {
            records: self.records,
            inserted: self.inserted,
            updated: self.updated,
            ..end
        }
    }
}
