//! What a row repeats, and from where: the column-aware part.
//!
//! A general compressor searches for matches; a table tells where they are. Around its value a cell has the same bytes
//! as the cell above and, but for the column's name, as the cell before; a value equals the one above, one that stood
//! lately in its column, begins like the one above, or ends like it. So a cell needs a few comparisons and no search.
//!
//! The running number of the row is what breaks long matches: it stands in every cell and in no earlier row. The match
//! from above goes on up to its last digits, which are literal and the same all along the row, so that their codes are
//! short. (To copy the whole number from the cell before needs the column's own letter as a literal, a rare one: measured
//! on a million rows of 23 columns the file is 14 % larger.) What stands behind the number comes from the cell before, at
//! a small distance and so in few bits, or from above if the value begins like the one there.
//!
//! All here is advice. A match is made of bytes that were compared, whatever the marks say.

use super::{
    Mark,
    symbol::{MAX_DISTANCE, MAX_LENGTH, MIN_LENGTH},
    token::Token,
};

/// How many forms of cells are told apart.
const FORMS: usize = 16;

/// The most values remembered for one column, and for all: some 30 rows of text fit the distance of a match.
const MAX_SLOTS: usize = 64;
const ALL_SLOTS: usize = 1 << 15;

/// Values shorter than this cost no more as literals than as a match from far.
const MIN_VALUE: usize = 4;

/// A match from far pays if it is this much longer than one from near.
const FAR: usize = 1;

/// The last cell of a column. A place of 0 is none.
#[derive(Debug, Clone, Copy, Default)]
struct Above {
    /// The end of the value before it.
    start: u32,
    counter_end: u32,
    value: u32,
    end: u32,
}

/// The bytes so far: what matches may be made of, up to an end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window<'a> {
    /// There may be bytes without a meaning behind the end.
    pub(super) bytes: &'a [u8],
    pub(super) end: usize,
}

/// Makes tokens of cells.
#[derive(Debug)]
pub(super) struct Model {
    columns: Vec<Above>,
    /// Where values stand, by column and a hash of the value; 0 is none.
    slots: Vec<u32>,
    slots_of_column: usize,
    /// Where the latest markup behind a cell of each form starts.
    behind: [u32; FORMS],
    /// Where the counter of the latest cell of each form stands.
    counters: [u32; FORMS],
    /// The form and the end of the cell before.
    form: usize,
    start: usize,
    /// What tokens stand for all bytes before.
    done: usize,
    /// Where to go on: bytes from `done` to here become literals, unless a match is found to begin before.
    at: usize,
    tokens: Vec<Token>,
}

impl Model {
    pub(super) fn new(columns: usize) -> Self {
        // The row's own opening is a column too.
        let columns = columns + 1;
        let slots = (ALL_SLOTS / columns).clamp(1, MAX_SLOTS);
        let slots_of_column = (slots + 1).next_power_of_two() / 2;
        Self {
            columns: vec![Above::default(); columns],
            slots: vec![0; columns * slots_of_column],
            slots_of_column,
            behind: [0; FORMS],
            counters: [0; FORMS],
            form: 0,
            start: 0,
            done: 0,
            at: 0,
            tokens: Vec::new(),
        }
    }

    /// Up to where bytes have tokens.
    pub(super) fn done(&self) -> usize {
        self.done
    }

    pub(super) fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// Forgets the tokens, which were written, and moves all places to the front by so many bytes.
    pub(super) fn advance(&mut self, bytes: usize) {
        self.tokens.clear();
        self.start = self.start.saturating_sub(bytes);
        self.done = self.done.saturating_sub(bytes);
        self.at = self.at.saturating_sub(bytes);
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let places = self
            .slots
            .iter_mut()
            .chain(&mut self.behind)
            .chain(&mut self.counters);
        for place in places {
            *place = place.saturating_sub(bytes);
        }
        for above in &mut self.columns {
            let Above {
                start,
                counter_end,
                value,
                end,
            } = above;
            for place in [start, counter_end, value, end] {
                *place = place.saturating_sub(bytes);
            }
        }
    }

