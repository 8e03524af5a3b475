use std::time::{Duration, Instant};

use ureq::http::{HeaderName, HeaderValue, Response, StatusCode, Uri};
use ureq::{Agent, Body, Timeout};

use super::response::{self, NamedProject};
use super::verdict::{Grant, Verdict};
use super::{IamError, IamOptions};
use crate::outgoing::outgoing_agent;

/// The longest answer that is read, in bytes. One with a large service catalog has some hundred thousand.
const MAX_ANSWER_BYTES: u64 = 1024 * 1024;

/// The token that asks.
const AUTH_TOKEN: HeaderName = HeaderName::from_static("x-auth-token");

/// The token that is asked about.
const SUBJECT_TOKEN: HeaderName = HeaderName::from_static("x-subject-token");

/// Asks IAM about tokens, over connections that it keeps. It blocks.
#[derive(Clone)]
pub(super) struct IamClient {
    agent: Agent,
    endpoint: Uri,
    request_timeout: Duration,
}

impl IamClient {
    /// A client of the service that the options name.
    pub(super) fn new(options: &IamOptions) -> Self {
        let config = outgoing_agent(options.roots.clone())
            .timeout_connect(Some(options.connect_timeout))
            .max_idle_connections(options.requests as usize)
            .max_idle_connections_per_host(options.requests as usize)
            .accept("application/json");
        Self {
            agent: config.build().into(),
            endpoint: options.endpoint.clone(),
            request_timeout: options.request_timeout,
        }
    }

    /// Asks whether a token is valid: the token vouches for itself. What fails in a way that a second try may mend is
    /// tried twice, both within one time-out.
    ///
    /// # Errors
    /// When IAM does not say.
    pub(super) fn ask(&self, token: &HeaderValue) -> Result<Verdict, IamError> {
        let deadline = Instant::now() + self.request_timeout;
        match self.ask_once(token, deadline) {
            Err(error) if may_pass(&error) => self.ask_once(token, deadline),
            answer => answer,
        }
    }

    fn ask_once(&self, token: &HeaderValue, deadline: Instant) -> Result<Verdict, IamError> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(IamError::Transport(ureq::Error::Timeout(Timeout::Global)));
        }
        let mut response = self
            .agent
            .get(&self.endpoint)
            .config()
            .timeout_global(Some(left))
            .build()
            .header(AUTH_TOKEN, token)
            .header(SUBJECT_TOKEN, token)
            .call()
            .map_err(IamError::Transport)?;
        // Read whatever the status is: the connection can be used again only after the answer's end.
        let body = read(&mut response);
        match response.status() {
            StatusCode::OK => response::grant(&body?).map(Verdict::Valid),
            StatusCode::UNAUTHORIZED | StatusCode::NOT_FOUND => Ok(Verdict::Refused),
            status => Err(IamError::Status(status.as_u16())),
        }
    }
}

/// A token that IAM issued.
pub(super) struct Issued {
    pub(super) token: HeaderValue,
    pub(super) grant: Grant,
    pub(super) user: String,
    pub(super) user_id: String,
}

impl IamClient {
    /// Asks for a token by what a body says; `None` where IAM refuses it. It is asked once: a wrong password that were sent twice
    /// would count twice.
    ///
    /// # Errors
    /// When IAM does not say.
    pub(super) fn issue(&self, body: &serde_json::Value) -> Result<Option<Issued>, IamError> {
        let mut response = self
            .agent
            .post(&self.endpoint)
            .config()
            .timeout_global(Some(self.request_timeout))
            .build()
            .header("content-type", "application/json")
            .send(body.to_string())
            .map_err(IamError::Transport)?;
        let body = read(&mut response);
        match response.status() {
            StatusCode::CREATED | StatusCode::OK => {}
            // A project of which the user is no member, or that is not there, is 401; a malformed name is 400.
            StatusCode::BAD_REQUEST
            | StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::NOT_FOUND => return Ok(None),
            status => return Err(IamError::Status(status.as_u16())),
        }
        let body = body?;
        let mut token = response
            .headers()
            .get(SUBJECT_TOKEN)
            .cloned()
            .ok_or(IamError::Field("X-Subject-Token"))?;
        token.set_sensitive(true);
        let (user, user_id) = response::user(&body)?;
        Ok(Some(Issued {
            token,
            grant: response::grant(&body)?,
            user,
            user_id,
        }))
    }

    /// The projects that the user of a token has roles in; `None` where the token is not valid.
    ///
    /// # Errors
    /// When IAM does not say.
    pub(super) fn projects(
        &self,
        token: &HeaderValue,
    ) -> Result<Option<Vec<NamedProject>>, IamError> {
        let endpoint = self.endpoint.to_string();
        let endpoint = endpoint.strip_suffix("tokens").unwrap_or(&endpoint);
        let mut response = self
            .agent
            .get(format!("{endpoint}projects"))
            .config()
            .timeout_global(Some(self.request_timeout))
            .build()
            .header(AUTH_TOKEN, token)
            .call()
            .map_err(IamError::Transport)?;
        let body = read(&mut response);
        match response.status() {
            StatusCode::OK => response::projects(&body?).map(Some),
            StatusCode::UNAUTHORIZED => Ok(None),
            status => Err(IamError::Status(status.as_u16())),
        }
    }

    /// Revokes a token.
    ///
    /// # Errors
    /// When IAM cannot be reached.
    pub(super) fn revoke(&self, token: &HeaderValue) -> Result<(), IamError> {
        let revoked = self
            .agent
            .delete(&self.endpoint)
            .config()
            .timeout_global(Some(self.request_timeout))
            .build()
            .header(AUTH_TOKEN, token)
            .header(SUBJECT_TOKEN, token)
            .call();
        revoked.map(drop).map_err(IamError::Transport)
    }
}

fn read(response: &mut Response<Body>) -> Result<Vec<u8>, IamError> {
    response
        .body_mut()
        .with_config()
        .limit(MAX_ANSWER_BYTES)
        .read_to_vec()
        .map_err(|error| match error {
            ureq::Error::BodyExceedsLimit(limit) => IamError::TooLong(limit),
            error => IamError::Transport(error),
        })
}

/// Whether a second try may succeed: the connection failed, or the service did. Who was too slow once is not waited for
/// again.
fn may_pass(error: &IamError) -> bool {
    match error {
        IamError::Transport(error) => matches!(
            error,
            ureq::Error::Io(_)
                | ureq::Error::ConnectionFailed
                | ureq::Error::HostNotFound
                | ureq::Error::Timeout(Timeout::Connect | Timeout::Resolve)
        ),
        IamError::Status(status) => *status >= 500,
        _ => false,
    }
}
