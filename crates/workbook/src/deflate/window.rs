//! What matches may be made of.

use super::symbol::{MAX_DISTANCE, MAX_LENGTH};

/// How many bytes are compared at once.
const WORD: usize = 8;

/// How many bytes are compared before a match counts as long: few are.
const SHORT: usize = 4 * WORD;

/// The bytes so far: what matches may be made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window<'a>(pub(super) &'a [u8]);

impl<'a> Window<'a> {
    #[inline]
    pub(super) fn slice(self, start: usize, end: usize) -> &'a [u8] {
        self.0.get(start..end).unwrap_or_default()
    }

    /// How many bytes at a place repeat those at a distance before it, as far as a match goes; 0 if that is too far back for
    /// deflate.
    #[inline]
    pub(super) fn matched(self, distance: usize, to: usize) -> usize {
        if distance.wrapping_sub(1) >= MAX_DISTANCE {
            return 0;
        }
        let both = self
            .0
            .get(to.wrapping_sub(distance)..to.wrapping_add(SHORT));
        let ends = both.and_then(|both| {
            let one: &[u8; SHORT] = both.first_chunk()?;
            let other: &[u8; SHORT] = both.last_chunk()?;
            Some((one, other))
        });
        let Some((one, other)) = ends else {
            return self.matched_slowly(distance, to);
        };
        let words = one.as_chunks::<WORD>().0.iter().zip(other.as_chunks().0);
        for (number, (one, other)) in words.enumerate() {
            let difference = u64::from_le_bytes(*one) ^ u64::from_le_bytes(*other);
            if difference != 0 {
                return number * WORD + (difference.trailing_zeros() >> 3) as usize;
            }
        }
        self.matched_slowly(distance, to)
    }

    /// The same for what is long, or near the end.
    #[inline(never)]
    fn matched_slowly(self, distance: usize, to: usize) -> usize {
        let (Some(one), Some(other)) = (
            self.0.get(to.wrapping_sub(distance)..),
            self.0
                .get(to..self.0.len().min(to.wrapping_add(MAX_LENGTH))),
        ) else {
            return 0;
        };
        let one = &one[..other.len()];
        let (one_words, one_rest) = one.as_chunks::<WORD>();
        let (other_words, other_rest) = other.as_chunks::<WORD>();
        for (number, (one, other)) in one_words.iter().zip(other_words).enumerate() {
            let difference = u64::from_le_bytes(*one) ^ u64::from_le_bytes(*other);
            if difference != 0 {
                return number * WORD + (difference.trailing_zeros() >> 3) as usize;
            }
        }
        let rest = one_rest.iter().zip(other_rest);
        one_words.len() * WORD + rest.take_while(|(one, other)| one == other).count()
    }

    /// How many bytes before a place repeat those at a distance before them, at most so many and at most 8.
    #[inline]
    pub(super) fn common_end(self, distance: usize, end: usize, most: usize) -> usize {
        let start = end.wrapping_sub(distance).wrapping_sub(WORD);
        let both = self.0.get(start..end);
        let ends = both.and_then(|both| {
            let one: &[u8; WORD] = both.first_chunk()?;
            let other: &[u8; WORD] = both.last_chunk()?;
            Some(u64::from_le_bytes(*one) ^ u64::from_le_bytes(*other))
        });
        // Of nothing nothing is common.
        most.min((ends.unwrap_or(u64::MAX).leading_zeros() >> 3) as usize)
    }
}
