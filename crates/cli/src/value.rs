//! Values of the command line, with errors that say what would be right.

use std::net::SocketAddr;
use std::num::IntErrorKind;
use std::ops::RangeInclusive;

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

/// An address to listen on.
pub(crate) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "must be an IP address and a port, such as 127.0.0.1:8080".to_owned())
}
