use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName};
use deskledger_domain::ExportFormat;

use crate::error::{ApiError, ErrorCode};
use crate::http::coding::{Coding, ENCODINGS};

/// What a body is, by its head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) format: Format,
    pub(crate) coding: Coding,
}

/// How records are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// One array of JSON, all of which is recorded or nothing.
    Array,
    /// One JSON object a line.
    Ndjson,
}

impl Content {
    /// What the headers `Content-Type` and `Content-Encoding` say.
    ///
    /// # Errors
    /// When one of them says something else than what is taken, or is there more than once (415).
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, ApiError> {
        Ok(Self {
            format: format(headers)?,
            coding: coding(headers)?,
        })
    }
}

impl Format {
    /// Its name in the log.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Array => "array",
            Self::Ndjson => "ndjson",
        }
    }
}

fn format(headers: &HeaderMap) -> Result<Format, ApiError> {
    let value = the_one(headers, &CONTENT_TYPE);
    let media_type = value.and_then(|value| value.split(';').next());
    match media_type.map(|name| name.trim().to_ascii_lowercase()) {
        Some(name) if name == "application/json" => Ok(Format::Array),
        Some(name) if ExportFormat::JsonLines.media_types().contains(&&*name) => Ok(Format::Ndjson),
        _ => Err(ApiError::new(
            ErrorCode::UnsupportedMediaType,
            "the header Content-Type must be there once, and be application/json (an array of records) or \
             application/x-ndjson (a record a line)",
        )),
    }
}

fn coding(headers: &HeaderMap) -> Result<Coding, ApiError> {
    if !headers.contains_key(CONTENT_ENCODING) {
        return Ok(Coding::Identity);
    }
    let name = the_one(headers, &CONTENT_ENCODING).map(|name| name.trim().to_ascii_lowercase());
    match name.as_deref() {
        Some("identity" | "") => Ok(Coding::Identity),
        // RFC 9110 §8.4.1.3: the older name means the same.
        Some("gzip" | "x-gzip") => Ok(Coding::Gzip),
        Some("zstd") => Ok(Coding::Zstd),
        _ => Err(ApiError::new(
            ErrorCode::UnsupportedMediaType,
            format!(
                "the header Content-Encoding must name one encoding of {ENCODINGS}, or be left out"
            ),
        )
        .with_accepted_encodings(ENCODINGS)),
    }
}

/// The value of a header that is there once.
fn the_one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name);
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn content(pairs: &[(HeaderName, &'static str)]) -> Option<(Format, Coding)> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name.clone(), HeaderValue::from_static(value));
        }
        let content = Content::of(&headers).ok()?;
        Some((content.format, content.coding))
    }

    #[test]
    fn a_type_is_read_whatever_stands_behind_it() {
        let of_type = |name| content(&[(CONTENT_TYPE, name)]).map(|(format, _)| format);
        for (name, format) in [
            ("application/json", Some(Format::Array)),
            ("Application/JSON; charset=UTF-8", Some(Format::Array)),
            ("application/json;charset=utf-8", Some(Format::Array)),
            ("application/x-ndjson", Some(Format::Ndjson)),
            (" application/x-ndjson ; x=y", Some(Format::Ndjson)),
            ("text/json", None),
            ("application/jsonl", Some(Format::Ndjson)),
            ("Application/NDJSON; charset=utf-8", Some(Format::Ndjson)),
            ("application/x-jsonlines", Some(Format::Ndjson)),
            ("application/json, application/x-ndjson", None),
            ("", None),
        ] {
            assert_eq!(of_type(name), format, "{name}");
        }
        assert_eq!(content(&[]), None);
        let twice = (CONTENT_TYPE, "application/json");
        assert_eq!(content(&[twice.clone(), twice]), None);
    }

    #[test]
    fn one_encoding_is_taken() {
        let of_coding = |name| {
            let json = (CONTENT_TYPE, "application/json");
            content(&[json, (CONTENT_ENCODING, name)]).map(|(_, coding)| coding)
        };
        for (name, coding) in [
            ("identity", Some(Coding::Identity)),
            ("GZIP", Some(Coding::Gzip)),
            ("x-gzip", Some(Coding::Gzip)),
            (" zstd ", Some(Coding::Zstd)),
            ("br", None),
            ("deflate", None),
            ("gzip, zstd", None),
        ] {
            assert_eq!(of_coding(name), coding, "{name}");
        }
    }
}
