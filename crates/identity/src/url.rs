//! The path and the query of a URL, decoded strictly: what cannot be decoded is refused, never guessed.
//!
//! A signature covers what these functions read, so the handler of the request must read it by them too.

use std::borrow::Cow;

use percent_encoding::{
    AsciiSet, NON_ALPHANUMERIC, PercentEncode, percent_decode_str, utf8_percent_encode,
};
use thiserror::Error;

/// A query that cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "parameter {position} of the query is malformed: names and values must be percent-encoded UTF-8"
)]
pub struct MalformedQuery {
    /// Which parameter, from 1.
    pub position: usize,
}

/// The pairs of a query, in their order. A `+` is a blank.
///
/// # Errors
/// When a name or value is not percent-encoded UTF-8.
pub fn pairs(query: &str) -> Result<Vec<(String, String)>, MalformedQuery> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .enumerate()
        .map(|(index, pair)| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decode = |text: &str| decode(&text.replace('+', " "));
            let position = index + 1;
            decode(name)
                .zip(decode(value))
                .ok_or(MalformedQuery { position })
        })
        .collect()
}

/// Percent-encodes all but the unreserved characters of RFC 3986, `A-Za-z0-9-_.~`.
pub fn encode(text: &str) -> PercentEncode<'_> {
    const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~');

    utf8_percent_encode(text, RESERVED)
}

/// Undoes percent-encoding once. `None` where that leaves no text.
pub fn decode(text: &str) -> Option<String> {
    let digits_follow = |rest: &str| {
        let digits = rest.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    if !text.split('%').skip(1).all(digits_follow) {
        return None;
    }
    percent_decode_str(text)
        .decode_utf8()
        .ok()
        .map(Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_decoded() {
        let decoded = pairs("a=1&b=%E4%B8%80+%28%26%3D%29&&c&d==&").unwrap();
        let expected = [("a", "1"), ("b", "一 (&=)"), ("c", ""), ("d", "=")];
        assert_eq!(decoded, expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
    }

    #[test]
    fn what_cannot_be_decoded_is_refused_by_its_position() {
        for query in [
            "a=1&b=%",
            "a=1&b=%4",
            "a=1&%zz=1",
            "a=1&b=%ff",
            "a=1&b=%C3%28",
        ] {
            let error = pairs(query).unwrap_err();
            assert!(
                error.to_string().starts_with("parameter 2 "),
                "{query}: {error}"
            );
        }
    }
}
