//! The path and the query of a URL, decoded strictly: what cannot be decoded is refused, never guessed.

use actix_web::HttpRequest;
use deskledger_domain::{InvalidProjectId, ProjectId};
use deskledger_identity::url;
pub(crate) use deskledger_identity::url::{MalformedQuery, decode};
use thiserror::Error;

/// The pairs of a query, in their order.
pub(crate) type Pairs = Vec<(String, String)>;

/// Why a path names no project.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum InvalidPath {
    /// It cannot be decoded.
    #[error("project_id in the path is not percent-encoded UTF-8")]
    Undecodable,
    /// No project can have this identifier.
    #[error(transparent)]
    Project(#[from] InvalidProjectId),
}

/// The project in the path `/v2/{project_id}/…`.
///
/// # Errors
/// When the project is invalid.
pub(crate) fn project_id(request: &HttpRequest) -> Result<ProjectId, InvalidPath> {
    // The router's own decoding replaces what is not UTF-8, so the path is read as it was sent.
    let segment = request.uri().path().split('/').nth(2).unwrap_or_default();
    let id = decode(segment).ok_or(InvalidPath::Undecodable)?;
    Ok(ProjectId::new(id)?)
}

/// The pairs of a query, in their order. A `+` is a blank.
///
/// # Errors
/// When a name or value is not percent-encoded UTF-8.
pub(crate) fn pairs(query: &str) -> Result<Pairs, MalformedQuery> {
    url::pairs(query)
}
