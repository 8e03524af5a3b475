use chrono::{
    DateTime, Datelike as _, Days, FixedOffset, Months, NaiveDate, NaiveTime, Offset as _,
    TimeDelta, TimeZone as _, Timelike as _, Utc,
};
use chrono_tz::Tz;

use crate::Interval;

/// Hours or days of a time zone, one after the other without a gap, each with its label.
///
/// An hour is what a clock on the wall shows as one: it begins where the minutes are zero, also in zones that are half an
/// hour off, and ends where the clock is changed, at the latest after an hour. So the day on which clocks go back has an
/// hour more, of the same label; and the one on which they go forward lacks an hour. A day begins with its first moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeGrid {
    /// One more than there are labels, ascending.
    bounds: Vec<DateTime<Utc>>,
    labels: Vec<String>,
}

impl TimeGrid {
    /// The most days that a grid may have.
    pub const MAX_DAYS: u64 = 366;

    /// The hours of the day that it is now.
    pub(crate) fn today(now: DateTime<Utc>, time_zone: Tz) -> Self {
        let zone = Zone(time_zone);
        let today = zone.date(now);
        Self::hours(zone.begin(today), zone.begin(next(today)), zone)
    }

    /// So many days, of which the last is the one that it is now.
    pub(crate) fn last_days(count: u64, now: DateTime<Utc>, time_zone: Tz) -> Self {
        let zone = Zone(time_zone);
        let today = zone.date(now);
        let first = today
            .checked_sub_days(Days::new(count.saturating_sub(1)))
            .unwrap_or(today);
        Self::days(zone.begin(first), zone.begin(next(today)), zone)
    }

    /// From `start` until before `end`: by the hour where both are in the same day, else by the day. The first and the last
    /// go no further than the range does.
    ///
    /// # Errors
    /// When there would be more days than [`MAX_DAYS`](Self::MAX_DAYS): how many.
    pub(crate) fn between(
        start: DateTime<Utc>,
        end: DateTime<Utc>,
        time_zone: Tz,
    ) -> Result<Self, u64> {
        let zone = Zone(time_zone);
        // The end itself is not in the range.
        let last = zone.date(end - TimeDelta::nanoseconds(1));
        let days = (last - zone.date(start)).num_days().unsigned_abs() + 1;
        match days {
            1 => Ok(Self::hours(start, end, zone)),
            2..=Self::MAX_DAYS => Ok(Self::days(start, end, zone)),
            _ => Err(days),
        }
    }

    fn hours(start: DateTime<Utc>, end: DateTime<Utc>, zone: Zone) -> Self {
        let mut grid = Self::from(start);
        let mut begin = start;
        while begin < end {
            let label = zone.local(begin).format("%H:00").to_string();
            begin = zone.end_of(HOUR, begin).min(end);
            grid.push(label, begin);
        }
        grid
    }

    fn days(start: DateTime<Utc>, end: DateTime<Utc>, zone: Zone) -> Self {
        let mut grid = Self::from(start);
        let mut begin = start;
        let mut date = zone.date(start);
        while begin < end {
            let following = zone.begin(next(date)).min(end);
            // A day that a zone left out, as one that crosses the date line does, has no moment.
            if following > begin {
                grid.push(date.format("%Y-%m-%d").to_string(), following);
                begin = following;
            }
            date = next(date);
        }
        grid
    }

    fn from(start: DateTime<Utc>) -> Self {
        Self {
            bounds: vec![start],
            labels: Vec::new(),
        }
    }

    fn push(&mut self, label: String, end: DateTime<Utc>) {
        self.labels.push(label);
        self.bounds.push(end);
    }

    /// Where each begins, and last where the last one ends, which is in none: ascending, one more than there are
    /// [`labels`](Self::labels).
    pub fn bounds(&self) -> &[DateTime<Utc>] {
        &self.bounds
    }

    /// Where the first begins, and where the last ends, which is in none.
    pub fn ends(&self) -> [DateTime<Utc>; 2] {
        let end = |bound: Option<&DateTime<Utc>>| bound.copied().unwrap_or_default();
        [end(self.bounds.first()), end(self.bounds.last())]
    }

    /// What each is called: `14:00` for an hour, `2020-04-13` for a day.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }
}

/// How many seconds an hour and a minute have.
const HOUR: u32 = 3600;
const MINUTE: u32 = 60;

