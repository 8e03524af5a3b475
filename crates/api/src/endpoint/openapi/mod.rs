use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use utoipa::OpenApi as _;

use super::Described;
use crate::openapi;

/// What the API is.
pub(super) fn document_of_all() -> utoipa::openapi::OpenApi {
    openapi::complete(Described::openapi())
}

/// The document as `/openapi.json` answers it and `docs/openapi.json` holds it, indented.
///
/// # Errors
/// Never, as long as every part of the document has a text as its key.
pub fn openapi_json() -> Result<String, serde_json::Error> {
    document_of_all().to_pretty_json().map(|json| json + "\n")
}

/// `GET /openapi.json`: what the API is, for programs.
pub(super) async fn document() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-cache"))
        .json(document_of_all())
}

#[cfg(test)]
mod tests;
