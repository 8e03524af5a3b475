use chrono_tz::TZ_VARIANTS;
use proptest::prelude::*;

use super::*;
use crate::{format_time, parse_time};

fn time(text: &str) -> DateTime<Utc> {
    parse_time(text).unwrap()
}

fn zone(name: &str) -> Tz {
    name.parse().unwrap()
}

fn between(start: &str, end: &str, name: &str) -> TimeGrid {
    TimeGrid::between(time(start), time(end), zone(name)).unwrap()
}

#[test]
fn a_day_has_its_hours_from_midnight_to_midnight_of_the_zone() {
    for (now, name, hours, begin) in [
        ("2020-05-01T08:00Z", "UTC", 24, "2020-05-01T00:00:00Z"),
        (
            "2020-05-01T23:59:59.999999Z",
            "UTC",
            24,
            "2020-05-01T00:00:00Z",
        ),
        (
            "2020-05-01T16:00Z",
            "Asia/Shanghai",
            24,
            "2020-05-01T16:00:00Z",
        ),
        (
            "2020-05-01T08:00Z",
            "Asia/Kolkata",
            24,
            "2020-04-30T18:30:00Z",
        ),
        // Clocks go forward by an hour, and back.
        (
            "2020-03-29T12:00Z",
            "Europe/Berlin",
            23,
            "2020-03-28T23:00:00Z",
        ),
        (
            "2020-10-25T12:00Z",
            "Europe/Berlin",
            25,
            "2020-10-24T22:00:00Z",
        ),
        // By half an hour: one hour is half as long, or there is one more that is.
        (
            "2020-10-04T02:00Z",
            "Australia/Lord_Howe",
            24,
            "2020-10-03T13:30:00Z",
        ),
        (
            "2020-04-05T02:00Z",
            "Australia/Lord_Howe",
            25,
            "2020-04-04T13:00:00Z",
        ),
        // At midnight: the day begins at one.
        (
            "2018-11-04T12:00Z",
            "America/Sao_Paulo",
            23,
            "2018-11-04T03:00:00Z",
        ),
        (
            "2018-02-17T12:00Z",
            "America/Sao_Paulo",
            25,
            "2018-02-17T02:00:00Z",
        ),
    ] {
        let grid = TimeGrid::today(time(now), zone(name));
        assert_eq!(grid.labels().len(), hours, "{name} {now}");
        assert_eq!(format_time(grid.bounds()[0]), begin, "{name} {now}");
    }
}

#[test]
fn an_hour_that_comes_twice_is_two_hours_of_one_label() {
    let grid = TimeGrid::today(time("2020-10-25T12:00Z"), zone("Europe/Berlin"));
    assert_eq!(
        grid.labels()[..5],
        ["00:00", "01:00", "02:00", "02:00", "03:00"]
    );
    let grid = TimeGrid::today(time("2020-03-29T12:00Z"), zone("Europe/Berlin"));
    assert_eq!(grid.labels()[..4], ["00:00", "01:00", "03:00", "04:00"]);
}

#[test]
fn the_last_days_end_with_today() {
    let grid = TimeGrid::last_days(7, time("2020-03-02T20:00Z"), zone("Asia/Shanghai"));
    assert_eq!(
        grid.labels(),
        [
            "2020-02-26",
            "2020-02-27",
            "2020-02-28",
            "2020-02-29",
            "2020-03-01",
            "2020-03-02",
            "2020-03-03"
        ]
    );
    assert_eq!(format_time(grid.bounds()[0]), "2020-02-25T16:00:00Z");
    assert_eq!(format_time(grid.bounds()[7]), "2020-03-03T16:00:00Z");
    assert_eq!(
        TimeGrid::last_days(30, time("2020-03-02T20:00Z"), Tz::UTC)
            .labels()
            .len(),
        30
    );
}

#[test]
fn a_range_within_a_day_is_counted_by_the_hour_and_goes_no_further_than_it_does() {
    let grid = between("2020-05-01T10:20Z", "2020-05-01T12:10Z", "UTC");
    assert_eq!(grid.labels(), ["10:00", "11:00", "12:00"]);
    let bounds: Vec<_> = grid.bounds().iter().copied().map(format_time).collect();
    assert_eq!(
        bounds,
        [
            "2020-05-01T10:20:00Z",
            "2020-05-01T11:00:00Z",
            "2020-05-01T12:00:00Z",
            "2020-05-01T12:10:00Z"
        ]
    );
    // Midnight, where the range ends, is not in it; and what a day is, is for the zone to say.
    assert_eq!(
        between("2020-05-01T00:00Z", "2020-05-02T00:00Z", "UTC")
            .labels()
            .len(),
        24
    );
    assert_eq!(
        between("2020-05-01T00:00Z", "2020-05-02T00:00Z", "Asia/Shanghai").labels(),
        ["2020-05-01", "2020-05-02"]
    );
}

#[test]
fn a_day_that_a_zone_left_out_is_in_no_grid() {
    let grid = between("2011-12-29T00:00Z", "2012-01-01T00:00Z", "Pacific/Apia");
    assert_eq!(
        grid.labels(),
        ["2011-12-28", "2011-12-29", "2011-12-31", "2012-01-01"]
    );
}

#[test]
fn a_range_has_at_most_366_days() {
    let days = |end| TimeGrid::between(time("2020-01-01T00:00Z"), time(end), Tz::UTC);
    assert_eq!(days("2021-01-01T00:00Z").unwrap().labels().len(), 366);
    assert_eq!(days("2021-01-01T00:00:00.000001Z"), Err(367));
    assert_eq!(days("9999-12-31T23:59Z"), Err(2_914_635));
}

