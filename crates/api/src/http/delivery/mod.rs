//! How an answer is handed over, whatever it holds: whole, in one transfer, compressed where the client accepts that. Every
//! endpoint stands behind this, so a new one has it by default.

mod part;

use actix_web::body::{BodySize, BoxBody, MessageBody, to_bytes};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, VARY,
};
use actix_web::http::{Method, StatusCode, Version};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{Error, web};

use crate::connection::ConnectionControl;
use crate::error::ApiError;
use crate::http::coding::{self, Coding};
use crate::response_memory::Share;

/// Whether parts of an answer can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parts {
    /// No: the answer is made for each request, and two of them are two files.
    None,
    /// The handler serves them: the answer is a file that stays.
    OfHandler,
}

/// A smaller body is not compressed: it fits into one packet with its head.
const LEAST_BYTES: u64 = 1024;

/// A larger body is compressed on a thread that may block.
const MOST_BYTES_AT_ONCE: usize = 32 * 1024;

/// Hands an answer over: see the module.
///
/// # Errors
/// When the handler itself does not answer.
pub(crate) async fn deliver(
    parts: Parts,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let is_whole = parts == Parts::None;
    if is_whole && part::is_wanted_from_the_middle(request.method(), request.headers()) {
        return Ok(refused(request, ApiError::not_resumable()));
    }
    // The head of an answer has no body that needs chunks.
    let takes_body = takes_chunks(request.version()) || request.method() == Method::HEAD;
    let accepted = coding::accepted(request.headers());
    let mut response = next.call(request).await?.map_into_boxed_body();
    if !takes_body && response.response().body().size() == BodySize::Stream {
        let (request, _) = response.into_parts();
        return Ok(ServiceResponse::from_err(
            ApiError::protocol_too_old(),
            request,
        ));
    }
    let share = response.response_mut().extensions_mut().remove::<Share>();
    let mut response = compressed(response, accepted).await;
    if let Some(share) = share {
        let connection = ConnectionControl::of(response.request()).cloned();
        response = response.map_body(|_, body| share.body(body, connection.as_ref()).boxed());
    }
    if is_whole && response.status() == StatusCode::OK {
        let none = HeaderValue::from_static("none");
        response.headers_mut().insert(ACCEPT_RANGES, none);
    }
    Ok(response)
}

/// Whether a client of this version understands a body whose length is not known before. Without chunks only the end of the
/// connection would end it, and a broken answer would look like a whole one.
pub(crate) fn takes_chunks(version: Version) -> bool {
    version >= Version::HTTP_11
}

fn refused(request: ServiceRequest, error: ApiError) -> ServiceResponse<BoxBody> {
    ServiceResponse::from_err(error, request.into_parts().0)
}

/// Compresses a body of text that is all there. What a handler compressed itself, or cannot be made smaller, stays.
async fn compressed(
    response: ServiceResponse<BoxBody>,
    accepted: Coding,
) -> ServiceResponse<BoxBody> {
    if response.status() != StatusCode::OK || !is_text(response.headers()) {
        return response;
    }
    let (request, response) = response.into_parts();
    let (mut response, body) = response.into_parts();
    if !response.headers().contains_key(VARY) {
        let vary = HeaderValue::from_static("accept-encoding");
        response.headers_mut().insert(VARY, vary);
    }
    let name = match (accepted.name(), body.size()) {
        (Some(name), BodySize::Sized(bytes)) if bytes >= LEAST_BYTES => name,
        _ => return ServiceResponse::new(request, response.set_body(body)),
    };
    let body = match to_bytes(body).await {
        Ok(bytes) => bytes,
        Err(error) => {
            let error = ApiError::internal(error.to_string());
            return ServiceResponse::from_err(error, request);
        }
    };
    let body = match compress(accepted, body.clone()).await {
        Some(smaller) => {
            let name = HeaderValue::from_static(name);
            response.headers_mut().insert(CONTENT_ENCODING, name);
            smaller
        }
        None => body,
    };
    ServiceResponse::new(request, response.set_body(BoxBody::new(body)))
}

fn is_text(headers: &HeaderMap) -> bool {
    const TYPES: [&str; 2] = ["application/json", "application/openmetrics-text"];
    let media_type = headers
        .get(CONTENT_TYPE)
        .and_then(|name| name.to_str().ok());
    let is_one = media_type
        .and_then(|name| name.split(';').next())
        .is_some_and(|name| TYPES.contains(&name.trim()));
    is_one && !headers.contains_key(CONTENT_ENCODING)
}

/// `None` where that fails or makes it no smaller.
async fn compress(coding: Coding, bytes: Bytes) -> Option<Bytes> {
    let length = bytes.len();
    let compressed = if length > MOST_BYTES_AT_ONCE {
        let compressed = web::block(move || coding::compress(coding, &bytes));
        compressed.await.ok()?
    } else {
        coding::compress(coding, &bytes)
    };
    let compressed = compressed.ok().filter(|bytes| bytes.len() < length)?;
    Some(compressed.into())
}

#[cfg(test)]
mod tests;
