//! What a client is told when something goes wrong. This file and its table decide HTTP; no other does.
//!
//! `domain`, `store` and `identity` have errors of their own, which know nothing of HTTP. Each becomes an [`ApiError`]
//! here. What a client reads is its message; the cause stays inside and is logged once, by the `request` middleware.

mod code;
mod convert;

pub use code::ErrorCode;

use std::error::Error;
use std::fmt;
use std::time::Duration;

use actix_web::http::header::{self, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;

use crate::header::REQUEST_ID;

/// The most characters a message may have (`contract.md` §5).
pub(crate) const MAX_MESSAGE_CHARS: usize = 1000;

/// An error as the client sees it: a code, a message that names the culprit and says what would be right, and never a
/// cause, which is for the log alone.
#[derive(Debug)]
pub(crate) struct ApiError {
    code: ErrorCode,
    message: String,
    retry_after: Option<Duration>,
    allow: Option<Box<str>>,
    request_id: Option<HeaderValue>,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

/// The body of every error.
#[derive(Serialize)]
struct Body<'a> {
    error_code: &'static str,
    error_msg: &'a str,
}

impl ApiError {
    /// An error of this kind. The message is for the client: it holds no SQL, path, token or internal cause.
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let mut message = message.into();
        if let Some((end, _)) = message.char_indices().nth(MAX_MESSAGE_CHARS) {
            message.truncate(end);
        }
        Self {
            code,
            message,
            retry_after: None,
            allow: None,
            request_id: None,
            cause: None,
        }
    }

    /// The client may try again after this time, in whole seconds.
    #[must_use]
    pub(crate) fn with_retry_after(self, wait: Duration) -> Self {
        Self {
            retry_after: Some(wait),
            ..self
        }
    }

    /// What went wrong inside, for the log.
    #[must_use]
    pub(crate) fn with_cause(self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            cause: Some(cause.into()),
            ..self
        }
    }

    /// The identifier of the request, for an error that no response carries it for.
    #[must_use]
    pub(crate) fn with_request_id(self, id: HeaderValue) -> Self {
        Self {
            request_id: Some(id),
            ..self
        }
    }

    /// The cause was logged where it happened.
    #[must_use]
    pub(crate) fn without_cause(self) -> Self {
        Self {
            cause: None,
            ..self
        }
    }

    /// No resource has this path.
    pub(crate) fn not_found() -> Self {
        Self::new(ErrorCode::NotFound, "there is no such path")
    }

    /// The resource does not take this method, only `allowed`, with commas between them.
    pub(crate) fn method_not_allowed(method: &Method, allowed: &str) -> Self {
        let message = format!("the method {method} is not allowed here: use {allowed}");
        Self {
            allow: Some(allowed.into()),
            ..Self::new(ErrorCode::MethodNotAllowed, message)
        }
    }

    /// Our fault.
    pub(crate) fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(
            ErrorCode::Internal,
            "an internal error occurred: give the request id to whoever runs the service",
        )
        .with_cause(cause)
    }

    /// The kind of error.
    pub(crate) const fn code(&self) -> ErrorCode {
        self.code
    }

    /// What went wrong inside, and why, for the log. Empty where the message says it all.
    pub(crate) fn causes(&self) -> String {
        self.cause
            .as_deref()
            .map(|cause| chain(cause))
            .unwrap_or_default()
    }
}

/// An error and all its causes, each after the one that it caused.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for ApiError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause
            .as_deref()
            .map(|cause| cause as &(dyn Error + 'static))
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        if let Some(id) = &self.request_id {
            response.insert_header((REQUEST_ID, id.clone()));
        }
        if let Some(wait) = self.retry_after {
            response.insert_header((header::RETRY_AFTER, wait.as_secs().max(1)));
        }
        if let Some(methods) = &self.allow {
            response.insert_header((header::ALLOW, methods.as_ref()));
        }
        response.json(Body {
            error_code: self.code.code(),
            error_msg: &self.message,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_at_most_1000_characters() {
        let error = ApiError::new(ErrorCode::InvalidRequest, "中".repeat(2000));
        assert_eq!(error.to_string(), "中".repeat(1000));
    }

    #[test]
    fn the_client_sees_no_cause_and_the_log_sees_all() {
        let inner = std::io::Error::other("secret path /etc/passwd");
        let error = ApiError::internal(inner);
        assert!(!error.to_string().contains("passwd"));
        assert_eq!(error.causes(), "secret path /etc/passwd");
    }
}
