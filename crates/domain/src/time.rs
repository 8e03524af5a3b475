use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, SecondsFormat, TimeDelta, Utc};
use thiserror::Error;

/// Reads a time as the wire writes it: `2016-08-20T21:11Z` (minutes), or any RFC 3339 time, with seconds,
/// fractions of a second and any offset (`contract.md` §1).
///
/// A blank where the sign `+` of an offset belongs is read as that sign: in a URL, an unescaped `+` means a blank.
/// A leap second is the second after it.
///
/// # Errors
/// When the text is anything else, names a day or hour that does not exist, or a time that is not in the years 0 to 9999
/// of UTC.
///
/// ```
/// use deskledger_domain::parse_time;
///
/// let minutes = parse_time("2016-08-20T21:11Z")?;
/// assert_eq!(minutes, parse_time("2016-08-20T21:11:00.000Z")?);
/// assert_eq!(minutes, parse_time("2016-08-21T05:11+08:00")?);
/// assert!(parse_time("2016-08-20").is_err());
/// # Ok::<(), deskledger_domain::InvalidTime>(())
/// ```
pub fn parse_time(text: &str) -> Result<DateTime<Utc>, InvalidTime> {
    const MINUTES: usize = "2016-08-20T21:11".len();

    let mut text = text.to_owned();
    let bytes = text.as_bytes();
    if bytes.len() > MINUTES && bytes[bytes.len().saturating_sub(6)] == b' ' {
        let sign = text.len() - 6;
        text.replace_range(sign..=sign, "+");
    }
    if matches!(
        text.as_bytes().get(MINUTES),
        Some(b'Z' | b'z' | b'+' | b'-')
    ) {
        text.insert_str(MINUTES, ":00");
    }
    // RFC 3339 lets a blank stand for the `T`; the documented form does not.
    if !matches!(text.as_bytes().get(10), Some(b'T' | b't')) {
        return Err(InvalidTime);
    }
    let time = DateTime::parse_from_rfc3339(&text).map_err(|_| InvalidTime)?;
    without_leap_second(time.to_utc())
        .filter(|time| can_be_written(*time))
        .ok_or(InvalidTime)
}

/// Reads a date alone, `2026-11-20`, of the years 0 to 9999.
pub(crate) fn parse_date(text: &str) -> Option<NaiveDate> {
    let digits = |byte: (usize, u8)| matches!(byte.0, 4 | 7) || byte.1.is_ascii_digit();
    // chrono would take a sign, blanks, and numbers without their zeros.
    if text.len() != "2026-11-20".len() || !text.bytes().enumerate().all(digits) {
        return None;
    }
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()
}

/// Whether the wire has a way to write a time: RFC 3339 knows the years 0 to 9999, in UTC as elsewhere.
pub(crate) fn can_be_written(time: DateTime<Utc>) -> bool {
    (0..=9999).contains(&time.year())
}

/// chrono keeps a leap second as the 59th with more than a second's worth of nanoseconds.
fn without_leap_second(time: DateTime<Utc>) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(time.timestamp(), 0)?
        .checked_add_signed(TimeDelta::nanoseconds(time.timestamp_subsec_nanos().into()))
}

/// Writes a time as the wire does, in UTC: `2020-04-24T03:02:47Z`, with a fraction only where there is one.
///
/// [`parse_time`] reads it back as the same time, for the years 0 to 9999.
pub fn format_time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// A text is not a time. The caller knows which text it is, and names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "not a time such as 2016-08-20T21:11Z, or 2016-08-20T21:11:05+08:00 with seconds and an offset"
)]
pub struct InvalidTime;

/// The times from `start`, which is in the range, up to `end`, which is not: `[start, end)`. Either may be open.
///
/// Ranges that meet therefore neither share a record nor lose one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeRange {
    start: Option<DateTime<Utc>>,
    end: Option<DateTime<Utc>>,
}

impl TimeRange {
    /// Every time there is.
    pub const ALL: Self = Self {
        start: None,
        end: None,
    };

    /// A range that begins at `start`, and ends before `end` where there is one.
    ///
    /// Records know microseconds; a bound that is finer counts from the next whole one, which leaves the
    /// same records in the range.
    ///
    /// # Errors
    /// When `start` is not before `end`: such a range would be empty.
    pub fn new(start: DateTime<Utc>, end: Option<DateTime<Utc>>) -> Result<Self, InvalidTimeRange> {
        if let Some(end) = end
            && start >= end
        {
            return Err(InvalidTimeRange { start, end });
        }
        Ok(Self {
            start: Some(ceil_to_micros(start)),
            end: end.map(ceil_to_micros),
        })
    }

    /// The part of the range up to and including `last`; `None` where that part is empty.
    pub fn up_to(self, last: DateTime<Utc>) -> Option<Self> {
        let end = floor_to_micros(last).checked_add_signed(TimeDelta::microseconds(1))?;
        let end = self.end.map_or(end, |own| own.min(end));
        self.start.is_none_or(|start| start < end).then_some(Self {
            end: Some(end),
            ..self
        })
    }

    /// A range without a beginning, which ends before `end`.
    pub fn until(end: DateTime<Utc>) -> Self {
        Self {
            start: None,
            end: Some(ceil_to_micros(end)),
        }
    }

    /// The first time in the range, in whole microseconds; `None` where it has no beginning.
    pub const fn start(&self) -> Option<DateTime<Utc>> {
        self.start
    }

    /// The first time after the range, in whole microseconds; `None` where it has no end.
    pub const fn end(&self) -> Option<DateTime<Utc>> {
        self.end
    }

