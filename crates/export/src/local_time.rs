//! What a clock on the wall of a time zone shows, cheaply for many times that lie close together.

use chrono::{DateTime, FixedOffset, NaiveDateTime, Offset as _, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;

/// How long a block of time is. Clocks change at most once in one.
const BLOCK_SECONDS: i64 = 15 * 60;

/// How many blocks are remembered: 16 hours, so that the ends of connections do not displace their starts.
const BLOCKS: u8 = 64;

/// The local times of a zone. To find the offset of a time is to search all changes that the zone ever saw; an export asks
/// millions of times, for times that are close together. So the offset of a block of time is remembered where it holds for
/// all of the block.
pub(crate) struct LocalTimes {
    time_zone: Tz,
    /// A block, by its number since 1970, and its offset; each stands where its number, modulo how many there are, says.
    blocks: [(i64, FixedOffset); BLOCKS as usize],
}

impl LocalTimes {
    pub(crate) fn new(time_zone: Tz) -> Self {
        Self {
            time_zone,
            // No time is in this block.
            blocks: [(i64::MAX, Utc.fix()); BLOCKS as usize],
        }
    }

    /// The local time.
    pub(crate) fn of(&mut self, time: DateTime<Utc>) -> NaiveDateTime {
        if self.time_zone == Tz::UTC {
            return time.naive_utc();
        }
        let offset = self.offset(time);
        // A zone lies at most a day from UTC, and no record at the end of all calendars.
        time.naive_utc()
            .checked_add_offset(offset)
            .unwrap_or(time.naive_utc())
    }

    fn offset(&mut self, time: DateTime<Utc>) -> FixedOffset {
        let number = time.timestamp().div_euclid(BLOCK_SECONDS);
        // The remainder is below the number of blocks, which is small.
        let index = usize::try_from(number.rem_euclid(i64::from(BLOCKS))).unwrap_or_default();
        let (remembered, offset) = self.blocks[index];
        if remembered == number {
            return offset;
        }
        let offset = self.look_up(time);
        let first = DateTime::from_timestamp(number * BLOCK_SECONDS, 0);
        let last =
            first.and_then(|first| first.checked_add_signed(TimeDelta::seconds(BLOCK_SECONDS - 1)));
        let all_of_it = [first, last]
            .into_iter()
            .all(|end| end.is_some_and(|end| self.look_up(end) == offset));
        if all_of_it {
            self.blocks[index] = (number, offset);
        }
        offset
    }

    fn look_up(&self, time: DateTime<Utc>) -> FixedOffset {
        self.time_zone
            .offset_from_utc_datetime(&time.naive_utc())
            .fix()
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::TZ_VARIANTS;
    use proptest::prelude::*;

    use super::*;

    fn expected(time_zone: Tz, time: DateTime<Utc>) -> NaiveDateTime {
        time.with_timezone(&time_zone).naive_local()
    }

    fn time(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 123_456_000).unwrap()
    }

    /// The seconds at which a zone changes its offset, to the second, from 1850 to 2100.
    fn changes(time_zone: Tz) -> Vec<i64> {
        const WEEK: i64 = 7 * 86_400;
        let offset = |seconds| expected(time_zone, time(seconds)) - time(seconds).naive_utc();
        let mut changes = Vec::new();
        for week in -6262..6784 {
            let (mut before, mut after) = (week * WEEK, (week + 1) * WEEK);
            if offset(before) == offset(after) {
                continue;
            }
            while after - before > 1 {
                let middle = i64::midpoint(before, after);
                if offset(middle) == offset(before) {
                    before = middle;
                } else {
                    after = middle;
                }
            }
            changes.push(after);
        }
        changes
    }

    #[test]
    fn every_change_of_every_zone_is_seen_to_the_second() {
        for time_zone in TZ_VARIANTS {
            let mut local = LocalTimes::new(time_zone);
            for change in changes(time_zone) {
                // In both directions, so that both sides of a change are there to be remembered.
                for second in (-2000..2000)
                    .step_by(499)
                    .chain(-2..3)
                    .chain([-900, 0, 900, -1, 0])
                {
                    let time = time(change + second);
                    assert_eq!(
                        local.of(time),
                        expected(time_zone, time),
                        "{time_zone} {time}"
                    );
                }
            }
        }
    }

    proptest! {
        #[test]
        fn it_is_what_chrono_says(
            zone in 0..TZ_VARIANTS.len(),
            // The years 0 to 9999, and around each some that are close.
            base in -62_167_219_200_i64..253_402_300_800 - 200_000,
            steps in prop::collection::vec(0..200_000_i64, 1..100),
        ) {
            let time_zone = TZ_VARIANTS[zone];
            let mut local = LocalTimes::new(time_zone);
            for step in steps {
                let time = time(base + step);
                prop_assert_eq!(local.of(time), expected(time_zone, time));
            }
        }

        #[test]
        fn it_is_what_chrono_says_where_clocks_change(
            zone in 0..TZ_VARIANTS.len(),
            seconds in prop::collection::vec(1_700_000_000_i64..1_800_000_000, 1..300),
        ) {
            let time_zone = TZ_VARIANTS[zone];
            let mut local = LocalTimes::new(time_zone);
            for second in seconds {
                let time = time(second);
                prop_assert_eq!(local.of(time), expected(time_zone, time));
            }
        }
    }
}
