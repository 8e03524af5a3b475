//! Prefix codes: how long each symbol's is, and its bits.

/// The lengths of the best code for symbols with these frequencies, none longer than a limit of at most 15. A symbol
/// of frequency 0 has none. At least two symbols must occur.
pub(super) fn lengths(frequencies: &[u32], limit: usize, lengths: &mut [u8]) {
    lengths.fill(0);
    let mut symbols: Vec<(u32, u16)> = (0..)
        .zip(frequencies)
        .filter(|(_, frequency)| **frequency > 0)
        .map(|(symbol, frequency)| (*frequency, symbol))
        .collect();
    symbols.sort_unstable();
    let counts = limited(&depths(&symbols), limit, symbols.len());
    // The rarest have the longest.
    let mut symbols = symbols.into_iter();
    for (length, count) in (0..=15_u8).zip(counts).rev() {
        for (_, symbol) in symbols.by_ref().take(count) {
            if let Some(index) = lengths.get_mut(usize::from(symbol)) {
                *index = length;
            }
        }
    }
}

/// How many leaves of the tree of Huffman's algorithm lie at each depth; the frequencies are sorted.
fn depths(symbols: &[(u32, u16)]) -> Vec<usize> {
    // Two queues: the leaves and, in the order they were joined, the inner nodes. Children come before parents.
    let leaves = symbols.len();
    let mut weights: Vec<u64> = symbols
        .iter()
        .map(|(weight, _)| u64::from(*weight))
        .collect();
    let mut parents = vec![0; (2 * leaves).saturating_sub(1)];
    let (mut leaf, mut inner) = (0, leaves);
    for node in leaves..parents.len() {
        let mut weight = 0;
        for _ in 0..2 {
            let takes_leaf = leaf < leaves && (inner >= node || weights[leaf] <= weights[inner]);
            let lightest = if takes_leaf { &mut leaf } else { &mut inner };
            weight += weights[*lightest];
            parents[*lightest] = node;
            *lightest += 1;
        }
        weights.push(weight);
    }
    let mut depths = vec![0_usize; parents.len()];
    let mut counts = vec![0; leaves.max(1)];
    for node in (0..parents.len().saturating_sub(1)).rev() {
        depths[node] = depths[parents[node]] + 1;
        if node < leaves {
            counts[depths[node]] += 1;
        }
    }
    counts
}

/// The counts of code lengths within the limit: what is deeper moves up, and shorter codes make room.
fn limited(depths: &[usize], limit: usize, symbols: usize) -> [usize; 16] {
    let mut counts = [0; 16];
    for (depth, count) in depths.iter().enumerate() {
        counts[depth.min(limit)] += count;
    }
    let whole = 1_usize << limit;
    let mut used: usize = (1..=limit)
        .map(|length| counts[length] << (limit - length))
        .sum();
    while symbols > 1 && used > whole {
        // One of the longest goes next to a shorter one, which becomes longer by one bit.
        let Some(shorter) = (1..limit).rev().find(|&length| counts[length] > 0) else {
            break;
        };
        counts[limit] -= 1;
        counts[shorter] -= 1;
        counts[shorter + 1] += 2;
        used -= 1;
    }
    counts
}

/// The code of each length, as RFC 1951, section 3.2.2, derives it, its bits reversed for writing.
pub(super) fn codes(lengths: &[u8], codes: &mut [u16]) {
    let mut counts = [0_u16; 16];
    for length in lengths {
        counts[usize::from(length & 15)] += 1;
    }
    let mut next = [0_u16; 16];
    let mut code = 0;
    for (next, count) in next.iter_mut().zip(counts).skip(1) {
        code <<= 1;
        *next = code;
        code += count;
    }
    for (code, length) in codes.iter_mut().zip(lengths) {
        let next = &mut next[usize::from(length & 15)];
        *code = match *length {
            0 => 0,
            length => next.reverse_bits() >> (16 - length),
        };
        *next = next.wrapping_add(1);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(frequencies: &[u32], limit: usize) -> Vec<u8> {
        let mut found = vec![0; frequencies.len()];
        lengths(frequencies, limit, &mut found);
        found
    }

    /// The share of all codes that these lengths take, in parts of 2^15.
    fn share(lengths: &[u8]) -> u32 {
        lengths
            .iter()
            .filter(|length| **length > 0)
            .map(|length| 1 << (15 - length))
            .sum()
    }

    #[test]
    fn frequent_symbols_have_short_codes() {
        assert_eq!(of(&[1, 0, 1, 2, 4], 15), [3, 0, 3, 2, 1]);
        assert_eq!(of(&[5, 5], 15), [1, 1]);
        assert_eq!(of(&[1, 1, 1, 1], 15), [2, 2, 2, 2]);
    }

    #[test]
    fn no_code_is_longer_than_the_limit() {
        let fibonacci: Vec<u32> = (0..30)
            .scan((1, 1), |(one, two), _| {
                (*one, *two) = (*two, *one + *two);
                Some(*one)
            })
            .collect();
        for limit in [5, 7, 14, 15] {
            let found = of(&fibonacci, limit);
            assert!(
                found
                    .iter()
                    .all(|length| (1..=limit).contains(&usize::from(*length)))
            );
            assert_eq!(share(&found), 1 << 15);
        }
    }

    #[test]
    fn the_codes_are_those_of_the_standard() {
        // The example of RFC 1951, section 3.2.2.
        let mut found = [0; 8];
        codes(&[3, 3, 3, 3, 3, 2, 4, 4], &mut found);
        let expected = [0b010, 0b110, 0b001, 0b101, 0b011, 0b00, 0b0111, 0b1111];
        assert_eq!(found, expected);
    }

    proptest! {
        #[test]
        fn every_code_is_complete(
            mut frequencies in prop::collection::vec(prop_oneof![Just(0), 1_u32..9, any::<u32>()], 2..286),
            limit in 9_usize..=15,
        ) {
            frequencies[0] = frequencies[0].max(1);
            frequencies[1] = frequencies[1].max(1);
            let found = of(&frequencies, limit);
            prop_assert_eq!(share(&found), 1 << 15);
            for (length, frequency) in found.iter().zip(&frequencies) {
                prop_assert_eq!(*length > 0, *frequency > 0);
                prop_assert!(usize::from(*length) <= limit);
            }
        }
    }
}