proptest! {
    #[test]
    fn each_moment_of_a_range_is_in_one_span_and_shows_its_label(
        index in 0..TZ_VARIANTS.len(),
        // The years 1900 to 2100, where clocks were changed in every way there is.
        start in -2_208_988_800_i64..4_102_444_800,
        length in prop_oneof![1..90_000_i64, 1..31_000_000_i64],
        moments in prop::collection::vec(0.0..1.0_f64, 20),
    ) {
        let zone = TZ_VARIANTS[index];
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let end = start + length;
        let Ok(grid) = TimeGrid::between(at(start), at(end), zone) else {
            return Ok(());
        };
        let bounds = grid.bounds();
        prop_assert_eq!(bounds.len(), grid.labels().len() + 1);
        prop_assert_eq!((bounds[0], bounds[bounds.len() - 1]), (at(start), at(end)));
        prop_assert!(bounds.is_sorted_by(|a, b| a < b));
        for moment in moments {
            #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a moment somewhere in it")]
            let moment = at(start + (length as f64 * moment) as i64);
            let number = bounds.partition_point(|bound| *bound <= moment);
            let label = &grid.labels()[number - 1];
            let local = moment.with_timezone(&zone);
            if label.len() == "00:00".len() {
                prop_assert_eq!(label, &local.format("%H:00").to_string());
            } else if *label != local.format("%Y-%m-%d").to_string() {
                // Clocks that go back over midnight bring the evening again, which stays with the day that had begun.
                let yesterday = local.date_naive().succ_opt().unwrap().to_string();
                prop_assert_eq!(label, &yesterday);
                prop_assert!(local.hour() >= 21, "{} {}", zone, local);
            }
        }
    }
}

/// Where buckets begin, and where the last one ends.
fn bucket_bounds(interval: Interval, first: &str, last: &str, name: &str) -> Vec<String> {
    let bounds = buckets(interval, time(first), time(last), zone(name), 400).unwrap();
    bounds.into_iter().map(format_time).collect()
}

#[test]
fn a_bucket_is_one_of_the_zones_clock() {
    assert_eq!(
        bucket_bounds(
            Interval::Hour,
            "2020-05-01T10:20Z",
            "2020-05-01T11:30Z",
            "Asia/Kolkata"
        ),
        [
            "2020-05-01T09:30:00Z",
            "2020-05-01T10:30:00Z",
            "2020-05-01T11:30:00Z"
        ]
    );
    // Clocks go back by half an hour at 02:00: the hour from then on is one of half its length.
    assert_eq!(
        bucket_bounds(
            Interval::Hour,
            "2020-04-04T14:40Z",
            "2020-04-04T16:00Z",
            "Australia/Lord_Howe"
        ),
        [
            "2020-04-04T14:00:00Z",
            "2020-04-04T15:00:00Z",
            "2020-04-04T15:30:00Z",
            "2020-04-04T16:30:00Z"
        ]
    );
    // Clocks go forward: a month that begins in winter and ends in summer.
    assert_eq!(
        bucket_bounds(
            Interval::Month,
            "2020-03-31T12:00Z",
            "2020-04-30T22:00Z",
            "Europe/Berlin"
        ),
        [
            "2020-02-29T23:00:00Z",
            "2020-03-31T22:00:00Z",
            "2020-04-30T22:00:00Z"
        ]
    );
    // The zone left out 30 December.
    assert_eq!(
        bucket_bounds(
            Interval::Day,
            "2011-12-30T00:00Z",
            "2011-12-31T00:00Z",
            "Pacific/Apia"
        ),
        [
            "2011-12-29T10:00:00Z",
            "2011-12-30T10:00:00Z",
            "2011-12-31T10:00:00Z"
        ]
    );
}

#[test]
fn there_are_no_more_buckets_than_are_allowed() {
    let of = |last: &str, most| {
        let bounds = buckets(
            Interval::Minute,
            time("2020-05-01T10:00Z"),
            time(last),
            Tz::UTC,
            most,
        );
        bounds.map(|bounds| bounds.len() - 1)
    };
    assert_eq!(of("2020-05-01T12:00Z", 120), Some(120));
    assert_eq!(of("2020-05-01T12:00:00.000001Z", 120), None);
    assert_eq!(of("9999-12-31T23:59Z", 400), None);
}

proptest! {
    #[test]
    fn buckets_follow_one_another_and_hold_both_ends(
        index in 0..TZ_VARIANTS.len(),
        first in -2_208_988_800_000_000_i64..4_102_444_800_000_000,
        length in 1_i64..40_000_000_000,
        interval in 0..Interval::ALL.len(),
    ) {
        let at = |micros| DateTime::from_timestamp_micros(micros).unwrap();
        let (first, last) = (at(first), at(first + length));
        let (interval, name) = (Interval::ALL[interval], TZ_VARIANTS[index]);
        let Some(bounds) = buckets(interval, first, last, name, 400) else {
            prop_assert_eq!(interval, Interval::Minute);
            return Ok(());
        };
        prop_assert!(bounds[0] <= first && bounds[1] > first, "{name}: {bounds:?}");
        prop_assert!(bounds.is_sorted() && *bounds.last().unwrap() >= last);
        prop_assert!(bounds.windows(2).all(|bucket| bucket[0] < bucket[1]));
    }
}
