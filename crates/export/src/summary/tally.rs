//! How many records have each value, in bounded memory.

use std::cmp::Ordering;
use std::collections::HashMap;

/// About how many bytes a value takes beside its text: its entry in the table, its count, and what the allocator adds.
const ENTRY_BYTES: usize = 64;

/// Counts values, as long as they fit into so much memory all of them exactly. Beyond that it is the summary of Misra and
/// Gries: whenever there is no room, all counts are lowered by one number and those that fall to nothing are forgotten. So
/// a count is never too high, and too low by what was taken away at the most, which is known.
#[derive(Debug)]
pub(super) struct Tally {
    counts: HashMap<Box<str>, Count>,
    max_bytes: usize,
    bytes: usize,
    with_value: u64,
    without_value: u64,
    max_error: u64,
}

#[derive(Debug)]
struct Count {
    records: u64,
    /// How the value was spelled where it was met first; `None` where that is the key.
    spelling: Option<Box<str>>,
}

/// A value and how many records have it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tallied<'a> {
    pub(super) value: &'a str,
    pub(super) records: u64,
}

impl Tally {
    /// A tally that takes so many bytes, about.
    pub(super) fn new(max_bytes: usize) -> Self {
        Self {
            counts: HashMap::new(),
            max_bytes,
            bytes: 0,
            with_value: 0,
            without_value: 0,
            max_error: 0,
        }
    }

    /// Counts a record by its value. Values with the same key are the same; an empty key means that there is no value.
    pub(super) fn add(&mut self, key: &str, spelling: &str) {
        if key.is_empty() {
            self.without_value += 1;
            return;
        }
        self.with_value += 1;
        if let Some(count) = self.counts.get_mut(key) {
            count.records += 1;
            return;
        }
        let count = Count {
            records: 1,
            spelling: (spelling != key).then(|| spelling.into()),
        };
        self.bytes += size(key, &count);
        self.counts.insert(key.into(), count);
        while self.bytes > self.max_bytes {
            self.make_room();
        }
    }

    /// The values that most records have, those of most records first, ties by key.
    pub(super) fn top(&self, most: usize) -> Vec<Tallied<'_>> {
        let counts = self.counts.iter();
        let mut counts: Vec<_> = counts.map(|(key, count)| (&**key, count)).collect();
        if counts.len() > most {
            counts.select_nth_unstable_by(most, order);
            counts.truncate(most);
        }
        counts.sort_unstable_by(order);
        counts
            .into_iter()
            .map(|(key, count)| Tallied {
                value: count.spelling.as_deref().unwrap_or(key),
                records: count.records,
            })
            .collect()
    }

    /// How many records have a value.
    pub(super) fn with_value(&self) -> u64 {
        self.with_value
    }

    /// How many have none.
    pub(super) fn without_value(&self) -> u64 {
        self.without_value
    }

    /// By how much a count may be too low; 0 where all are exact.
    pub(super) fn max_error(&self) -> u64 {
        self.max_error
    }

    /// Lowers all counts by the median, so that at least half of them are gone: then it costs little, however often.
    #[cold]
    fn make_room(&mut self) {
        let mut records: Vec<_> = self.counts.values().map(|count| count.records).collect();
        let middle = records.len() / 2;
        let (_, median, _) = records.select_nth_unstable(middle);
        let lowered = *median;
        self.max_error += lowered;
        let mut bytes = 0;
        self.counts.retain(|key, count| {
            count.records = count.records.saturating_sub(lowered);
            let stays = count.records > 0;
            bytes += if stays { size(key, count) } else { 0 };
            stays
        });
        self.bytes = bytes;
    }
}

fn order(one: &(&str, &Count), other: &(&str, &Count)) -> Ordering {
    let (key, count) = one;
    let (other_key, other_count) = other;
    let by_records = other_count.records.cmp(&count.records);
    by_records.then_with(|| key.cmp(other_key))
}

fn size(key: &str, count: &Count) -> usize {
    let spelling = count.spelling.as_ref().map_or(0, |text| text.len());
    ENTRY_BYTES + key.len() + spelling
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tally(max_bytes: usize, values: &[&str]) -> Tally {
        let mut tally = Tally::new(max_bytes);
        for value in values {
            tally.add(&value.to_lowercase(), value);
        }
        tally
    }

    fn pairs<'a>(top: &[Tallied<'a>]) -> Vec<(&'a str, u64)> {
        top.iter().map(|one| (one.value, one.records)).collect()
    }

    #[test]
    fn the_most_frequent_come_first_and_ties_by_key() {
        let tally = tally(10_000, &["b", "B", "c", "a", "", "d", "D", "d"]);
        assert_eq!(pairs(&tally.top(3)), [("d", 3), ("b", 2), ("a", 1)]);
        assert_eq!(tally.top(9).len(), 4);
        assert_eq!((tally.with_value(), tally.without_value()), (7, 1));
        assert_eq!(tally.max_error(), 0);
    }

    #[test]
    fn a_value_is_spelled_as_it_was_met_first() {
        let tally = tally(10_000, &["Jy01", "jy01", "JY01"]);
        assert_eq!(pairs(&tally.top(1)), [("Jy01", 3)]);
    }

    #[test]
    fn a_frequent_value_is_found_among_any_number_of_rare_ones() {
        let mut tally = Tally::new(100 * (ENTRY_BYTES + 6));
        for number in 0..100_000 {
            let rare = format!("{number:06}");
            tally.add(&rare, &rare);
            if number % 10 == 0 {
                tally.add("often", "often");
            }
            assert!(tally.bytes <= tally.max_bytes);
        }
        let top = tally.top(1);
        assert_eq!(top[0].value, "often");
        assert!(top[0].records <= 10_000);
        assert!(top[0].records + tally.max_error() >= 10_000);
        assert!(tally.max_error() < 10_000);
    }

    #[test]
    fn one_value_that_is_larger_than_the_room_is_let_go() {
        let tally = tally(ENTRY_BYTES, &["a value"]);
        assert_eq!((tally.top(9).len(), tally.max_error()), (0, 1));
    }

    proptest! {
        #[test]
        fn a_count_is_never_too_high_and_too_low_by_the_error_at_the_most(
            values in prop::collection::vec("[a-e]{1,2}", 0..400),
            entries in 1_usize..40,
        ) {
            let mut exact = HashMap::<&str, u64>::new();
            let mut tally = Tally::new(entries * (ENTRY_BYTES + 2));
            for value in &values {
                *exact.entry(value).or_default() += 1;
                tally.add(value, value);
                prop_assert!(tally.bytes <= tally.max_bytes);
            }
            for (value, records) in exact {
                let counted = tally.counts.get(value).map_or(0, |count| count.records);
                prop_assert!(counted <= records && records <= counted + tally.max_error());
                if entries >= 30 {
                    prop_assert_eq!(counted, records, "all of them have room");
                }
            }
        }
    }
}
