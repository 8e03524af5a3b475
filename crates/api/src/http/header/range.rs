//! Which bytes of an answer a request asks for (RFC 9110 §14). Whatever answers, the header is read by this one parser.

use actix_web::http::Method;
use actix_web::http::header::{HeaderMap, RANGE};

/// One range of the header `Range`. Positions count from 0 and are inclusive. A number beyond 64 bits is the greatest: no
/// answer has so many bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ByteRange {
    /// From a first byte to a last one, or to the end.
    From { first: u64, last: Option<u64> },
    /// So many bytes at the end.
    Last(u64),
}

/// The ranges that a request asks for. A request for the whole has no range: one by another method than GET, for which a range
/// means nothing, without the header, in another unit, and by a header that is malformed or there twice.
pub(crate) fn requested(method: &Method, headers: &HeaderMap) -> Vec<ByteRange> {
    let mut values = headers.get_all(RANGE);
    let (Some(value), None) = (values.next(), values.next()) else {
        return Vec::new();
    };
    if method != Method::GET {
        return Vec::new();
    }
    value.to_str().ok().and_then(parse).unwrap_or_default()
}

/// `bytes=0-4, 10-`. `None` where one of the ranges is malformed.
fn parse(value: &str) -> Option<Vec<ByteRange>> {
    let (unit, ranges) = value.split_once('=')?;
    if !unit.eq_ignore_ascii_case("bytes") {
        return None;
    }
    let ranges = ranges
        .split(',')
        .map(|range| range.trim_matches([' ', '\t']));
    // A list may have empty elements (RFC 9110 §5.6.1).
    ranges
        .filter(|range| !range.is_empty())
        .map(range)
        .collect()
}

fn range(text: &str) -> Option<ByteRange> {
    let (first, last) = text.split_once('-')?;
    if first.is_empty() {
        return Some(ByteRange::Last(number(last)?));
    }
    let first_number = number(first)?;
    if last.is_empty() {
        let (first, last) = (first_number, None);
        return Some(ByteRange::From { first, last });
    }
    let last_number = number(last)?;
    is_in_order(first, last).then_some(ByteRange::From {
        first: first_number,
        last: Some(last_number),
    })
}

/// Whether a number is not greater than another, however many digits they have.
fn is_in_order(first: &str, last: &str) -> bool {
    let [first, last] = [first, last].map(|text| text.trim_start_matches('0'));
    (first.len(), first) <= (last.len(), last)
}

/// Digits, and nothing else.
fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn requested_by(method: &Method, values: &[&'static str]) -> Vec<ByteRange> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(RANGE, HeaderValue::from_static(value));
        }
        requested(method, &headers)
    }

    fn from(first: u64, last: impl Into<Option<u64>>) -> ByteRange {
        let last = last.into();
        ByteRange::From { first, last }
    }

    #[test]
    fn ranges_are_read_as_the_rfc_writes_them() {
        for (value, ranges) in [
            ("bytes=0-", vec![from(0, None)]),
            ("BYTES=0-", vec![from(0, None)]),
            ("Bytes=5-9", vec![from(5, 9)]),
            ("bytes=007-0009", vec![from(7, 9)]),
            ("bytes=-500", vec![ByteRange::Last(500)]),
            ("bytes=-0", vec![ByteRange::Last(0)]),
            ("bytes=0-4,10-", vec![from(0, 4), from(10, None)]),
            ("bytes= 0-4 ,\t-1,, ", vec![from(0, 4), ByteRange::Last(1)]),
            ("bytes=0-99999999999999999999999", vec![from(0, u64::MAX)]),
            ("bytes=99999999999999999999999-", vec![from(u64::MAX, None)]),
            (
                "bytes=-99999999999999999999999",
                vec![ByteRange::Last(u64::MAX)],
            ),
        ] {
            assert_eq!(requested_by(&Method::GET, &[value]), ranges, "{value}");
        }
    }

    #[test]
    fn what_is_malformed_asks_for_the_whole() {
        for value in [
            "",
            "bytes",
            "bytes=",
            "bytes=,",
            "bytes=-",
            "bytes=5",
            "5-",
            "lines=5-",
            "bytes =5-",
            "bytes=a-b",
            "bytes=+5-9",
            "bytes=5-+9",
            "bytes=-+9",
            "bytes=5 - 9",
            "bytes=9-5",
            "bytes=99999999999999999999999-88888888888888888888888",
            "bytes=5-9,a",
            "bytes=0x5-",
        ] {
            assert_eq!(requested_by(&Method::GET, &[value]), [], "{value}");
        }
    }

    #[test]
    fn a_header_that_is_there_twice_and_another_method_ask_for_the_whole() {
        let twice = requested_by(&Method::GET, &["bytes=5-", "bytes=5-"]);
        assert_eq!(twice, []);
        assert_eq!(requested_by(&Method::GET, &[]), []);
        for method in [Method::HEAD, Method::POST] {
            assert_eq!(requested_by(&method, &["bytes=5-"]), [], "{method}");
        }
    }
}
