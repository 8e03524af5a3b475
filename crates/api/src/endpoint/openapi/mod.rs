//! The OpenAPI document, made of what all endpoints say of themselves.

use std::sync::OnceLock;

use actix_web::http::header::{CACHE_CONTROL, ContentType};
use actix_web::{HttpRequest, HttpResponse};
use utoipa::openapi::OpenApi;
use utoipa::openapi::tag::{Tag, TagBuilder};

use super::{route, routes};
use crate::error::ApiError;
use crate::http::constant::ConstantBody;
use deskledger_contract::openapi;

/// The tags of operations, and what each is about.
const TAGS: [(&str, &str); 5] = [
    (
        "Connections",
        "Who connected to which desktop, when, from where, and why it failed.",
    ),
    (
        "Export tasks",
        "Exports that go on by themselves, and whose files are downloaded later.",
    ),
    ("Authorization", "Why somebody was denied."),
    (
        "Sign-in",
        "How people sign in, and their sessions: for pages of the service. Programs send credentials with each request.",
    ),
    (
        "Health",
        "Whether the service answers, and how much it did. No credentials are needed.",
    ),
];

/// The whole document.
fn document() -> OpenApi {
    let mut document = openapi::complete(route::document(routes()));
    document.tags = Some(TAGS.map(tag).into());
    document
}

fn tag((name, description): (&str, &str)) -> Tag {
    TagBuilder::new()
        .name(name)
        .description(Some(description))
        .build()
}

/// The document as `/openapi.json` answers it and `docs/openapi.json` holds it, indented.
///
/// # Errors
/// Never, as long as every part of the document has a text as its key.
pub fn openapi_json() -> Result<String, serde_json::Error> {
    document().to_pretty_json().map(|json| json + "\n")
}

/// `GET /openapi.json`: what the API is, for programs.
pub(super) async fn answer(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let mut response = HttpResponse::Ok();
    response
        .content_type(ContentType::json())
        .insert_header((CACHE_CONTROL, "no-cache"));
    let body = body().map_err(ApiError::internal)?;
    Ok(body.answer(&request, response))
}

/// The document, which is made once.
fn body() -> Result<&'static ConstantBody, serde_json::Error> {
    static BODY: OnceLock<ConstantBody> = OnceLock::new();

    if let Some(body) = BODY.get() {
        return Ok(body);
    }
    let json = serde_json::to_vec(&document())?;
    Ok(BODY.get_or_init(|| ConstantBody::new(json)))
}

#[cfg(test)]
mod tests;