    /// Whether `time` is in the range.
    pub fn contains(&self, time: DateTime<Utc>) -> bool {
        self.start.is_none_or(|start| start <= time) && self.end.is_none_or(|end| time < end)
    }
}

/// A range that would hold no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the start is not before the end")]
pub struct InvalidTimeRange {
    /// The start that was asked for.
    pub start: DateTime<Utc>,
    /// The end that was asked for.
    pub end: DateTime<Utc>,
}

pub(crate) fn ceil_to_micros(time: DateTime<Utc>) -> DateTime<Utc> {
    let floor = floor_to_micros(time);
    if floor == time {
        time
    } else {
        floor
            .checked_add_signed(TimeDelta::microseconds(1))
            .unwrap_or(NaiveDateTime::MAX.and_utc())
    }
}

/// The time in whole microseconds, which is what a record knows and every database keeps.
pub(crate) fn floor_to_micros(time: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(time.timestamp_micros()).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_time() -> impl Strategy<Value = DateTime<Utc>> {
        // The years 0 to 9999, the ones that RFC 3339 can write.
        (-62_167_219_200_i64..253_402_300_800, 0_u32..1_000_000_000)
            .prop_map(|(seconds, nanos)| DateTime::from_timestamp(seconds, nanos).unwrap())
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(time in any_time()) {
            prop_assert_eq!(parse_time(&format_time(time)), Ok(time));
        }

        #[test]
        fn an_offset_changes_the_spelling_and_not_the_time(time in any_time(), minutes in -23 * 60_i32..24 * 60) {
            let offset = chrono::FixedOffset::east_opt(minutes * 60).unwrap();
            let local = time.with_timezone(&offset);
            prop_assume!((0..=9999).contains(&chrono::Datelike::year(&local)));
            let text = local.to_rfc3339();
            prop_assert_eq!(parse_time(&text), Ok(time));
            prop_assert_eq!(parse_time(&text.replace('+', " ")), Ok(time));
        }

        #[test]
        fn any_text_is_read_or_refused_without_panic(text in "\\PC{0,40}|[0-9TZ:. +-]{0,40}") {
            let _ = parse_time(&text);
        }

        #[test]
        fn a_range_holds_its_start_and_not_its_end(a in any_time(), b in any_time()) {
            prop_assume!(a != b);
            let (start, end) = (floor_to_micros(a.min(b)), floor_to_micros(a.max(b)));
            prop_assume!(start < end);
            let range = TimeRange::new(start, Some(end)).unwrap();
            prop_assert!(range.contains(start));
            prop_assert!(!range.contains(end));
            prop_assert!(range.contains(end - TimeDelta::microseconds(1)));
            prop_assert!(!range.contains(start - TimeDelta::microseconds(1)));
        }

        #[test]
        fn two_ranges_that_meet_share_no_time_and_lose_none(a in any_time(), b in any_time(), c in any_time(), time in any_time()) {
            let mut bounds = [a, b, c];
            bounds.sort_unstable();
            let [start, middle, end] = bounds;
            prop_assume!(start < middle && middle < end);
            let time = floor_to_micros(time);
            let first = TimeRange::new(start, Some(middle)).unwrap().contains(time);
            let second = TimeRange::new(middle, Some(end)).unwrap().contains(time);
            let whole = TimeRange::new(start, Some(end)).unwrap().contains(time);
            prop_assert!(!(first && second));
            prop_assert_eq!(first || second, whole);
        }

        #[test]
        fn a_bound_finer_than_a_microsecond_keeps_the_same_records(start in any_time(), record in any_time()) {
            let record = floor_to_micros(record);
            let range = TimeRange::new(start, None).unwrap();
            prop_assert_eq!(range.contains(record), start <= record);
        }

        #[test]
        fn the_part_of_a_range_up_to_a_time_holds_that_and_nothing_later(
            a in any_time(), b in any_time(), last in any_time(), open in any::<bool>(), time in any_time(),
        ) {
            prop_assume!(a != b);
            let range = TimeRange::new(a.min(b), (!open).then_some(a.max(b))).unwrap();
            let (last, time) = (floor_to_micros(last), floor_to_micros(time));
            let part = range.up_to(last);
            for time in [time, last, last + TimeDelta::microseconds(1)] {
                let expected = range.contains(time) && time <= last;
                prop_assert_eq!(part.is_some_and(|part| part.contains(time)), expected);
            }
        }

        #[test]
        fn a_range_that_is_empty_or_backwards_is_refused(a in any_time(), b in any_time()) {
            prop_assert!(TimeRange::new(a.max(b), Some(a.min(b))).is_err());
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "now",
            "2016-08-20",
            "2016-08-20T21:11",
            "2016-08-20 21:11Z",
            "2016-08-20 21:11:00Z",
            "2016-02-30T00:00Z",
            "2016-08-20T24:00Z",
            "2016-08-20T21:60Z",
            "2016-8-20T21:11Z",
            "1471727460",
            "2016-08-20T21:11Zzz",
            "2016-08-20T21:11+25:00",
            "9999-12-31T23:59-08:00",
            "0000-01-01T00:00+08:00",
            "+2016-08-20T21:11Z",
        ] {
            assert_eq!(parse_time(text), Err(InvalidTime), "{text}");
        }
    }

    #[test]
    fn a_leap_second_is_the_second_after_it() {
        assert_eq!(
            parse_time("2016-12-31T23:59:60.5Z"),
            parse_time("2017-01-01T00:00:00.5Z")
        );
    }
}
