//! Names of headers that are ours or the vendor's.

use actix_web::http::header::HeaderName;

/// The identifier of a request, in and out.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A token (`contract.md` §4).
pub(crate) const AUTH_TOKEN: HeaderName = HeaderName::from_static("x-auth-token");
