//! Times as Excel counts them: days since the start of 1900, with a 29 February 1900 that never was.
//!
//! The days before that one are no dates here: other programs, such as `LibreOffice`, show them a day early.

use chrono::{Datelike, NaiveDateTime, TimeDelta, Timelike};

pub(crate) const MILLISECONDS_IN_DAY: u32 = 86_400_000;

/// 1899-12-31 in chrono's count of days of the common era: the day before Excel's day 1.
const DAY_ZERO: i32 = 693_595;

/// Excel's day 60 is its invented 29 February 1900, so every true day from here on counts one more. It is where dates
/// begin that all programs read alike.
const INVENTED_DAY: i32 = 60;

/// Excel's number of 9999-12-31, the last day it knows.
const LAST_DAY: u32 = 2_958_465;

/// Days and the part of a day, as a cell has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Serial {
    pub(crate) day: u32,
    /// Less than a day.
    pub(crate) millisecond: u32,
}

/// The Excel date of a wall time, or none if it is not in 1900-03-01 to 9999-12-31.
#[inline]
pub(crate) fn date_time(time: NaiveDateTime) -> Option<Serial> {
    let mut day = time.num_days_from_ce() - DAY_ZERO;
    let mut millisecond = time.num_seconds_from_midnight() * 1_000 + time.nanosecond() / 1_000_000;
    // In a leap second chrono counts the nanoseconds on; Excel knows the next second only.
    if millisecond >= MILLISECONDS_IN_DAY {
        day += 1;
        millisecond -= MILLISECONDS_IN_DAY;
    }
    (day >= INVENTED_DAY)
        .then(|| serial(day + 1, millisecond))
        .flatten()
}

/// The text of a wall time that Excel cannot hold as a date: ISO 8601, with all its digits.
pub(crate) fn date_time_text(time: NaiveDateTime) -> String {
    time.format("%Y-%m-%dT%H:%M:%S%.f").to_string()
}

/// The Excel duration of a length of time, or none if Excel cannot show it.
#[inline]
pub(crate) fn duration(length: TimeDelta) -> Option<Serial> {
    let milliseconds = length.num_milliseconds();
    let day = i32::try_from(milliseconds.div_euclid(i64::from(MILLISECONDS_IN_DAY))).ok()?;
    let millisecond =
        u32::try_from(milliseconds.rem_euclid(i64::from(MILLISECONDS_IN_DAY))).ok()?;
    serial(day, millisecond)
}

/// The text of a length of time that Excel cannot show: `-1:02:03`, with milliseconds if there are any.
pub(crate) fn duration_text(length: TimeDelta) -> String {
    let milliseconds = length.num_milliseconds();
    let sign = if milliseconds < 0 { "-" } else { "" };
    let milliseconds = milliseconds.unsigned_abs();
    let (seconds, millisecond) = (milliseconds / 1_000, milliseconds % 1_000);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if millisecond == 0 {
        format!("{sign}{hour}:{minute:02}:{second:02}")
    } else {
        format!("{sign}{hour}:{minute:02}:{second:02}.{millisecond:03}")
    }
}

