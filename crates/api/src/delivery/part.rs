use actix_web::http::header::{HeaderMap, IF_RANGE, RANGE};

/// Whether a request asks for a part that does not begin where the answer begins: what a client sends that goes on with a
/// broken transfer.
///
/// A header that is malformed, of another unit or beside an `If-Range`, which no answer without an entity tag can match, asks
/// for the whole (RFC 9110 §14.2, §13.1.5).
pub(super) fn is_wanted_from_the_middle(headers: &HeaderMap) -> bool {
    if headers.contains_key(IF_RANGE) {
        return false;
    }
    headers
        .get_all(RANGE)
        .filter_map(|value| value.to_str().ok())
        .any(begins_in_the_middle)
}

/// Whether one of the ranges begins behind the first byte. False where the header is malformed.
fn begins_in_the_middle(value: &str) -> bool {
    let Some((unit, ranges)) = value.split_once('=') else {
        return false;
    };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return false;
    }
    let ranges = ranges.split(',').map(str::trim);
    let beginnings: Option<Vec<_>> = ranges
        .filter(|range| !range.is_empty())
        .map(is_from_the_middle)
        .collect();
    beginnings.is_some_and(|beginnings| beginnings.contains(&true))
}

/// Whether a range begins behind the first byte; `None` where it is malformed.
fn is_from_the_middle(range: &str) -> Option<bool> {
    let (first, last) = range.split_once('-')?;
    let first = number(first)?;
    let last = number(last)?;
    match (first, last) {
        ("", "") => None,
        // The last bytes.
        ("", _) => Some(true),
        (first, "") => Some(first != "0"),
        (first, last) => {
            let is_in_order = (first.len(), first) <= (last.len(), last);
            is_in_order.then_some(first != "0")
        }
    }
}

/// A number without its leading zeros, however large. An empty text stays empty. `None` where the text is not a number.
fn number(text: &str) -> Option<&str> {
    let text = text.trim();
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match text.trim_start_matches('0') {
        "" if !text.is_empty() => Some("0"),
        number => Some(number),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn wanted(range: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(RANGE, HeaderValue::from_static(range));
        is_wanted_from_the_middle(&headers)
    }

    #[test]
    fn a_part_from_the_middle_is_recognised() {
        for range in [
            "bytes=5-",
            "bytes=1-",
            "bytes=5-9",
            "bytes=-500",
            "bytes=-0",
            "bytes=0-4,10-",
            "bytes=0-4, -1",
            "Bytes=5-",
            "bytes= 5 - ",
            "bytes=00005-",
            "bytes=99999999999999999999999999-",
        ] {
            assert!(wanted(range), "{range}");
        }
    }

    #[test]
    fn everything_else_asks_for_the_whole() {
        for range in [
            "bytes=0-",
            "bytes=0-99",
            "bytes=000-",
            "bytes=0-4,0-9",
            "lines=5-",
            "bytes=",
            "bytes",
            "5-",
            "bytes=a-b",
            "bytes=5",
            "bytes=-",
            "bytes=9-5",
            "bytes=5-9,a",
            "",
        ] {
            assert!(!wanted(range), "{range}");
        }
        assert!(!is_wanted_from_the_middle(&HeaderMap::new()));
    }

    #[test]
    fn a_condition_that_cannot_hold_asks_for_the_whole() {
        let mut headers = HeaderMap::new();
        headers.insert(RANGE, HeaderValue::from_static("bytes=5-"));
        headers.insert(IF_RANGE, HeaderValue::from_static("\"a\""));
        assert!(!is_wanted_from_the_middle(&headers));
    }
}
