//! The codes of a dynamic block, and the header that describes them (RFC 1951, section 3.2.7).

use super::{
    bit::{BitWriter, Bits},
    huffman,
    symbol::{
        DISTANCE_INDICES, DISTANCE_SYMBOLS, DISTANCES, END, LENGTH_SYMBOLS, LITERALS,
        distance_index,
    },
    token::Token,
};

/// Short enough that four literals fit between two flushes.
const LONGEST_CODE: u32 = 14;

/// How many bits may wait so that a match fits behind them: two codes, with 5 and 13 bits behind.
const MOST_BEFORE_MATCH: u32 = 63 - (2 * LONGEST_CODE + 5 + 13);

/// How much more a symbol that occurred weighs than one that did not: those have codes too, as the codes are kept for
/// what comes later.
const WEIGHT: u32 = 8;

/// The code lengths' own symbols: as they stand in the header, and those of runs.
const LENGTH_ORDER: [usize; 19] = [
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
];
const REPEAT: u8 = 16;
const ZEROS: u8 = 17;
const MANY_ZEROS: u8 = 18;

/// How often each symbol occurs.
#[derive(Debug)]
pub(super) struct Census {
    literals: [u32; LITERALS],
    distances: [u32; DISTANCES],
    /// Bits behind codes.
    extra: u64,
}

impl Census {
    pub(super) fn of(tokens: &[Token], bytes: &[u8]) -> Self {
        let mut census = Self {
            literals: [0; LITERALS],
            distances: [0; DISTANCES],
            extra: 0,
        };
        let mut rest = bytes;
        for token in tokens {
            let (literals, behind) = rest.split_at(token.literals());
            for literal in literals {
                census.literals[usize::from(*literal)] += 1;
            }
            rest = &behind[token.length()..];
            if token.length() > 0 {
                let length = LENGTH_SYMBOLS[usize::from(token.length_code())];
                let (distance, extra) = DISTANCE_SYMBOLS[distance_index(token.distance())];
                census.literals[usize::from(length.number)] += 1;
                census.distances[usize::from(distance)] += 1;
                census.extra += u64::from(length.extra) + u64::from(extra);
            }
        }
        census.literals[END] = 1;
        census
    }

    /// How many bits these symbols take in codes of such lengths.
    fn cost(&self, literals: &[u8], distances: &[u8]) -> u64 {
        let sum = |counts: &[u32], lengths: &[u8]| {
            let pairs = counts.iter().zip(lengths);
            pairs
                .map(|(count, length)| u64::from(*count) * u64::from(*length))
                .sum::<u64>()
        };
        sum(&self.literals, literals) + sum(&self.distances, distances) + self.extra
    }
}

/// A code with its length, ready to be written.
#[derive(Debug, Clone, Copy, Default)]
struct Code {
    bits: u32,
    length: u32,
}

impl Code {
    fn new(code: u16, length: u8) -> Self {
        Self {
            bits: code.into(),
            length: length.into(),
        }
    }

    /// The code with more bits behind it.
    fn followed_by(self, bits: u16, count: u8) -> Self {
        Self {
            bits: self.bits | u32::from(bits) << self.length,
            length: self.length + u32::from(count),
        }
    }

    #[inline]
    fn put(self, bits: &mut Bits<'_>) {
        bits.add(self.bits.into(), self.length);
    }
}

/// The code of some distances, which differ in the bits behind it: the low ones of the distance less 1.
#[derive(Debug, Clone, Copy, Default)]
struct DistanceCode {
    bits: u16,
    length: u16,
    /// Of the low bits.
    mask: u16,
    length_with_low: u16,
}

impl DistanceCode {
    #[inline]
    fn put(self, distance: u16, bits: &mut Bits<'_>) {
        let low = u64::from(distance.wrapping_sub(1) & self.mask);
        let code = u64::from(self.bits) | low << self.length;
        bits.add(code, self.length_with_low.into());
    }
}

