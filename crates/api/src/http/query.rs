//! The path and the query of a URL, decoded strictly: what cannot be decoded is refused, never guessed.

use actix_web::HttpRequest;
use deskledger_domain::{AuditedQuery, ProjectId};
use deskledger_identity::url;
pub(crate) use deskledger_identity::url::{decode, encode};

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
    Ok(url::pairs(query)?)
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

#[cfg(test)]
mod tests {
    use deskledger_domain::ExportFormat;

    use super::*;

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
}
