//! How a provider is asked. It blocks.

use std::time::Duration;

use openidconnect::http::{Method, Response};
use openidconnect::{HttpRequest, HttpResponse};
use ureq::Agent;

use super::{OidcError, OidcOptions};
use crate::outgoing::{is_private, outgoing_agent};

/// The longest answer that is read, in bytes. One with a user of very many groups has some hundred thousand.
const MAX_ANSWER_BYTES: u64 = 1024 * 1024;

/// How long to wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Asks a provider, over connections that it keeps.
#[derive(Clone)]
pub(super) struct HttpClient(Agent);

impl HttpClient {
    pub(super) fn new(options: &OidcOptions) -> Self {
        let config = outgoing_agent(options.roots.clone())
            .timeout_connect(Some(CONNECT_TIMEOUT.min(options.request_timeout)))
            .timeout_global(Some(options.request_timeout));
        Self(config.build().into())
    }

    /// Sends a request. A redirect is an answer like any other.
    ///
    /// # Errors
    /// When the provider does not answer, or too much, or others would read what is sent.
    pub(super) fn send(&self, request: HttpRequest) -> Result<HttpResponse, OidcError> {
        let (head, body) = request.into_parts();
        if !is_private(&head.uri) {
            return Err(OidcError::InTheClear);
        }
        let transport = |error| OidcError::Transport(Box::new(error));
        let mut response = if head.method == Method::POST {
            let mut request = self.0.post(&head.uri);
            for (name, value) in &head.headers {
                request = request.header(name, value);
            }
            request.send(&body)
        } else {
            let mut request = self.0.get(&head.uri);
            for (name, value) in &head.headers {
                request = request.header(name, value);
            }
            request.call()
        }
        .map_err(transport)?;
        let body = response
            .body_mut()
            .with_config()
            .limit(MAX_ANSWER_BYTES)
            .read_to_vec()
            .map_err(|error| match error {
                ureq::Error::BodyExceedsLimit(limit) => OidcError::TooLong(limit),
                error => transport(error),
            })?;
        let mut answer = Response::new(body);
        *answer.status_mut() = response.status();
        *answer.headers_mut() = response.headers().clone();
        Ok(answer)
    }
}