/// The serial, if its day is one Excel knows.
#[inline]
fn serial(day: i32, millisecond: u32) -> Option<Serial> {
    let day = u32::try_from(day).ok()?;
    (day <= LAST_DAY).then_some(Serial { day, millisecond })
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> NaiveDateTime {
        text.parse().unwrap()
    }

    fn milliseconds_in(serial: Serial) -> i64 {
        i64::from(serial.day) * 86_400_000 + i64::from(serial.millisecond)
    }

    #[track_caller]
    fn assert_serial(text: &str, expected: f64) {
        let found = date_time(at(text)).unwrap();
        let read = f64::from(found.day) + f64::from(found.millisecond) / 86_400_000.0;
        assert!((read - expected).abs() < 1e-9, "{text}: {found:?}");
    }

    #[test]
    fn known_dates_have_the_serials_excel_shows() {
        assert_serial("1900-03-01T00:00:00", 61.0);
        assert_serial("1970-01-01T00:00:00", 25_569.0);
        assert_serial("2000-01-01T12:00:00", 36_526.5);
        assert_serial("2024-02-29T18:00:00", 45_351.75);
        assert_serial("9999-12-31T00:00:00", 2_958_465.0);
    }

    #[test]
    fn a_time_that_excel_cannot_hold_has_no_serial() {
        for outside in [
            "1601-01-01T00:00:00",
            "1899-12-31T23:59:59.999",
            "1900-01-01T00:00:00",
            "1900-02-28T23:59:59.999",
            "0001-01-01T00:00:00",
            "-0001-01-01T00:00:00",
            "+10000-01-01T00:00:00",
            "9999-12-31T23:59:60",
        ] {
            assert_eq!(date_time(at(outside)), None, "{outside}");
        }
        assert_eq!(date_time(NaiveDateTime::MIN), None);
        assert_eq!(date_time(NaiveDateTime::MAX), None);
    }

    #[test]
    fn the_last_millisecond_excel_can_hold_is_still_the_last_day() {
        let last = date_time(at("9999-12-31T23:59:59.999999999")).unwrap();
        assert_eq!((last.day, last.millisecond), (2_958_465, 86_399_999));
    }

    #[test]
    fn a_leap_second_is_the_next_second() {
        assert_serial("2016-12-31T23:59:60", 42_736.0);
    }

    #[test]
    fn the_text_of_a_time_keeps_every_digit() {
        for text in [
            "1899-12-31T23:59:59.999",
            "+10000-01-01T00:00:00",
            "0001-02-03T04:05:06.000000007",
        ] {
            assert_eq!(date_time_text(at(text)), text);
        }
    }

    #[test]
    fn a_duration_that_excel_cannot_show_has_no_serial() {
        assert_eq!(duration(TimeDelta::milliseconds(-1)), None);
        assert_eq!(duration(TimeDelta::days(2_958_466)), None);
        assert_eq!(duration(TimeDelta::MIN), None);
        assert_eq!(duration(TimeDelta::MAX), None);
    }

    #[test]
    fn a_duration_is_a_part_of_a_day() {
        assert_eq!(duration(TimeDelta::zero()), serial(0, 0));
        assert_eq!(duration(TimeDelta::hours(36)), serial(1, 43_200_000));
        assert_eq!(duration(TimeDelta::nanoseconds(-1)), serial(0, 0));
        assert_eq!(duration(TimeDelta::milliseconds(500)), serial(0, 500));
    }

    #[test]
    fn a_duration_as_text_reads_like_one_in_a_cell() {
        let text = |milliseconds| duration_text(TimeDelta::milliseconds(milliseconds));
        assert_eq!(text(-3_723_000), "-1:02:03");
        assert_eq!(text(-1), "-0:00:00.001");
        assert_eq!(text(360_000_000_000), "100000:00:00");
        assert_eq!(duration_text(TimeDelta::MIN), "-2562047788015:12:55.807");
    }

    proptest! {
        #[test]
        fn a_serial_is_the_true_days_since_excels_epoch(
            day in 0_i64..2_958_406,
            millisecond in 0_i64..86_400_000,
            dropped in 0_i64..1_000_000,
        ) {
            // From 1900-03-01 on, Excel's days are those since 1899-12-30.
            let epoch = at("1899-12-30T00:00:00");
            let first = at("1900-03-01T00:00:00");
            let exact = first + TimeDelta::days(day) + TimeDelta::milliseconds(millisecond);
            let found = date_time(exact + TimeDelta::nanoseconds(dropped)).unwrap();
            let expected = exact - epoch;
            let read = TimeDelta::milliseconds(milliseconds_in(found));
            prop_assert_eq!(read, expected);
        }

        #[test]
        fn later_times_never_have_smaller_serials(
            one in 0_i64..70_000_000_000_000,
            other in 0_i64..70_000_000_000_000,
        ) {
            let start = NaiveDate::from_ymd_opt(1900, 3, 1).unwrap().and_hms_opt(0, 0, 0).unwrap();
            let serial = |at| date_time(start + TimeDelta::milliseconds(at)).unwrap();
            prop_assert_eq!(one.cmp(&other), serial(one).cmp(&serial(other)));
        }

        #[test]
        fn a_duration_reads_back_to_the_millisecond(milliseconds in 0_i64..255_611_462_400_000) {
            let found = duration(TimeDelta::milliseconds(milliseconds)).unwrap();
            prop_assert_eq!(milliseconds_in(found), milliseconds);
        }

        #[test]
        fn a_duration_as_text_reads_back_to_the_millisecond(milliseconds in -i64::MAX..=i64::MAX) {
            let text = duration_text(TimeDelta::milliseconds(milliseconds));
            let (sign, text) = text.strip_prefix('-').map_or((1, &*text), |rest| (-1, rest));
            let (clock, fraction) = text.split_once('.').unwrap_or((text, "0"));
            let seconds = clock.split(':').fold(0, |sum, part| sum * 60 + part.parse::<i128>().unwrap());
            let read = sign * (seconds * 1_000 + fraction.parse::<i128>().unwrap());
            prop_assert_eq!(read, i128::from(milliseconds));
        }
    }
}
