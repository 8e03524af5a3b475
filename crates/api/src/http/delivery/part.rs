use actix_web::http::Method;
use actix_web::http::header::{HeaderMap, IF_RANGE};

use crate::http::header::range::{self, ByteRange};

/// Whether a request asks for a part that does not begin where the answer begins: what a client sends that goes on with a
/// broken transfer.
///
/// A header beside an `If-Range`, which no answer without an entity tag can match, asks for the whole (RFC 9110 §13.1.5).
pub(super) fn is_wanted_from_the_middle(method: &Method, headers: &HeaderMap) -> bool {
    let from_the_middle = |range: &ByteRange| !matches!(range, ByteRange::From { first: 0, .. });
    !headers.contains_key(IF_RANGE)
        && range::requested(method, headers)
            .iter()
            .any(from_the_middle)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderValue, RANGE};

    use super::*;

    fn wanted(range: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(RANGE, HeaderValue::from_static(range));
        is_wanted_from_the_middle(&Method::GET, &headers)
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
            "bytes=+5-9",
            "bytes=9-5",
            "",
        ] {
            assert!(!wanted(range), "{range}");
        }
        assert!(!is_wanted_from_the_middle(&Method::GET, &HeaderMap::new()));
    }

    #[test]
    fn a_condition_that_cannot_hold_asks_for_the_whole() {
        let mut headers = HeaderMap::new();
        headers.insert(RANGE, HeaderValue::from_static("bytes=5-"));
        headers.insert(IF_RANGE, HeaderValue::from_static("\"a\""));
        assert!(!is_wanted_from_the_middle(&Method::GET, &headers));
    }
}
