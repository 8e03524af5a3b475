//! The path and the query of a URL, decoded strictly: what cannot be decoded is refused, never guessed.

use actix_web::HttpRequest;
use deskledger_domain::ProjectId;
use deskledger_identity::url;
use deskledger_identity::url::decode;

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
