//! Lengths and distances as RFC 1951, section 3.2.5, numbers them.

/// The shortest and the longest match.
pub(super) const MIN_LENGTH: u32 = 3;
pub(super) const MAX_LENGTH: u32 = 258;

/// How far back a match may reach.
pub(super) const MAX_DISTANCE: u32 = 32_768;

/// The symbol that ends a block.
pub(super) const END: usize = 256;

/// How many symbols there are for literals and lengths, and for distances.
pub(super) const LITERALS: usize = 286;
pub(super) const DISTANCES: usize = 30;

/// What a length or distance becomes: a symbol and the bits behind its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Symbol {
    pub(super) number: u16,
    pub(super) extra: u8,
    pub(super) extra_bits: u16,
}

const NONE: Symbol = Symbol {
    number: 0,
    extra: 0,
    extra_bits: 0,
};

/// Every length, less [`MIN_LENGTH`].
pub(super) const LENGTH_SYMBOLS: [Symbol; 256] = {
    let mut symbols = [NONE; 256];
    let mut length = 0_u16;
    while length < 256 {
        symbols[length as usize] = if length == 255 {
            // 258 has a symbol of its own.
            Symbol {
                number: 285,
                extra: 0,
                extra_bits: 0,
            }
        } else if length < 8 {
            Symbol {
                number: 257 + length,
                extra: 0,
                extra_bits: 0,
            }
        } else {
            // Four symbols for each power of two.
            #[expect(clippy::cast_possible_truncation, reason = "at most 5")]
            let extra = (13 - length.leading_zeros()) as u8;
            Symbol {
                number: 257 + 4 * (extra as u16) + (length >> extra),
                extra,
                extra_bits: length & ((1 << extra) - 1),
            }
        };
        length += 1;
    }
    symbols
};

/// How many entries [`DISTANCE_SYMBOLS`] has.
pub(super) const DISTANCE_INDICES: usize = 512;

/// The symbols of distances, with the number of bits behind their codes: of distances up to 256, then of every 128th.
pub(super) const DISTANCE_SYMBOLS: [(u8, u8); DISTANCE_INDICES] = {
    let mut symbols = [(0, 0); DISTANCE_INDICES];
    let mut at = 0;
    while at < DISTANCE_INDICES {
        let distance = if at < 256 { at } else { (at - 256) << 7 };
        let symbol = distance_number(distance);
        symbols[at] = (symbol, (symbol >> 1).saturating_sub(1));
        at += 1;
    }
    symbols
};

/// The index in [`DISTANCE_SYMBOLS`] of a distance from 1 to [`MAX_DISTANCE`].
#[inline]
pub(super) fn distance_index(distance: u16) -> usize {
    let distance = usize::from(distance.wrapping_sub(1));
    let index = if distance < 256 {
        distance
    } else {
        256 + (distance >> 7)
    };
    index % DISTANCE_INDICES
}

/// Two symbols for each power of two.
const fn distance_number(distance: usize) -> u8 {
    if distance < 2 {
        return if distance == 0 { 0 } else { 1 };
    }
    let power = usize::BITS - 1 - distance.leading_zeros();
    #[expect(clippy::cast_possible_truncation, reason = "at most 29")]
    {
        (2 * power) as u8 + (distance >> (power - 1) & 1) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_the_symbols_of_the_standard() {
        for (length, symbol, extra, extra_bits) in [
            (3, 257, 0, 0),
            (10, 264, 0, 0),
            (11, 265, 1, 0),
            (18, 268, 1, 1),
            (19, 269, 2, 0),
            (114, 279, 4, 15),
            (115, 280, 4, 0),
            (131, 281, 5, 0),
            (257, 284, 5, 30),
            (258, 285, 0, 0),
        ] {
            let expected = Symbol {
                number: symbol,
                extra,
                extra_bits,
            };
            assert_eq!(
                LENGTH_SYMBOLS[(length - MIN_LENGTH) as usize],
                expected,
                "{length}"
            );
        }
    }

    #[test]
    fn distances_have_the_symbols_of_the_standard() {
        for (distance, symbol, extra) in [
            (1, 0, 0),
            (2, 1, 0),
            (4, 3, 0),
            (5, 4, 1),
            (256, 15, 6),
            (257, 16, 7),
            (1_024, 19, 8),
            (1_025, 20, 9),
            (24_576, 28, 13),
            (24_577, 29, 13),
            (32_768, 29, 13),
        ] {
            let found = DISTANCE_SYMBOLS[distance_index(distance)];
            assert_eq!(found, (symbol, extra), "{distance}");
        }
    }
}