/// The codes of a block.
#[derive(Debug)]
pub(super) struct Codes {
    literals: [Code; 256],
    end: Code,
    /// Every length less 3, with the bits behind its code.
    lengths: [Code; 256],
    /// By [`distance_index`].
    distances: [DistanceCode; DISTANCE_INDICES],
}

/// The lengths of all codes of a block, and how its header encodes them.
#[derive(Debug)]
pub(super) struct Plan {
    literals: [u8; LITERALS],
    distances: [u8; DISTANCES],
    /// Pairs of a symbol for code lengths and the bits behind it; none for the fixed codes.
    header: Vec<(u8, u8)>,
    header_lengths: [u8; 19],
    /// How many bits the block takes.
    pub(super) cost: u64,
}

impl Plan {
    /// The best codes for what was counted, with codes for all else.
    pub(super) fn dynamic(census: &Census) -> Self {
        let mut literals = [0; LITERALS];
        let mut distances = [0; DISTANCES];
        let weigh = |count: &u32| count.saturating_mul(WEIGHT).saturating_add(1);
        huffman::lengths(
            &census.literals.each_ref().map(weigh),
            LONGEST_CODE as usize,
            &mut literals,
        );
        huffman::lengths(
            &census.distances.each_ref().map(weigh),
            LONGEST_CODE as usize,
            &mut distances,
        );
        let header = run_lengths(&[literals.as_slice(), &distances].concat());
        let mut counts = [0; 19];
        // Two that always occur make a tree.
        counts[0] = 1;
        counts[1] = 1;
        for (symbol, _) in &header {
            counts[usize::from(*symbol)] += 1;
        }
        let mut header_lengths = [0; 19];
        huffman::lengths(&counts, 7, &mut header_lengths);
        let header_cost: u32 = header
            .iter()
            .map(|(symbol, _)| {
                u32::from(header_lengths[usize::from(*symbol)]) + u32::from(run_bits(*symbol))
            })
            .sum();
        Self {
            cost: u64::from(header_cost) + 3 + 14 + 3 * 19 + census.cost(&literals, &distances),
            literals,
            distances,
            header,
            header_lengths,
        }
    }

    /// The codes of RFC 1951, section 3.2.6.
    pub(super) fn fixed(census: &Census) -> Self {
        let mut literals = [8; LITERALS];
        literals[144..256].fill(9);
        literals[256..280].fill(7);
        let distances = [5; DISTANCES];
        Self {
            cost: 3 + census.cost(&literals, &distances),
            literals,
            distances,
            header: Vec::new(),
            header_lengths: [0; 19],
        }
    }

    /// Writes the header of a block that is not the last, and gives its codes.
    pub(super) fn begin(&self, writer: &mut BitWriter) -> Codes {
        if self.header.is_empty() {
            writer.put(0b010, 3);
        } else {
            self.put_header(writer);
        }
        self.codes()
    }

    fn put_header(&self, writer: &mut BitWriter) {
        writer.put(0b100, 3);
        writer.put(LITERALS as u64 - 257, 5);
        writer.put(DISTANCES as u64 - 1, 5);
        writer.put(19 - 4, 4);
        for symbol in LENGTH_ORDER {
            writer.put(u64::from(self.header_lengths[symbol]), 3);
        }
        let mut codes = [0; 19];
        huffman::codes(&self.header_lengths, &mut codes);
        for (symbol, extra_bits) in &self.header {
            let at = usize::from(*symbol);
            writer.put(u64::from(codes[at]), u32::from(self.header_lengths[at]));
            writer.put(u64::from(*extra_bits), u32::from(run_bits(*symbol)));
        }
    }