    /// Forgets everything.
    pub(super) fn reset(&mut self) {
        self.advance(usize::MAX);
    }

    /// Makes literals of what could still be part of a match, so that all bytes up to the end of the last cell have
    /// tokens.
    pub(super) fn settle(&mut self) {
        if self.at > self.done {
            self.tokens.push(Token::literal(self.at - self.done));
            self.done = self.at;
        }
    }

    /// Makes literals of all bytes up to the end.
    pub(super) fn plain(&mut self, end: usize) {
        if end > self.done {
            self.tokens.push(Token::literal(end - self.done));
        }
        self.done = self.done.max(end);
        self.at = self.at.max(end);
        self.start = self.done;
    }

    /// Makes tokens of a cell, whose markup begins where the value before ended.
    pub(super) fn cell(&mut self, mark: &Mark, window: Window<'_>) {
        let column = mark.column.min(self.columns.len() - 1);
        let form = usize::from(mark.form) % FORMS;
        let above = self.columns[column];
        let value = window.slice(mark.value, mark.end);
        let repeats =
            above.end > 0 && window.slice(above.value as usize, above.end as usize) == value;
        self.markup_before_counter(mark, above, window);
        self.counter(mark, form, above, repeats, window);
        self.at = self.at.max(mark.value);
        self.value(mark, column, above, value, window);
        self.at = self.at.max(mark.end);
        self.behind[self.form] = place(self.start);
        self.counters[form] = place(mark.counter);
        self.columns[column] = Above {
            start: place(self.start),
            counter_end: place(mark.counter_end),
            value: place(mark.value),
            end: place(mark.end),
        };
        self.form = form;
        self.start = mark.end;
    }

    /// The bytes from the value before up to the counter, or into it.
    #[inline]
    fn markup_before_counter(&mut self, mark: &Mark, above: Above, window: Window<'_>) {
        // Unless a match of the value before reached into this cell.
        if self.at <= self.start {
            let above = above.start as usize;
            if above > 0 {
                let common = window.common_end(above, self.start, self.start - self.done);
                self.far(above - common, self.start - common, window);
            }
            if self.at <= self.start {
                let near = self.behind[self.form] as usize;
                if !self.take(near, self.start, window) && above > 0 {
                    self.take(above, self.start, window);
                }
            }
        }
        self.at = self.at.max(mark.counter);
    }

    /// The counter, the markup behind it and as much of the value as goes with it.
    #[inline]
    fn counter(
        &mut self,
        mark: &Mark,
        form: usize,
        above: Above,
        repeats: bool,
        window: Window<'_>,
    ) {
        let near = self.counters[form] as usize;
        if self.at >= mark.counter_end {
            // A match from above cannot reach here but for a number that repeats.
            return;
        }
        if self.at + 3 <= mark.counter_end && near > 0 {
            let offset = self.at - mark.counter;
            let same_form = window.matched(near + offset, self.at);
            if same_form >= mark.counter_end - self.at {
                self.push(near + offset, self.at, same_form);
                return;
            }
            // The cell before is of another form, but has the number.
            let before = self.counters[self.form] as usize;
            if before > 0 {
                self.take(before + offset, self.at, window);
            }
        }
        self.at = self.at.max(mark.counter_end);
        if self.at > mark.counter_end || above.end == 0 {
            return;
        }
        let far = above.counter_end as usize;
        let far_length = window.matched(far, self.at);
        let near = near + (mark.counter_end - mark.counter);
        let near_length = if repeats {
            0
        } else {
            window.matched(near, self.at)
        };
        if far_length > near_length + FAR {
            self.push(far, self.at, far_length);
        } else {
            self.push(near, self.at, near_length);
        }
    }

