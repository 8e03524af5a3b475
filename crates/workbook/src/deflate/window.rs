//! What matches may be made of.

use super::symbol::{MAX_DISTANCE, MAX_LENGTH};

/// How many bytes are compared at once.
const WORD: u32 = 8;

/// How many bytes are compared before a match counts as long: few are.
const SHORT: u32 = 4 * WORD;

/// The bytes so far: what matches may be made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window<'a>(pub(super) &'a [u8]);

impl<'a> Window<'a> {
    #[inline]
    pub(super) fn slice(self, start: u32, end: u32) -> &'a [u8] {
        let slice = self.0.get(start as usize..end as usize);
        slice.unwrap_or_default()
    }

    /// `N` bytes from a position on.
    #[inline]
    fn array<const N: usize>(self, at: u32) -> Option<&'a [u8; N]> {
        let at = at as usize;
        self.0.get(at..at.wrapping_add(N))?.first_chunk()
    }

    /// How many bytes at a position repeat those at a distance before it, up to the longest match; 0 if the distance is too
    /// large for deflate.
    #[inline]
    pub(super) fn matched(self, distance: u32, to: u32) -> u32 {
        if distance.wrapping_sub(1) >= MAX_DISTANCE {
            return 0;
        }
        let from = to.wrapping_sub(distance);
        if let Some(one) = self.array::<{ SHORT as usize }>(from)
            && let Some(other) = self.array::<{ SHORT as usize }>(to)
            && let Some(difference) = first_difference(one, other)
        {
            return difference;
        }
        self.matched_slowly(from, to)
    }

    /// The same for what is long, or near the end.
    #[inline(never)]
    fn matched_slowly(self, from: u32, to: u32) -> u32 {
        let (Some(one), Some(other)) = (self.0.get(from as usize..), self.0.get(to as usize..))
        else {
            return 0;
        };
        let other = &other[..other.len().min(MAX_LENGTH as usize)];
        first_difference(one, other).unwrap_or_else(|| {
            let words = other.len() - other.len() % WORD as usize;
            let rest = one.iter().zip(other).skip(words);
            position(words + rest.take_while(|(one, other)| one == other).count())
        })
    }

    /// How many bytes before a position repeat those at a distance before them: at most `most`, and at most 8.
    #[inline]
    pub(super) fn common_end(self, distance: u32, end: u32, most: u32) -> u32 {
        let end = end.wrapping_sub(WORD);
        let from = end.wrapping_sub(distance);
        let (Some(one), Some(other)) = (self.array(from), self.array(end)) else {
            return 0;
        };
        let difference = u64::from_le_bytes(*one) ^ u64::from_le_bytes(*other);
        most.min(difference.leading_zeros() >> 3)
    }
}

/// A position in a window, or a length, as it is stored.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "a window is far below 4 GiB"
)]
pub(super) fn position(at: usize) -> u32 {
    at as u32
}

/// Where bytes differ first, within as many whole words as both have.
#[inline]
fn first_difference(one: &[u8], other: &[u8]) -> Option<u32> {
    let mut at = 0;
    for (one, other) in one.as_chunks().0.iter().zip(other.as_chunks().0) {
        let difference = u64::from_le_bytes(*one) ^ u64::from_le_bytes(*other);
        if difference != 0 {
            return Some(at + (difference.trailing_zeros() >> 3));
        }
        at += WORD;
    }
    None
}
