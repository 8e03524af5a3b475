use std::thread::sleep;
use std::time::{Duration, Instant};

use deskledger_identity::{AUTH_TOKEN, outgoing_agent, url};
use serde::Deserialize;
use ureq::http::header::CONTENT_TYPE;
use ureq::http::{HeaderValue, Response, StatusCode};
use ureq::tls::RootCerts;
use ureq::{Agent, Body, Timeout};

use super::address::Address;
use super::answer::Refusal;
use crate::failure::Failure;
use crate::interrupt;
use crate::output::notify;

/// The longest answer that is read into memory, in bytes. A page of 1,000 records of the longest texts has some 20 million.
const MAX_ANSWER_BYTES: u64 = 64 * 1024 * 1024;

/// How long to wait for a connection.
const CONNECT: Duration = Duration::from_secs(10);

/// How many times the command waits because the service asks for it, and for how long at most.
const MOST_WAITS: u32 = 5;
const MOST_WAIT: Duration = Duration::from_secs(120);

/// How often a wait looks whether a signal asked the process to end.
const LOOK: Duration = Duration::from_millis(100);

/// Which refusals that may pass are waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// 429 and 503: asking again changes nothing.
    Any,
    /// 429 alone: with 503 the service may have begun what must not be begun twice.
    Unbegun,
}

/// Asks a service. It blocks.
pub(crate) struct Client {
    agent: Agent,
    address: Address,
    token: HeaderValue,
    silence: Duration,
    waits: u32,
}

impl Client {
    pub(super) fn new(
        address: Address,
        token: HeaderValue,
        roots: RootCerts,
        silence: Duration,
        may_wait: bool,
    ) -> Self {
        let config = outgoing_agent(roots)
            .timeout_connect(Some(CONNECT))
            .timeout_resolve(Some(CONNECT))
            .timeout_send_request(Some(silence))
            .timeout_send_body(Some(silence))
            .timeout_recv_response(Some(silence))
            .timeout_per_read(Some(silence))
            .accept("*/*");
        Self {
            agent: config.build().into(),
            address,
            token,
            silence,
            waits: if may_wait { MOST_WAITS } else { 0 },
        }
    }

    /// The JSON text that is behind a path, which begins with a slash and may have a query.
    ///
    /// # Errors
    /// When the service cannot be asked, refuses, or answers something else.
    pub(crate) fn get(&self, path: &str, repeat: Repeat) -> Result<String, Failure> {
        let answer = self.ask(path, repeat)?;
        self.text(answer)
    }

    /// Sends a JSON text to a path.
    ///
    /// # Errors
    /// When the service cannot be asked, or refuses.
    pub(crate) fn post(&self, path: &str, json: &str) -> Result<(), Failure> {
        let send = || {
            let request = self.agent.post(self.address.of(path));
            request
                .header(AUTH_TOKEN, &self.token)
                .header(CONTENT_TYPE, "application/json")
                .send(json)
        };
        self.repeat(Repeat::Any, send).map(drop)
    }

    /// Deletes what is behind a path.
    ///
    /// # Errors
    /// When the service cannot be asked, or refuses.
    pub(crate) fn delete(&self, path: &str) -> Result<(), Failure> {
        let delete = || {
            let request = self.agent.delete(self.address.of(path));
            request.header(AUTH_TOKEN, &self.token).call()
        };
        self.repeat(Repeat::Any, delete).map(drop)
    }

    /// The answer to a GET, whose body is yet to be read.
    pub(super) fn ask(&self, path: &str, repeat: Repeat) -> Result<Response<Body>, Failure> {
        let get = || {
            let request = self.agent.get(self.address.of(path));
            request.header(AUTH_TOKEN, &self.token).call()
        };
        self.repeat(repeat, get)
    }

    /// Asks, and asks again after as long as the service says, a few times.
    fn repeat(
        &self,
        repeat: Repeat,
        ask: impl Fn() -> Result<Response<Body>, ureq::Error>,
    ) -> Result<Response<Body>, Failure> {
        let mut waits = 0;
        loop {
            let answer = ask().map_err(|error| self.failure(error))?;
            if answer.status().is_success() {
                return Ok(answer);
            }
            let refusal = Refusal::read(answer);
            let is_unbegun = refusal.status() == StatusCode::TOO_MANY_REQUESTS;
            let wait = refusal
                .retry_after()
                .filter(|wait| *wait <= MOST_WAIT && (repeat == Repeat::Any || is_unbegun));
            let Some(wait) = wait.filter(|_| waits < self.waits) else {
                return Err(refusal.into());
            };
            waits += 1;
            notify(format_args!(
                "{}: trying again in {} s ({waits} of {})",
                refusal.text(),
                wait.as_secs(),
                self.waits
            ));
            pause(wait)?;
        }
    }

    fn text(&self, mut answer: Response<Body>) -> Result<String, Failure> {
        let body = answer.body_mut().with_config().limit(MAX_ANSWER_BYTES);
        let bytes = body.read_to_vec().map_err(|error| self.failure(error))?;
        String::from_utf8(bytes).map_err(|_| self.not_ours())
    }

    /// Reads what the service answered.
    ///
    /// # Errors
    /// When it is something else than a `deskledger` answers.
    pub(crate) fn read<'a, T: Deserialize<'a>>(&self, json: &'a str) -> Result<T, Failure> {
        serde_json::from_str(json).map_err(|_| self.not_ours())
    }

    pub(super) fn not_ours(&self) -> Failure {
        Failure::usage(format!(
            "{} answers, and not as deskledger does: is --url the address of the service?",
            self.address.as_str()
        ))
    }

    /// Why the service could not be asked, or its answer not be read.
    pub(super) fn failure(&self, error: ureq::Error) -> Failure {
        let address = self.address.as_str();
        match error {
            ureq::Error::Timeout(Timeout::Connect | Timeout::Resolve) => {
                Failure::unavailable(format!("no connection to {address} within {CONNECT:?}"))
            }
            ureq::Error::Timeout(_) => Failure::unavailable(format!(
                "{address} was silent for {} seconds",
                self.silence.as_secs()
            )),
            ureq::Error::BodyExceedsLimit(_) => self.not_ours(),
            error => {
                let may_pass = matches!(
                    error,
                    ureq::Error::Io(_) | ureq::Error::ConnectionFailed | ureq::Error::HostNotFound
                );
                let text = Failure::new(error).during(format_args!("cannot ask {address}"));
                if may_pass { text.that_may_pass() } else { text }
            }
        }
    }
}

/// Waits, unless a signal asks the process to end.
fn pause(time: Duration) -> Result<(), Failure> {
    let end = Instant::now() + time;
    loop {
        if interrupt::is_asked_to_end() {
            return Err(Failure::text("ended by a signal"));
        }
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        sleep(left.min(LOOK));
    }
}

/// A path with these pairs as its query.
pub(crate) fn query(path: &str, pairs: impl IntoIterator<Item = (&'static str, String)>) -> String {
    let pairs: Vec<_> = pairs
        .into_iter()
        .map(|(name, value)| format!("{name}={}", url::encode(&value)))
        .collect();
    format!("{path}?{}", pairs.join("&"))
}