    /// What is left of the value.
    #[inline]
    fn value(
        &mut self,
        mark: &Mark,
        column: usize,
        above: Above,
        value: &[u8],
        window: Window<'_>,
    ) {
        if value.len() < MIN_VALUE {
            return;
        }
        let slot = column * self.slots_of_column + (hash(value) & (self.slots_of_column - 1));
        let Some(seen) = self.slots.get_mut(slot) else {
            return;
        };
        let lately = *seen as usize;
        *seen = place(mark.value);
        if self.at >= mark.end {
            return;
        }
        let offset = self.at - mark.value;
        let left = mark.end - self.at;
        if lately > 0 && left >= MIN_LENGTH {
            let length = window.matched(lately + offset, self.at);
            if length >= left.max(MIN_VALUE) {
                self.push(lately + offset, self.at, length);
                return;
            }
        }
        if offset == 0 && above.end > 0 {
            let length = window.matched(above.value as usize, self.at);
            if length > MIN_VALUE {
                self.push(above.value as usize, self.at, length);
            }
        }
    }

    /// Takes a match of any useful length, from a place to a place that may lie before what is not a literal yet.
    #[inline]
    fn take(&mut self, from: usize, to: usize, window: Window<'_>) -> bool {
        let length = window.matched(from, to);
        self.push(from, to, length)
    }

    /// The same for a match from far, with all of a long one.
    #[inline]
    fn far(&mut self, from: usize, to: usize, window: Window<'_>) {
        let length = window.matched(from, to);
        if length > MIN_LENGTH && self.push(from, to, length) && length == MAX_LENGTH {
            let distance = to - from;
            while self.take(self.at - distance, self.at, window) {}
        }
    }

    /// Adds a match that was compared, if it is long enough.
    #[inline]
    fn push(&mut self, from: usize, to: usize, length: usize) -> bool {
        if length < MIN_LENGTH {
            return false;
        }
        self.tokens
            .push(Token::new(to - self.done, to - from, length));
        self.done = to + length;
        self.at = self.done;
        true
    }
}

impl<'a> Window<'a> {
    #[inline]
    fn slice(self, start: usize, end: usize) -> &'a [u8] {
        self.bytes.get(start..end).unwrap_or_default()
    }

    /// How many bytes at a place repeat those at an earlier one; 0 if that is too far back for deflate.
    #[inline]
    fn matched(self, from: usize, to: usize) -> usize {
        let distance = to.wrapping_sub(from);
        if distance == 0 || distance > MAX_DISTANCE {
            return 0;
        }
        let most = self.end.saturating_sub(to).min(MAX_LENGTH);
        let (Some(one), Some(other)) = (self.bytes.get(from..), self.bytes.get(to..)) else {
            return 0;
        };
        // What is too near the end of memory to be compared by words is no match.
        let words = one.as_chunks::<8>().0.iter().zip(other.as_chunks().0);
        let mut length = 0;
        for (one, other) in words {
            let difference = u64::from_le_bytes(*one) ^ u64::from_le_bytes(*other);
            if difference != 0 {
                length += (difference.trailing_zeros() >> 3) as usize;
                break;
            }
            length += 8;
            if length >= most {
                break;
            }
        }
        length.min(most)
    }

    /// How many bytes before a place repeat those before an earlier one, at most so many and at most 8.
    #[inline]
    fn common_end(self, one: usize, other: usize, most: usize) -> usize {
        let word = |end: usize| {
            let word = self.bytes.get(..end)?.last_chunk()?;
            Some(u64::from_le_bytes(*word))
        };
        match (word(one), word(other)) {
            (Some(one), Some(other)) => {
                let common = (one ^ other).leading_zeros() >> 3;
                most.min(common as usize)
            }
            _ => 0,
        }
    }
}

/// A number of a value of 4 bytes or more.
#[inline]
fn hash(value: &[u8]) -> usize {
    let word =
        |bytes: Option<&[u8; 4]>| bytes.map_or(0, |bytes| u64::from(u32::from_le_bytes(*bytes)));
    let middle = value
        .get(value.len() / 2 - 2..)
        .and_then(<[u8]>::first_chunk);
    let both = word(value.first_chunk()) | word(value.last_chunk()) << 32;
    let mixed = (both ^ word(middle).rotate_left(16) ^ value.len() as u64)
        .wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 52) as usize
}

/// A place on the tape as it is kept.
#[inline]
fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(0)
}
