//! What a service answers that it does not do.

use std::time::Duration;

use serde::Deserialize;
use ureq::Body;
use ureq::http::header::{LOCATION, RETRY_AFTER};
use ureq::http::{HeaderMap, HeaderName, Response, StatusCode};

use crate::failure::Failure;
use crate::text::visible;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest error that is read, in bytes.
const MAX_BYTES: u64 = 256 * 1024;

/// The most characters of a text of the service that are shown.
const MAX_CHARS: usize = 2000;

/// An answer that is not a success.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    code: Option<String>,
    message: Option<String>,
    request_id: Option<String>,
    location: Option<String>,
    retry_after: Option<Duration>,
}

/// The body of every error.
#[derive(Deserialize)]
struct ErrorBody {
    error_code: String,
    error_msg: String,
}

impl Refusal {
    /// Reads an answer. One that something else gave, such as a proxy, has its status alone.
    pub(super) fn read(mut answer: Response<Body>) -> Self {
        let body = answer.body_mut().with_config().limit(MAX_BYTES);
        let body: Option<ErrorBody> = body
            .read_to_vec()
            .ok()
            .and_then(|body| serde_json::from_slice(&body).ok());
        let (code, message) = body.map(|body| (body.error_code, body.error_msg)).unzip();
        let headers = answer.headers();
        Self {
            status: answer.status(),
            code,
            message,
            request_id: text_of(headers, &REQUEST_ID),
            location: text_of(headers, &LOCATION),
            retry_after: text_of(headers, &RETRY_AFTER)
                .and_then(|seconds| seconds.parse().ok())
                .map(Duration::from_secs),
        }
    }

    /// The status.
    pub(super) const fn status(&self) -> StatusCode {
        self.status
    }

    /// How long to wait before trying again, where the service says it.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        let may_pass = [
            StatusCode::TOO_MANY_REQUESTS,
            StatusCode::SERVICE_UNAVAILABLE,
        ];
        self.retry_after.filter(|_| may_pass.contains(&self.status))
    }

    /// What it says, for a person.
    pub(super) fn text(&self) -> String {
        let shown = |text: &str| -> String { visible(text).chars().take(MAX_CHARS).collect() };
        let mut parts = vec![format!("the service answered {}", self.status.as_u16())];
        match (&self.code, self.status.canonical_reason()) {
            (Some(code), _) => parts.push(format!(" ({})", shown(code))),
            (None, Some(reason)) => parts.push(format!(" {reason}")),
            (None, None) => {}
        }
        if let Some(message) = &self.message {
            parts.push(format!(": {}", shown(message)));
        }
        if let Some(location) = &self.location {
            parts.push(format!(
                ": it names another address, {}, which is not followed with a token; give that of the service itself",
                shown(location)
            ));
        }
        if let Some(id) = &self.request_id {
            parts.push(format!(" (request {})", shown(id)));
        }
        parts.concat()
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let text = refusal.text();
        match refusal.status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Self::refused(text),
            StatusCode::NOT_FOUND | StatusCode::GONE => Self::not_found(text),
            StatusCode::TOO_MANY_REQUESTS
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::BAD_GATEWAY
            | StatusCode::GATEWAY_TIMEOUT => Self::unavailable(text),
            // The state of something, which is no mistake of the question.
            StatusCode::CONFLICT | StatusCode::PRECONDITION_FAILED => Self::text(text),
            status if status.is_client_error() => Self::usage(text),
            _ => Self::text(text),
        }
    }
}

fn text_of(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}
