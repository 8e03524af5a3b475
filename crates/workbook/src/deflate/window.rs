//! What matches may be made of.

use super::symbol::{MAX_DISTANCE, MAX_LENGTH};

/// How many bytes are compared at once.
const WORD: usize = 16;

/// How many bytes a match looks at, at the most: what is nearer to the end of memory is no match.
pub(super) const REACH: usize = MAX_LENGTH.next_multiple_of(WORD);

/// The bytes so far: what matches may be made of, up to an end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window<'a> {
    /// There may be bytes without a meaning behind the end.
    pub(super) bytes: &'a [u8],
    pub(super) end: usize,
}

impl<'a> Window<'a> {
    #[inline]
    pub(super) fn slice(self, start: usize, end: usize) -> &'a [u8] {
        self.bytes.get(start..end).unwrap_or_default()
    }

    /// How many bytes at a place repeat those at an earlier one; 0 if that is too far back for deflate.
    #[inline]
    pub(super) fn matched(self, from: usize, to: usize) -> usize {
        let distance = to.wrapping_sub(from);
        if distance == 0 || distance > MAX_DISTANCE {
            return 0;
        }
        let (Some(one), Some(other)) = (self.reach(from), self.reach(to)) else {
            return 0;
        };
        let most = self.end.saturating_sub(to).min(MAX_LENGTH);
        let mut length = REACH;
        for (number, (one, other)) in one.iter().zip(other).enumerate() {
            let difference = u128::from_le_bytes(*one) ^ u128::from_le_bytes(*other);
            if difference != 0 {
                length = number * WORD + (difference.trailing_zeros() >> 3) as usize;
                break;
            }
        }
        length.min(most)
    }

    /// The bytes from a place on, as far as a match may go and a little further.
    #[inline]
    fn reach(self, at: usize) -> Option<&'a [[u8; WORD]; REACH / WORD]> {
        self.bytes.get(at..)?.as_chunks().0.first_chunk()
    }

    /// [`matched`](Self::matched), where a place that is known by another one may be none.
    #[inline]
    pub(super) fn matched_if(self, known: usize, from: usize, to: usize) -> usize {
        if known == 0 {
            return 0;
        }
        self.matched(from, to)
    }

    /// How many bytes before a place repeat those before an earlier one, at most so many and at most 8.
    #[inline]
    pub(super) fn common_end(self, one: usize, other: usize, most: usize) -> usize {
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
