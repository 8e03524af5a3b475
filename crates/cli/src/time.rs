//! Times as a person types them: a date alone, a day by its name, or how long ago.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;

/// What the help says of times.
pub(crate) const HELP: &str = "2020-04-13T01:59Z, 2020-04-13 (its first moment in --time-zone), today, yesterday, \
    or -7d, -12h, -30m before now";

/// The time that a text stands for, in the form that the API takes; another text stays as it is, and is refused there if
/// it is no time.
pub(crate) fn resolve(text: &str, zone: Tz, now: DateTime<Utc>) -> String {
    let today = now.with_timezone(&zone).date_naive();
    let time = match text {
        "now" => Some(now),
        "today" => first_moment(today, zone),
        "yesterday" => today
            .checked_sub_days(Days::new(1))
            .and_then(|day| first_moment(day, zone)),
        _ => ago(text, now).or_else(|| {
            let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
            first_moment(day, zone)
        }),
    };
    time.map_or_else(|| text.to_owned(), |time| time.to_rfc3339())
}

/// The first moment of a day, which is not midnight where clocks are put forward then.
fn first_moment(day: NaiveDate, zone: Tz) -> Option<DateTime<Utc>> {
    const STEP: TimeDelta = TimeDelta::minutes(15);
    const STEPS_IN_DAY: usize = 96;

    let midnight = day.and_hms_opt(0, 0, 0)?;
    std::iter::successors(Some(midnight), |time| time.checked_add_signed(STEP))
        .take(STEPS_IN_DAY)
        .find_map(|time| zone.from_local_datetime(&time).earliest())
        .map(|time| time.to_utc())
}

/// `-7d`: so long before now.
fn ago(text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let text = text.strip_prefix('-')?;
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    // Without a sign of its own.
    let number = i64::from(number.parse::<u32>().ok()?);
    let length = match unit {
        "m" => TimeDelta::try_minutes(number),
        "h" => TimeDelta::try_hours(number),
        "d" => TimeDelta::try_days(number),
        "w" => TimeDelta::try_weeks(number),
        _ => None,
    }?;
    now.checked_sub_signed(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(text: &str, zone: Tz) -> String {
        let now = DateTime::parse_from_rfc3339("2026-11-27T20:30:00Z").unwrap();
        resolve(text, zone, now.to_utc())
    }

    #[test]
    fn a_day_begins_at_its_first_moment_in_the_zone() {
        for (text, zone, expected) in [
            ("2026-11-20", Tz::UTC, "2026-11-20T00:00:00+00:00"),
            (
                "2026-11-20",
                Tz::Asia__Shanghai,
                "2026-11-19T16:00:00+00:00",
            ),
            // It is already the 28th there.
            ("today", Tz::Asia__Shanghai, "2026-11-27T16:00:00+00:00"),
            ("today", Tz::UTC, "2026-11-27T00:00:00+00:00"),
            ("yesterday", Tz::UTC, "2026-11-26T00:00:00+00:00"),
            // At midnight clocks were put forward by an hour.
            (
                "2018-11-04",
                Tz::America__Sao_Paulo,
                "2018-11-04T03:00:00+00:00",
            ),
        ] {
            assert_eq!(resolved(text, zone), expected, "{text} in {zone}");
        }
    }

    #[test]
    fn a_time_can_be_so_long_before_now() {
        for (text, expected) in [
            ("now", "2026-11-27T20:30:00+00:00"),
            ("-7d", "2026-11-20T20:30:00+00:00"),
            ("-12h", "2026-11-27T08:30:00+00:00"),
            ("-30m", "2026-11-27T20:00:00+00:00"),
            ("-2w", "2026-11-13T20:30:00+00:00"),
        ] {
            assert_eq!(resolved(text, Tz::UTC), expected, "{text}");
        }
    }

    #[test]
    fn another_text_stays_as_it_is() {
        for text in [
            "2020-04-13T01:59Z",
            "-",
            "-d",
            "-7",
            "-7y",
            "-9999999999999d",
            "--7d",
            "tomorrow",
            "2026-13-01",
            "",
            "-7日",
        ] {
            assert_eq!(resolved(text, Tz::UTC), text);
        }
    }
}
