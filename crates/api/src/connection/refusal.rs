//! Refusals that no handler makes: of a head that is malformed, too large or too slow, or of a connection.

use std::fmt::Write as _;

use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use serde_json::json;
use uuid::Uuid;

use super::control::ConnectionControl;
use crate::error::{self, ErrorCode};

/// How soon a client may try again that found no room, in seconds.
const RETRY_SECONDS: u32 = 1;

/// What the first bytes of an answer of the server say.
const VERSIONS: [&[u8]; 2] = [b"HTTP/1.1 ", b"HTTP/1.0 "];

/// A refusal with the body that all refusals have, and an identifier of its own: that of the request is not known.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    code: ErrorCode,
    message: &'static str,
    retry: bool,
}

/// The refusal that the server itself makes by writing `bytes`, if that is what they are: an answer without a body and
/// with an error's status. `odd_head` says whether the head that it refuses holds bytes that are not ASCII.
pub(super) fn of_server(bytes: &[u8], odd_head: bool) -> Option<Refusal> {
    let line = VERSIONS
        .iter()
        .find_map(|version| bytes.strip_prefix(*version))?;
    let status = std::str::from_utf8(line.get(..3)?).ok()?.parse().ok()?;
    let status = StatusCode::from_u16(status).ok()?;
    let message = match status {
        StatusCode::BAD_REQUEST if odd_head => {
            "the head of the request holds bytes that are not ASCII: percent-encode them in the URL"
        }
        StatusCode::BAD_REQUEST => "the request is not well-formed HTTP/1.1",
        StatusCode::REQUEST_TIMEOUT => return Some(Refusal::slow_head()),
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => "the head of the request is too large",
        status if status.is_client_error() => "the request is not one that the service takes",
        status if status.is_server_error() => "the service failed to read the request",
        _ => return None,
    };
    Some(Refusal {
        code: ErrorCode::of_status(status.as_u16()),
        message,
        retry: false,
    })
}

impl Refusal {
    pub(super) const fn slow_head() -> Self {
        Self {
            code: ErrorCode::BodyTooSlow,
            message: "the head of the request did not come in time",
            retry: false,
        }
    }

    /// A body whose chunks are malformed.
    pub(super) const fn malformed_body() -> Self {
        Self {
            code: ErrorCode::InvalidRequest,
            message: "the chunks of the request's body are malformed",
            retry: false,
        }
    }

    /// A connection that another one displaced, or for which there is no room.
    pub(super) const fn displaced() -> Self {
        Self {
            code: ErrorCode::Unavailable,
            message: "the service has as many connections as it may: send the credentials at once",
            retry: true,
        }
    }

    /// Writes one line of the log, counts the refusal unless a handler has counted its request, and makes the answer, which ends
    /// the connection.
    pub(super) fn report(&self, control: &ConnectionControl) -> Bytes {
        let id = Uuid::new_v4().simple().to_string();
        let status = self.code.status();
        let peer = control.peer();
        let code = self.code.code();
        tracing::warn!(
            id,
            peer = peer.map(tracing::field::display),
            status,
            code,
            reason = self.message,
            "request refused before it was read"
        );
        if !control.is_counted() {
            control
                .connections()
                .count_refusal(error::status(self.code));
        }
        self.answer(&id)
    }

    fn answer(&self, id: &str) -> Bytes {
        let status = error::status(self.code);
        let body = json!({ "error_code": self.code.code(), "error_msg": self.message }).to_string();
        let mut answer = format!(
            "HTTP/1.1 {} {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n",
            status.as_u16(),
            status.canonical_reason().unwrap_or_default(),
            body.len(),
        );
        if self.retry {
            let _ = write!(answer, "retry-after: {RETRY_SECONDS}\r\n");
        }
        answer.push_str("cache-control: no-store\r\nx-content-type-options: nosniff\r\n");
        let _ = write!(
            answer,
            "x-request-id: {id}\r\nconnection: close\r\n\r\n{body}"
        );
        answer.into()
    }
}