    fn codes(&self) -> Codes {
        // The fixed codes have two symbols more, which no block may use but which count as codes.
        let mut lengths = [8; 288];
        lengths[..LITERALS].copy_from_slice(&self.literals);
        if !self.header.is_empty() {
            lengths[LITERALS..].fill(0);
        }
        let mut codes = [0; 288];
        huffman::codes(&lengths, &mut codes);
        let code = |symbol: usize| Code::new(codes[symbol], lengths[symbol]);
        let mut distance_codes = [0; DISTANCES];
        huffman::codes(&self.distances, &mut distance_codes);
        let distance = |index: usize| {
            let (symbol, extra) = DISTANCE_SYMBOLS[index];
            let symbol = usize::from(symbol);
            let length = u16::from(self.distances[symbol]);
            DistanceCode {
                bits: distance_codes[symbol],
                length,
                mask: (1 << extra) - 1,
                length_with_low: length + u16::from(extra),
            }
        };
        Codes {
            literals: std::array::from_fn(code),
            end: code(END),
            lengths: LENGTH_SYMBOLS.map(|length| {
                code(usize::from(length.number)).followed_by(length.extra_bits, length.extra)
            }),
            distances: std::array::from_fn(distance),
        }
    }
}

impl Codes {
    /// Writes tokens for these bytes.
    pub(super) fn put(&self, tokens: &[Token], bytes: &[u8], writer: &mut BitWriter) {
        writer.extend(|bits| self.put_all(tokens, bytes, bits));
    }

    #[inline]
    fn put_all(&self, tokens: &[Token], bytes: &[u8], bits: &mut Bits<'_>) {
        let mut rest = bytes;
        for token in tokens {
            let (literals, behind) = rest.split_at(token.literals());
            self.put_literals(literals, bits);
            let length = token.length();
            rest = &behind[length..];
            if length > 0 {
                self.lengths[usize::from(token.length_code())].put(bits);
                let distance = token.distance();
                self.distances[distance_index(distance)].put(distance, bits);
            }
            // Also where there is no match: what comes next counts on it.
            bits.flush();
        }
    }

    /// Writes literals, and leaves room for a match.
    #[inline]
    fn put_literals(&self, literals: &[u8], bits: &mut Bits<'_>) {
        let (fours, rest) = literals.as_chunks::<4>();
        for four in fours {
            for literal in four {
                self.literals[usize::from(*literal)].put(bits);
            }
            bits.flush();
        }
        for literal in rest {
            self.literals[usize::from(*literal)].put(bits);
        }
        if bits.waiting() > MOST_BEFORE_MATCH {
            bits.flush();
        }
    }

    /// Ends the block.
    pub(super) fn end(&self, writer: &mut BitWriter) {
        writer.put(self.end.bits.into(), self.end.length);
    }
}

/// Code lengths as the header encodes them: runs of zeros, and of the length before.
fn run_lengths(lengths: &[u8]) -> Vec<(u8, u8)> {
    let mut symbols = Vec::new();
    for run in lengths.chunk_by(|one, other| one == other) {
        let length = run[0];
        let mut left = run.len();
        if length > 0 {
            symbols.push((length, 0));
            left -= 1;
        }
        while left >= 3 {
            let (symbol, least, most) = match (length, left) {
                (0, 11..) => (MANY_ZEROS, 11, 138),
                (0, _) => (ZEROS, 3, 10),
                _ => (REPEAT, 3, 6),
            };
            let taken = left.min(most);
            symbols.push((symbol, u8::try_from(taken - least).unwrap_or(0)));
            left -= taken;
        }
        symbols.extend((0..left).map(|_| (length, 0)));
    }
    symbols
}

/// How many bits stand behind a symbol for code lengths.
const fn run_bits(symbol: u8) -> u8 {
    match symbol {
        REPEAT => 2,
        ZEROS => 3,
        MANY_ZEROS => 7,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn runs_tell_every_length(lengths in prop::collection::vec(prop_oneof![3 => Just(0_u8), 1 => 0_u8..=15], 1..320)) {
            let mut decoded = Vec::new();
            for (symbol, bits) in run_lengths(&lengths) {
                prop_assert!(u32::from(bits) < 1 << run_bits(symbol));
                let (length, count) = match symbol {
                    REPEAT => (*decoded.last().unwrap(), bits + 3),
                    ZEROS => (0, bits + 3),
                    MANY_ZEROS => (0, bits + 11),
                    length => (length, 1),
                };
                decoded.extend((0..count).map(|_| length));
            }
            prop_assert_eq!(decoded, lengths);
        }
    }
}
