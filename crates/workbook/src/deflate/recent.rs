//! Positions of recent values: a few for each column, found by a hash of the value.
//!
//! A later value with the same hash replaces the one before. The positions are only hints: the caller compares the bytes.

use super::symbol::MAX_DISTANCE;

/// The most positions for one column, and for all: some 30 rows of text fit the distance of a match.
const OF_COLUMN: usize = 64;
const ALL: usize = 1 << 15;

/// After this many misses in a row, only every eighth value is looked up.
const PATIENCE: u8 = 64;
const RARELY: u8 = 8;

/// A position that stands for no value: it is too far back for a match, however the window moves.
pub(super) const NONE: u32 = 0_u32.wrapping_sub(MAX_DISTANCE + 1);

/// Positions of values.
#[derive(Debug)]
pub(super) struct RecentValues {
    positions: Vec<u32>,
    /// A power of two.
    of_column: usize,
}

impl RecentValues {
    pub(super) fn new(columns: usize) -> Self {
        let most = (ALL / columns.max(1)).clamp(1, OF_COLUMN);
        let of_column = (most + 1).next_power_of_two() / 2;
        Self {
            positions: vec![NONE; columns * of_column],
            of_column,
        }
    }

    /// Remembers a position for a hash, and returns the one before.
    #[inline]
    pub(super) fn replace(&mut self, column: usize, number: usize, position: u32) -> u32 {
        let at = column * self.of_column + (number & (self.of_column - 1));
        self.positions
            .get_mut(at)
            .map_or(NONE, |before| std::mem::replace(before, position))
    }

    /// Forgets every position.
    pub(super) fn clear(&mut self) {
        self.positions.fill(NONE);
    }

    /// Moves all positions, since the window now begins `bytes` bytes later.
    pub(super) fn advance(&mut self, bytes: u32) {
        for position in &mut self.positions {
            *position = position.wrapping_sub(bytes);
        }
    }
}

/// A backoff for look-ups in one column, since in some columns no value comes again: the number of misses in a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Backoff(u8);

impl Backoff {
    pub(super) const NEW: Self = Self(0);

    /// Whether to look up now.
    #[inline]
    pub(super) fn tries(self) -> bool {
        self.0 < PATIENCE || self.0.is_multiple_of(RARELY)
    }

    /// Notes a hit, or a miss; a value that was not looked up counts as a miss.
    #[inline]
    pub(super) fn report(&mut self, found: bool) {
        self.0 = if found {
            0
        } else {
            self.0.checked_add(1).unwrap_or(PATIENCE)
        };
    }
}

/// A hash of a whole value: of its ends and its middle.
#[inline]
pub(super) fn number_of(value: &[u8]) -> usize {
    let ends = match (value.first_chunk(), value.last_chunk()) {
        (Some(first), Some(last)) => {
            let middle = value[value.len() / 2 - 4..].first_chunk();
            word(*first) ^ word(*last).rotate_left(27) ^ middle.map_or(0, |middle| word(*middle))
        }
        _ => half(value.first_chunk()) | half(value.last_chunk()) << 32,
    };
    mixed(ends ^ value.len() as u64)
}

/// A hash of the beginning of a value: of the network in an address, of the domain in a security identifier. The hash of
/// a long value covers more of it.
#[inline]
pub(super) fn number_of_start(value: &[u8]) -> usize {
    let start = match (
        value.first_chunk(),
        value.get(12..).and_then(<[u8]>::first_chunk),
    ) {
        (Some(start), Some(more)) => word(*start) ^ word(*more).rotate_left(29),
        (Some(start), None) => word(*start),
        _ => half(value.first_chunk()),
    };
    mixed(start)
}

fn word(bytes: [u8; 8]) -> u64 {
    u64::from_le_bytes(bytes)
}

fn half(bytes: Option<&[u8; 4]>) -> u64 {
    bytes.map_or(0, |bytes| u64::from(u32::from_le_bytes(*bytes)))
}

fn mixed(number: u64) -> usize {
    (number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 52) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_given_back_for_the_same_column_and_number() {
        let mut recent = RecentValues::new(3);
        assert_eq!(recent.replace(1, 7, 100), NONE);
        assert_eq!(recent.replace(2, 7, 200), NONE);
        recent.advance(40);
        assert_eq!(recent.replace(1, 7, 300), 60);
        recent.clear();
        assert_eq!(recent.replace(1, 7, 400), NONE);
    }

    #[test]
    fn a_column_that_does_not_exist_has_no_position() {
        let mut recent = RecentValues::new(1);
        assert_eq!(recent.replace(5, 0, 100), NONE);
        assert_eq!(recent.replace(5, 0, 100), NONE);
    }

    #[test]
    fn values_that_begin_alike_have_one_number() {
        for (one, other) in [
            ("3c-52-82-5a-6c-7a", "3c-52-82-00-00-00"),
            (
                "S-1-5-21-1004336348-1177238915-682003330-17516",
                "S-1-5-21-1004336348-1",
            ),
            ("10.2.", "10.24"),
        ] {
            assert_eq!(
                number_of_start(one.as_bytes()),
                number_of_start(other.as_bytes())
            );
        }
        assert_ne!(
            number_of(b"3c-52-82-5a-6c-7a"),
            number_of(b"3c-52-82-00-00-00")
        );
    }
}
