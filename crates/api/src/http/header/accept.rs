//! The header `Accept` (RFC 9110 §12.5.1).

use actix_web::http::header::{ACCEPT, HeaderMap};
use actix_web::mime::Mime;

use crate::http::header::{elements, weight};

/// A range of media types that a client named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MediaRange {
    name: Mime,
    /// In thousandths. 0 is what the client does not want.
    pub(crate) weight: u16,
}

impl MediaRange {
    /// Its type and subtype, in lower case: `text/csv`, `text/*`, `*/*`.
    pub(crate) fn essence(&self) -> &str {
        self.name.essence_str()
    }
}

/// The ranges that a client named, in their order. What is malformed among them says nothing.
pub(crate) fn media_ranges(headers: &HeaderMap) -> Vec<MediaRange> {
    elements(headers, &ACCEPT).filter_map(media_range).collect()
}

fn media_range(element: &str) -> Option<MediaRange> {
    let name: Mime = element.parse().ok()?;
    let weight = match name.get_param("q") {
        Some(text) => weight(text.as_str())?,
        None => 1000,
    };
    Some(MediaRange { name, weight })
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn ranges_are_read_with_their_weights() {
        for (header, ranges) in [
            ("", vec![]),
            ("Text/HTML", vec![("text/html", 1000)]),
            ("*/*;q=0.8", vec![("*/*", 800)]),
            ("text/*; Q=0.25", vec![("text/*", 250)]),
            ("text/html;q=0", vec![("text/html", 0)]),
            ("text/html;level=1;q=0.4", vec![("text/html", 400)]),
            (
                "text/plain;x=\"a, text/html, b\";q=0.5, text/csv",
                vec![("text/plain", 500), ("text/csv", 1000)],
            ),
            ("nonsense, text/csv;q=2, text/csv;q=x", vec![]),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static(header));
            let found = media_ranges(&headers);
            let found: Vec<_> = found.iter().map(|r| (r.essence(), r.weight)).collect();
            assert_eq!(found, ranges, "{header}");
        }
    }
}
