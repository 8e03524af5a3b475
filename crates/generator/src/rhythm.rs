/// How many connections start in each hour of a working day in Shanghai, against one another: two peaks, a dip at
/// noon, little at night.
const BY_HOUR: [u32; 24] = [
    4, 2, 2, 1, 1, 2, 8, 32, 100, 110, 70, 45, 18, 42, 98, 84, 60, 44, 34, 26, 24, 20, 14, 8,
];

/// How much more a working day weighs than a day of the weekend.
const WORKING_DAY: u32 = 8;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
/// Shanghai is 8 hours ahead of UTC, all year.
const SHANGHAI: i64 = 8 * HOUR;

/// When connections start: in the rhythm of the day and of the week, in ascending order.
///
/// The weight of all hours is cut into as many equal parts as there are records, and each record starts somewhere in
/// its own. Parts and hours both ascend, so that one walk over the hours is enough and nothing has to be kept.
#[derive(Debug)]
pub(super) struct Rhythm {
    /// The first second, since the epoch.
    start: i64,
    /// The second after the last.
    end: i64,
    /// The weight of all seconds together.
    total: u128,
    /// Where the hour begins that the walk has come to, in seconds since the epoch.
    hour: i64,
    /// The weight of all seconds before that hour.
    before: u128,
}

impl Rhythm {
    /// The rhythm of the `days` before `until`, in seconds since the epoch.
    pub(super) fn new(until: i64, days: u32) -> Self {
        let start = until - i64::from(days) * DAY;
        let total = (0..i64::from(days) * 24)
            .map(|hour| u128::from(weight(start + hour * HOUR)) * u128::from(HOUR.unsigned_abs()))
            .sum();
        Self {
            start,
            end: until,
            total,
            hour: start,
            before: 0,
        }
    }

    /// When the record with this index of so many starts, in seconds since the epoch. `jitter`, 24 random bits, says
    /// where in its part. Indices must ascend.
    pub(super) fn start(&mut self, index: u64, records: u64, jitter: u32) -> i64 {
        let part = (u128::from(index) << 24) + u128::from(jitter);
        let position = part * self.total / (u128::from(records) << 24);
        loop {
            let weight = u128::from(weight(self.hour));
            let into = (position - self.before) / weight;
            match i64::try_from(into) {
                Ok(seconds) if seconds < HOUR => return self.hour + seconds,
                _ => {
                    self.hour += HOUR;
                    self.before += weight * u128::from(HOUR.unsigned_abs());
                }
            }
        }
    }

    /// How much of the whole time has passed, in thousandths.
    pub(super) fn progress(&self, time: i64) -> u32 {
        let progress = (time - self.start) * 1000 / (self.end - self.start);
        u32::try_from(progress).unwrap_or(0)
    }
}

/// Whether people are in the office: from 8 to 19 on a working day.
pub(super) fn is_office_time(time: i64) -> bool {
    let (day, hour) = local(time);
    is_working_day(day) && (8..19).contains(&hour)
}

fn weight(time: i64) -> u32 {
    let (day, hour) = local(time);
    let by_day = if is_working_day(day) { WORKING_DAY } else { 1 };
    BY_HOUR[hour] * by_day
}

/// The day since the epoch, and the hour of the day, in Shanghai.
fn local(time: i64) -> (i64, usize) {
    let local = time + SHANGHAI;
    let hour = usize::try_from(local.rem_euclid(DAY) / HOUR).unwrap_or(0);
    (local.div_euclid(DAY), hour)
}

/// The epoch was a Thursday.
fn is_working_day(day: i64) -> bool {
    !matches!((day + 3).rem_euclid(7), 5 | 6)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Datelike, FixedOffset, Timelike, Weekday};

    use super::*;

    #[test]
    fn day_and_hour_are_those_of_the_calendar_in_shanghai() {
        let shanghai = FixedOffset::east_opt(8 * 3600).unwrap();
        for hour in -500..500 {
            let time = hour * 3600;
            let calendar = DateTime::from_timestamp_secs(time)
                .unwrap()
                .with_timezone(&shanghai);
            let (day, hour) = local(time);
            assert_eq!(hour, calendar.hour() as usize);
            let weekend = matches!(calendar.weekday(), Weekday::Sat | Weekday::Sun);
            assert_eq!(is_working_day(day), !weekend, "{calendar}");
        }
    }

    #[test]
    fn starts_ascend_from_the_first_second_to_the_last_and_never_beyond() {
        for (records, days) in [(1, 1), (7, 1), (10_000, 3), (100, 36_525)] {
            let until = 1_767_225_600 + 1234;
            for jitter in [0, (1 << 24) - 1] {
                let mut rhythm = Rhythm::new(until, days);
                let starts: Vec<i64> = (0..records)
                    .map(|index| rhythm.start(index, records, jitter))
                    .collect();
                assert!(starts.is_sorted());
                assert!(starts[0] >= until - i64::from(days) * DAY);
                assert!(starts.iter().all(|start| *start < until));
            }
        }
    }
}
