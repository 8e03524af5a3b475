//! Bodies of requests: whole, for the endpoints that need few bytes or none, and one that is read as it arrives.

mod failure;
mod incoming;
mod minimum_rate;

pub(crate) use failure::BodyFailure;
pub(crate) use incoming::{IncomingBody, UnreadBody};

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::CONTENT_LENGTH;
use actix_web::web::{Bytes, BytesMut};
use actix_web::{HttpMessage as _, HttpRequest, web};
use deskledger_ingest::{is_utf16, without_byte_order_mark};
use deskledger_settings::LimitSettings;
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use tokio::time::timeout;

use crate::connection::ConnectionControl;
use crate::error::{ApiError, ErrorCode};

/// Reads the whole body of a request, which may take `limits.slow_body_seconds`.
///
/// # Errors
/// When it is too large (413), too slow (408), or breaks off (400).
pub(crate) async fn read_body(
    request: &HttpRequest,
    payload: web::Payload,
    limits: &LimitSettings,
) -> Result<Bytes, ApiError> {
    let patience = Duration::from_secs(limits.slow_body_seconds);
    timeout(patience, read(request, payload, limits))
        .await
        .unwrap_or_else(|_| {
            Err(ApiError::new(
                ErrorCode::BodyTooSlow,
                "the body of the request comes too slowly",
            ))
        })
}

async fn read(
    request: &HttpRequest,
    mut payload: web::Payload,
    limits: &LimitSettings,
) -> Result<Bytes, ApiError> {
    let chunks = chunks_of(request).map(AsRef::as_ref);
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| {
            ApiError::from(BodyFailure::of_payload(&error, chunks)).with_cause(error.to_string())
        })?;
        if (body.len() + chunk.len()) as u64 > limits.body_bytes {
            return Err(ApiError::new(
                ErrorCode::BodyTooLarge,
                format!(
                    "the body of the request has more than {} bytes",
                    limits.body_bytes
                ),
            ));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// The connection of a request whose body comes in chunks. `None` also where a test calls a service directly.
fn chunks_of(request: &HttpRequest) -> Option<&Arc<ConnectionControl>> {
    let is_chunked = !request.headers().contains_key(CONTENT_LENGTH);
    is_chunked.then(|| ConnectionControl::of(request)).flatten()
}

/// A body that a request does not need: one of the documented type is let pass unread.
///
/// # Errors
/// When it is of another type than `application/json` (415).
pub(crate) fn refuse_body(request: &HttpRequest, body: &[u8]) -> Result<(), ApiError> {
    if body.is_empty() || is_json(request) {
        return Ok(());
    }
    Err(ApiError::new(
        ErrorCode::UnsupportedMediaType,
        "the body of the request is not application/json: send none",
    ))
}

/// Reads a body that is an object of JSON: `expected`.
///
/// # Errors
/// When it is of another type (415), or not what is expected (400). The error shows nothing of the body.
pub(crate) fn read_object<T: DeserializeOwned>(
    request: &HttpRequest,
    body: &[u8],
    expected: &str,
) -> Result<T, ApiError> {
    if !body.is_empty() && !is_json(request) {
        return Err(ApiError::new(
            ErrorCode::UnsupportedMediaType,
            "the body of the request is not application/json",
        ));
    }
    let body = without_byte_order_mark(body);
    // Serde would also take an array, with the fields in their order.
    let is_object = body.trim_ascii_start().starts_with(b"{");
    let found = match serde_json::from_slice(body) {
        Ok(value) if is_object => return Ok(value),
        Err(_) if body.is_empty() => "empty".to_owned(),
        Err(_) if is_utf16(body) => "encoded in UTF-16, and not in UTF-8".to_owned(),
        Err(error) if error.classify() != Category::Data => {
            let (line, column) = (error.line(), error.column());
            format!("no JSON at line {line}, column {column}")
        }
        _ => "something else".to_owned(),
    };
    Err(ApiError::new(
        ErrorCode::InvalidBody,
        format!("the body of the request must be {expected}: it is {found}"),
    ))
}

fn is_json(request: &HttpRequest) -> bool {
    request
        .content_type()
        .eq_ignore_ascii_case("application/json")
}
