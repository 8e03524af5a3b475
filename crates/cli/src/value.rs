//! Values of the command line, with errors that say what would be right.

use std::net::SocketAddr;
use std::num::IntErrorKind;
use std::ops::RangeInclusive;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use deskledger_domain::parse_time;

/// How many of something there are.
pub(crate) fn count(text: &str) -> Result<u64, String> {
    text.parse::<u64>().map_err(|error| match error.kind() {
        IntErrorKind::PosOverflow => format!("must be at most {}", u64::MAX),
        _ => "must be a whole number, such as 10000".to_owned(),
    })
}

/// A number of days in a range.
pub(crate) fn days(range: RangeInclusive<i64>) -> impl Fn(&str) -> Result<u32, String> + Clone {
    move |text| {
        let days = text.parse().ok();
        let days = days.filter(|days| range.contains(&i64::from(*days)));
        days.ok_or_else(|| {
            let (least, most) = (range.start(), range.end());
            format!("must be a whole number, {least} to {most}")
        })
    }
}

/// The start of a month of UTC.
pub(crate) fn month(text: &str) -> Result<DateTime<Utc>, String> {
    let is_usual = text.len() == "2023-01".len();
    let first = NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").ok();
    first.filter(|_| is_usual).map_or_else(
        || Err("must be a month of a year, such as 2023-01".to_owned()),
        |first| Ok(first.and_time(NaiveTime::MIN).and_utc()),
    )
}

/// An address to listen on.
pub(crate) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "must be an IP address and a port, such as 127.0.0.1:8080".to_owned())
}

/// A time zone.
pub(crate) fn zone(text: &str) -> Result<Tz, String> {
    text.parse()
        .map_err(|_| "must be an IANA time zone, such as Asia/Shanghai".to_owned())
}

/// A time as a service writes it, to the second and in a zone. What is no time stays as it is.
pub(crate) fn local(text: &str, zone: Tz) -> String {
    parse_time(text).map_or_else(
        |_| text.to_owned(),
        |time| time.with_timezone(&zone).format("%F %T").to_string(),
    )
}

/// How long it is from one time to another, as `h:mm:ss`. Nothing where one is no time.
pub(crate) fn duration(from: &str, to: &str) -> String {
    let (Ok(from), Ok(to)) = (parse_time(from), parse_time(to)) else {
        return String::new();
    };
    let seconds = (to - from).num_seconds();
    let sign = if seconds < 0 { "-" } else { "" };
    let seconds = seconds.unsigned_abs();
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    format!("{sign}{hours}:{minutes:02}:{:02}", seconds % 60)
}

/// A value of JSON as the text of a cell: that of a text, a number or a truth, and nothing for null.
pub(crate) fn cell(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}
