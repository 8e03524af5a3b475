//! The path and the query of a URL, decoded strictly: what cannot be decoded is refused, never guessed.

use std::borrow::Cow;

use actix_web::HttpRequest;
use deskledger_domain::{AuditedQuery, ProjectId};
use percent_encoding::{
    AsciiSet, NON_ALPHANUMERIC, PercentEncode, percent_decode_str, utf8_percent_encode,
};

use crate::error::{ApiError, ErrorCode};

/// The project in the path `/v2/{project_id}/…`.
///
/// # Errors
/// When the project is invalid (400).
pub(crate) fn project_id(request: &HttpRequest) -> Result<ProjectId, ApiError> {
    // The router's own decoding replaces what is not UTF-8, so the path is read as it was sent.
    let segment = request.uri().path().split('/').nth(2).unwrap_or_default();
    let id = decode(segment).ok_or_else(|| {
        ApiError::new(
            ErrorCode::InvalidProjectId,
            "project_id in the path is not percent-encoded UTF-8",
        )
    })?;
    Ok(ProjectId::new(id)?)
}

/// The pairs of a query, in their order. A `+` is a blank.
///
/// # Errors
/// When a name or value is not percent-encoded UTF-8: 400.
pub(crate) fn pairs(query: &str) -> Result<Vec<(String, String)>, ApiError> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .enumerate()
        .map(|(position, pair)| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decode = |text: &str| decode(&text.replace('+', " "));
            decode(name)
                .zip(decode(value))
                .ok_or_else(|| malformed(position + 1))
        })
        .collect()
}

/// Nothing, for an endpoint whose query has no parameters.
///
/// # Errors
/// When there is one: 400.
pub(crate) fn refuse_parameters(request: &HttpRequest) -> Result<(), ApiError> {
    match pairs(request.query_string())?.first() {
        None => Ok(()),
        Some(_) => Err(ApiError::new(
            ErrorCode::UnknownParameter,
            "the query has a parameter, and this path takes no parameter: leave the query out",
        )),
    }
}

/// A query as it could have been sent: what of it an audit keeps, percent-encoded.
pub(crate) fn text(query: &AuditedQuery) -> String {
    let pairs: Vec<_> = AuditedQuery::PARAMETERS
        .into_iter()
        .filter_map(|parameter| Some((parameter.name(), query.value(parameter)?)))
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect();
    pairs.join("&")
}

fn malformed(position: usize) -> ApiError {
    ApiError::new(
        ErrorCode::InvalidRequest,
        format!(
            "parameter {position} of the query is malformed: names and values must be percent-encoded UTF-8"
        ),
    )
}

/// Percent-encodes all but the unreserved characters of RFC 3986, `A-Za-z0-9-_.~`.
pub(crate) fn encode(text: &str) -> PercentEncode<'_> {
    const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~');

    utf8_percent_encode(text, RESERVED)
}

/// Undoes percent-encoding once. `None` where that leaves no text.
pub(crate) fn decode(text: &str) -> Option<String> {
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
    use deskledger_domain::ExportFormat;

    use super::*;

    #[test]
    fn a_query_is_decoded() {
        let decoded = pairs("a=1&b=%E4%B8%80+%28%26%3D%29&&c&d==&").unwrap();
        let expected = [("a", "1"), ("b", "一 (&=)"), ("c", ""), ("d", "=")];
        assert_eq!(decoded, expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
    }

    #[test]
    fn a_query_that_is_shown_is_decoded_as_the_same() {
        let sent = pairs("user_name=%E4%B8%80+a%26b%3D&time_zone=Asia/Shanghai&secret=x").unwrap();
        let shown = text(&AuditedQuery::of_pairs(sent, ExportFormat::Csv));
        assert_eq!(
            shown,
            "user_name=%E4%B8%80%20a%26b%3D&language=en_US&time_zone=Asia%2FShanghai&format=csv"
        );
        let again = AuditedQuery::of_pairs(pairs(&shown).unwrap(), ExportFormat::Xlsx);
        assert_eq!(text(&again), shown);
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
