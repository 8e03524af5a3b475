use actix_web::http::header::{ACCEPT_ENCODING, HeaderMap};

use super::Coding;
use crate::http::header::{elements, split, weight};

/// The coding that the header `Accept-Encoding` prefers (RFC 9110 §12.5.3); among equals zstd, which is smaller and takes
/// less time.
///
/// A client that does not name a coding gets none, also where it sends `*`: what sends that header by default does not
/// always decompress. One that refuses even `identity` gets it nevertheless, which the RFC allows.
pub(crate) fn accepted(headers: &HeaderMap) -> Coding {
    let sent: Vec<_> = elements(headers, &ACCEPT_ENCODING)
        .filter_map(preference)
        .collect();
    let weight_of = |coding: Coding| {
        let names = sent.iter().filter(|(name, _)| is_name_of(coding, name));
        names.map(|(_, weight)| *weight).max().unwrap_or(0)
    };
    // A client that prefers its answer as it is says so by a weight of its own.
    let identity = sent
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("identity"));
    let least = identity.map_or(1, |(_, weight)| (*weight).max(1));
    [Coding::Gzip, Coding::Zstd]
        .into_iter()
        .filter(|coding| weight_of(*coding) >= least)
        .max_by_key(|coding| weight_of(*coding))
        .unwrap_or_default()
}

fn is_name_of(coding: Coding, name: &str) -> bool {
    let is_old_name = coding == Coding::Gzip && name.eq_ignore_ascii_case("x-gzip");
    is_old_name
        || coding
            .name()
            .is_some_and(|own| own.eq_ignore_ascii_case(name))
}

/// A name with its weight in thousandths. `None` where the weight is malformed.
fn preference(element: &str) -> Option<(&str, u16)> {
    let mut parts = split(element, ';');
    let name = parts.next()?;
    let weight = match parts.next() {
        None => 1000,
        Some(parameter) => {
            let (key, value) = parameter.split_once('=')?;
            if !key.trim_end().eq_ignore_ascii_case("q") {
                return None;
            }
            weight(value.trim_start())?
        }
    };
    Some((name, weight))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn a_client_gets_the_coding_that_it_prefers_and_else_none() {
        use Coding::{Gzip, Identity, Zstd};

        for (header, coding) in [
            ("", Identity),
            ("gzip", Gzip),
            ("GZIP", Gzip),
            ("x-gzip", Gzip),
            ("zstd", Zstd),
            // As browsers, curl --compressed and Python's requests send it.
            ("gzip, deflate, br, zstd", Zstd),
            ("deflate, gzip", Gzip),
            ("gzip, deflate", Gzip),
            ("gzip;q=1.0, zstd;q=0.5", Gzip),
            ("gzip;q=0.5, zstd;q=0.5", Zstd),
            ("gzip; q=0.001", Gzip),
            ("gzip;q=0", Identity),
            ("gzip;q=0.000", Identity),
            ("zstd;q=0, gzip", Gzip),
            // As wget sends it, and what prefers its answer as it is.
            ("identity", Identity),
            ("identity, gzip;q=0.5", Identity),
            ("identity;q=0.5, gzip", Gzip),
            ("identity;q=0, gzip", Gzip),
            ("*", Identity),
            ("br, deflate", Identity),
            ("gzip;q=2", Identity),
            ("gzip;q=1.5", Identity),
            ("gzip;q=0.1234", Identity),
            ("gzip;level=9", Identity),
            ("br;x=\"a, gzip, b\"", Identity),
            (",, gzip ,", Gzip),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(header));
            assert_eq!(accepted(&headers), coding, "{header:?}");
        }
        assert_eq!(accepted(&HeaderMap::new()), Identity);
        let mut twice = HeaderMap::new();
        for name in ["br", "gzip"] {
            twice.append(ACCEPT_ENCODING, HeaderValue::from_static(name));
        }
        assert_eq!(accepted(&twice), Gzip);
    }
}
