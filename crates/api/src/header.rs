//! Names of headers that are ours or the vendor's.

use actix_web::http::header::HeaderName;

/// The identifier of a request, in and out.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A token (`contract.md` §4).
pub(crate) const AUTH_TOKEN: HeaderName = HeaderName::from_static("x-auth-token");

/// The project that a signed request is meant for.
pub(crate) const PROJECT_ID: HeaderName = HeaderName::from_static("x-project-id");

/// When a request was signed (`contract.md` §7).
pub(crate) const SDK_DATE: HeaderName = HeaderName::from_static("x-sdk-date");

/// The hash of the body, where the client gives it itself.
pub(crate) const CONTENT_SHA256: HeaderName = HeaderName::from_static("x-sdk-content-sha256");
