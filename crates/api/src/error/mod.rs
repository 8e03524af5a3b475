//! The error that a client reads when something goes wrong. This file decides HTTP; no other does. Its codes are those of
//! `deskledger-contract`.
//!
//! `domain`, `store` and `identity` have errors of their own, which know nothing of HTTP. Each becomes an [`ApiError`]
//! here. What a client reads is its message; the cause stays inside and is logged once, by the `request` middleware.

mod convert;

pub use deskledger_contract::ErrorCode;

use std::error::Error;
use std::fmt;
use std::time::Duration;

use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpResponse, ResponseError};
use deskledger_contract::{ErrorBody, MAX_MESSAGE_CHARS};
use deskledger_domain::{Denial, error_chain};
use deskledger_identity::SealedMessage;

use crate::http::header::REQUEST_ID;

/// An error as the client sees it: a code, a message that names the culprit and says what would be right, and never a
/// cause, which is for the log alone.
#[derive(Debug)]
pub(crate) struct ApiError {
    code: ErrorCode,
    message: String,
    authorization_message: Option<Box<SealedMessage>>,
    recorded_lines: Option<u64>,
    /// What the log says instead of the message, if the message shows what only the client should see.
    logged: Option<Box<str>>,
    headers: Vec<(HeaderName, HeaderValue)>,
    cause: Option<Box<dyn Error + Send + Sync>>,
    /// The page to which a browser is led, which shows the error to a person in place of a body.
    page: Option<Box<HeaderValue>>,
}

/// The status of a code.
pub(crate) fn status(code: ErrorCode) -> StatusCode {
    StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
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
            authorization_message: None,
            recorded_lines: None,
            logged: None,
            headers: Vec::new(),
            cause: None,
            page: None,
        }
    }

    /// The client may try again after this time, in whole seconds.
    #[must_use]
    pub(crate) fn with_retry_after(self, wait: Duration) -> Self {
        let seconds = HeaderValue::from(wait.as_secs().max(1));
        self.with_header(header::RETRY_AFTER, seconds)
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
        self.with_header(REQUEST_ID, id)
    }

    /// What the log says instead of the message.
    #[must_use]
    pub(crate) fn with_logged(self, text: impl Into<Box<str>>) -> Self {
        Self {
            logged: Some(text.into()),
            ..self
        }
    }

    /// Leads a browser to a page that shows the error, so that no person is left with JSON. The log has the error all the same.
    #[must_use]
    pub(crate) fn shown_by(self, page: HeaderValue) -> Self {
        Self {
            page: Some(Box::new(page)),
            ..self
        }
    }

    /// Everything good up to this line of a recording is on the disk, although the rest is not.
    #[must_use]
    pub(crate) fn with_recorded_lines(mut self, lines: u64) -> Self {
        let recorded = match lines {
            0 => "nothing was recorded".to_owned(),
            1 => "line 1 was recorded where it is good".to_owned(),
            lines => format!("lines 1 to {lines} were recorded where they are good"),
        };
        self.message = format!("{}; {recorded}; sending all again is safe", self.message);
        self.recorded_lines = Some(lines);
        self
    }

    /// Another encoding of a body would have been taken (RFC 9110 §12.5.3).
    #[must_use]
    pub(crate) fn with_accepted_encodings(self, encodings: &'static str) -> Self {
        self.with_header(header::ACCEPT_ENCODING, HeaderValue::from_static(encodings))
    }

    fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// No resource has this path.
    pub(crate) fn not_found() -> Self {
        Self::new(ErrorCode::NotFound, "there is no such path")
    }

    /// No resource has this path: the message says what is often meant.
    pub(crate) fn no_such_path(path: &str) -> Self {
        match path.trim_end_matches('/') {
            "" => Self::not_found(),
            shorter if shorter.len() < path.len() => {
                let slash = "there is no such path: no path ends with a slash";
                let message = format!("{slash}, so ask for {shorter}");
                Self::new(ErrorCode::NotFound, message).with_logged(slash)
            }
            _ => Self::not_found(),
        }
    }

    /// The resource does not take this method, only `allowed`, with commas between them.
    pub(crate) fn method_not_allowed(method: &Method, allowed: &str) -> Self {
        let message = format!("the method {method} is not allowed here: use {allowed}");
        let error = Self::new(ErrorCode::MethodNotAllowed, message);
        match HeaderValue::from_str(allowed) {
            Ok(methods) => error.with_header(header::ALLOW, methods),
            Err(no_header) => Self::internal(no_header),
        }
    }

    /// The policy denies. The reason is for the log, and sealed for an administrator: a client that has no access need
    /// not learn the rules of the policy.
    pub(crate) fn denied(denial: Denial, sealed: SealedMessage) -> Self {
        let message = "the credentials do not allow this action in this project: \
                       an administrator can decode the reason";
        Self {
            authorization_message: Some(Box::new(sealed)),
            ..Self::new(ErrorCode::Forbidden, message).with_cause(denial)
        }
    }

    /// Our fault.
    pub(crate) fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(
            ErrorCode::Internal,
            "an internal error occurred: give the request id to the operator of the service",
        )
        .with_cause(cause)
    }

    /// The kind of error.
    pub(crate) const fn code(&self) -> ErrorCode {
        self.code
    }

    /// What the log says of it.
    pub(crate) fn logged(&self) -> &str {
        self.logged.as_deref().unwrap_or(&self.message)
    }

    /// What went wrong inside, and why, for the log. Empty where the message says it all.
    pub(crate) fn causes(&self) -> String {
        self.cause
            .as_deref()
            .map(|cause| error_chain(cause))
            .unwrap_or_default()
    }
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
        match self.page {
            Some(_) => StatusCode::SEE_OTHER,
            None => status(self.code),
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        response.insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"));
        for header in &self.headers {
            response.insert_header(header.clone());
        }
        if let Some(page) = &self.page {
            response.insert_header((header::LOCATION, HeaderValue::clone(page)));
            response.insert_header((header::REFERRER_POLICY, "no-referrer"));
            return response.finish();
        }
        response.json(ErrorBody {
            error_code: self.code.code(),
            error_msg: &self.message,
            encoded_authorization_message: self
                .authorization_message
                .as_deref()
                .map(SealedMessage::as_str),
            recorded_lines: self.recorded_lines,
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
