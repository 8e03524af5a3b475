//! How many records there are of each day.

use std::collections::BTreeMap;

use chrono::NaiveDate;

/// How many days are counted separately: 27 years. All earlier days are counted together, so that memory is bounded.
const MOST_DAYS: usize = 10_000;

/// Counts the records of days. They come newest first.
#[derive(Debug, Default)]
pub(super) struct Days {
    counts: BTreeMap<NaiveDate, u64>,
    earlier: u64,
}

impl Days {
    /// Counts a record.
    pub(super) fn add(&mut self, day: NaiveDate) {
        if let Some(records) = self.counts.get_mut(&day) {
            *records += 1;
        } else if self.counts.len() < MOST_DAYS {
            self.counts.insert(day, 1);
        } else {
            self.earlier += 1;
        }
    }

    /// The days that have records, newest first.
    pub(super) fn newest_first(&self) -> impl Iterator<Item = (NaiveDate, u64)> {
        self.counts
            .iter()
            .rev()
            .map(|(day, records)| (*day, *records))
    }

    /// How many records are older than all of them.
    pub(super) fn earlier(&self) -> u64 {
        self.earlier
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_without_records_are_left_out_and_the_oldest_are_counted_together() {
        let newest = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        let mut days = Days::default();
        days.add(newest);
        for day in newest.iter_days().rev().skip(2).take(MOST_DAYS + 4) {
            days.add(day);
            days.add(day);
        }
        let counts: Vec<_> = days.newest_first().collect();
        assert_eq!(counts.len(), MOST_DAYS);
        assert_eq!(counts[0], (newest, 1));
        assert_eq!(counts[1], (newest - chrono::Days::new(2), 2));
        assert_eq!(days.earlier(), 10);
    }
}