/// Where the buckets of a histogram begin, ascending, and last where the last one ends: from the one that `first` is in, until one
/// ends at `last` or after. `None` where there would be more than `most`.
///
/// As hours do, minutes end where the clock is changed. Days and months begin with their first moment.
pub(crate) fn buckets(
    interval: Interval,
    first: DateTime<Utc>,
    last: DateTime<Utc>,
    time_zone: Tz,
    most: usize,
) -> Option<Vec<DateTime<Utc>>> {
    let zone = Zone(time_zone);
    let date = match interval {
        Interval::Month => zone.date(first).with_day(1).unwrap_or_default(),
        _ => zone.date(first),
    };
    let begin = match interval {
        Interval::Minute => zone.begin_of(MINUTE, first),
        Interval::Hour => zone.begin_of(HOUR, first),
        Interval::Day | Interval::Month => zone.begin(date),
    };
    let (mut date, mut end) = (date, begin);
    let mut bounds = vec![begin];
    while end < last {
        let following = match interval {
            Interval::Minute => zone.end_of(MINUTE, end),
            Interval::Hour => zone.end_of(HOUR, end),
            Interval::Day | Interval::Month => {
                date = match interval {
                    Interval::Month => date.checked_add_months(Months::new(1)),
                    _ => date.succ_opt(),
                }?;
                zone.begin(date)
            }
        };
        if following <= first {
            // Clocks that go back over midnight bring the evening again, which stays with the day that had begun.
            bounds = vec![following];
            end = following;
        } else if following > end {
            // A day that a zone left out has no moment.
            if bounds.len() > most {
                return None;
            }
            bounds.push(following);
            end = following;
        }
    }
    Some(bounds)
}

/// The first moment of a day in a time zone, or of the next one there is.
pub(crate) fn first_moment(date: NaiveDate, time_zone: Tz) -> DateTime<Utc> {
    Zone(time_zone).begin(date)
}

fn next(date: NaiveDate) -> NaiveDate {
    date.succ_opt().unwrap_or(NaiveDate::MAX)
}

/// The clocks of a time zone. They are changed at whole seconds.
#[derive(Clone, Copy)]
struct Zone(Tz);

impl Zone {
    fn offset(self, time: DateTime<Utc>) -> FixedOffset {
        self.0.offset_from_utc_datetime(&time.naive_utc()).fix()
    }

    fn local(self, time: DateTime<Utc>) -> DateTime<FixedOffset> {
        time.with_timezone(&self.offset(time))
    }

    fn date(self, time: DateTime<Utc>) -> NaiveDate {
        self.local(time).date_naive()
    }

    /// The first moment of a day, or of the next one there is.
    fn begin(self, date: NaiveDate) -> DateTime<Utc> {
        let midnight = date.and_time(NaiveTime::MIN);
        if let Some(time) = self.0.from_local_datetime(&midnight).earliest() {
            return time.to_utc();
        }
        // A clock that goes forward at midnight skips midnight. A zone that crosses the date line skips a whole day.
        let around = midnight.and_utc();
        first(
            around - TimeDelta::hours(26),
            around + TimeDelta::hours(50),
            |time| self.local(time).naive_local() >= midnight,
        )
    }

    /// When the hour or minute, of so many seconds, ends that a time is in.
    fn end_of(self, seconds: u32, time: DateTime<Utc>) -> DateTime<Utc> {
        let offset = self.offset(time);
        let end = time + TimeDelta::seconds(seconds.into()) - self.passed(seconds, time);
        if self.offset(end - TimeDelta::nanoseconds(1)) == offset {
            return end;
        }
        first(time, end, |time| self.offset(time) != offset)
    }

    /// When the hour or minute, of so many seconds, began that a time is in.
    fn begin_of(self, seconds: u32, time: DateTime<Utc>) -> DateTime<Utc> {
        let offset = self.offset(time);
        let begin = time - self.passed(seconds, time);
        if self.offset(begin) == offset {
            return begin;
        }
        first(begin, time, |time| self.offset(time) == offset)
    }

    /// How much of the hour or minute, of so many seconds, has passed.
    fn passed(self, seconds: u32, time: DateTime<Utc>) -> TimeDelta {
        let local = self.local(time);
        let passed = local.num_seconds_from_midnight() % seconds;
        TimeDelta::seconds(passed.into()) + TimeDelta::nanoseconds(local.nanosecond().into())
    }
}

/// The first whole second after `before`, where `is_after` does not hold, at which it does, as it does at `after`.
fn first(
    before: DateTime<Utc>,
    after: DateTime<Utc>,
    is_after: impl Fn(DateTime<Utc>) -> bool,
) -> DateTime<Utc> {
    let (mut before, mut after) = (before.timestamp(), after.timestamp());
    let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    while after - before > 1 {
        let middle = i64::midpoint(before, after);
        if is_after(at(middle)) {
            after = middle;
        } else {
            before = middle;
        }
    }
    at(after)
}

#[cfg(test)]
mod tests;
