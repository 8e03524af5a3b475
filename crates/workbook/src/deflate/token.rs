//! What deflate makes of bytes: some as they are, then a copy of what stood before.

use super::symbol::MIN_LENGTH;

/// Literals and the match behind them, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    literals: u32,
    /// 0 if there is no match.
    distance: u16,
    /// Less [`MIN_LENGTH`].
    length: u8,
}

impl Token {
    /// A match of 3 to 258 bytes at a distance of 1 to 32,768, behind so many literals.
    #[inline]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the match is within the bounds of deflate"
    )]
    pub(super) fn new(literals: u32, distance: u32, length: u32) -> Self {
        debug_assert!((1..=32_768).contains(&distance) && (3..=258).contains(&length));
        Self {
            literals,
            distance: distance as u16,
            length: length.wrapping_sub(MIN_LENGTH) as u8,
        }
    }

    /// Literals alone.
    pub(super) fn literal(literals: u32) -> Self {
        Self {
            literals,
            distance: 0,
            length: 0,
        }
    }

    #[inline]
    pub(super) fn literals(self) -> usize {
        self.literals as usize
    }

    /// The length of the match; 0 if there is no match.
    #[inline]
    pub(super) fn length(self) -> usize {
        if self.distance == 0 {
            0
        } else {
            usize::from(self.length) + MIN_LENGTH as usize
        }
    }

    /// The length of the match, less 3.
    #[inline]
    pub(super) fn length_code(self) -> u8 {
        self.length
    }

    #[inline]
    pub(super) fn distance(self) -> u16 {
        self.distance
    }
}
