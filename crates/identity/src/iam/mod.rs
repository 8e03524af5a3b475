//! Tokens of IAM, the identity service: Keystone v3 is asked, and what it says is remembered for a while.

mod cache;
mod client;
mod error;
mod key;
mod observer;
mod options;
mod peers;
mod response;
mod sign_in;
mod single_flight;
#[cfg(test)]
mod tests;
mod verdict;

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use deskledger_domain::{Clock, Principal};
use deskledger_limiter::{Kind, Limiter, Refusal, Watched};
use tokio::sync::Semaphore;
use tokio::time::sleep;
use ureq::http::HeaderValue;

use self::cache::TokenCache;
use self::client::IamClient;
pub use self::error::IamError;
use self::key::{TokenHasher, TokenKey};
pub use self::observer::IamObserver;
pub use self::options::IamOptions;
use self::peers::{Asker, NOWHERE, Peers};
pub use self::sign_in::PasswordLogin;
use self::single_flight::SingleFlight;
use self::verdict::{Finding, Verdict};
use crate::error::{IdentityError, IdentityErrorKind};
use crate::token::{TokenHash, TokenVerifier, Verification, invalid_token};

/// How long a refusal of IAM is held back from a peer that brings little else, while others wait for IAM. So a client that comes
/// again with another token, as soon as one was refused, takes little from those behind the same address.
const HOLD_BACK: Duration = Duration::from_secs(10);

/// How many refusals are held back at once. What is beyond them is answered at once.
const HELD_BACK: usize = 512;

/// Questions to IAM.
const QUESTIONS: Kind = Kind {
    name: "iam_questions",
    shared_by: "peer",
};

/// Says how many peers are suspects now.
pub type CountSuspects = Box<dyn Fn() -> usize + Send + Sync>;

/// Tokens that IAM knows.
pub struct IamTokens {
    hasher: TokenHasher,
    single_flight: SingleFlight<TokenKey, Finding>,
    questions: Arc<Questions>,
    held_back: Semaphore,
    retry_after: Duration,
}

/// What a question needs. A question goes on after the caller that asked it has left.
struct Questions {
    client: IamClient,
    cache: TokenCache,
    /// Whose turn it is.
    limiter: Limiter<Asker>,
    peers: Arc<Peers>,
    clock: Clock,
    observer: Arc<dyn IamObserver>,
}

impl IamTokens {
    /// The tokens of a service. `observer` counts what is asked.
    ///
    /// # Errors
    /// When the system has no random bytes.
    pub fn new(
        options: &IamOptions,
        clock: Clock,
        observer: Arc<dyn IamObserver>,
    ) -> io::Result<Self> {
        Ok(Self {
            hasher: TokenHasher::new()?,
            single_flight: SingleFlight::new(),
            questions: Arc::new(Questions {
                client: IamClient::new(options),
                cache: TokenCache::new(options, Arc::clone(&observer)),
                limiter: Limiter::new(QUESTIONS, options.limits()),
                peers: Arc::new(Peers::new()),
                clock,
                observer,
            }),
            held_back: Semaphore::new(HELD_BACK),
            retry_after: options.failure_cache_time,
        })
    }

    /// What the metrics read: how many questions run and wait, and how many peers are suspects.
    pub fn watched(&self) -> (Box<dyn Watched>, CountSuspects) {
        let peers = Arc::clone(&self.questions.peers);
        let limiter = self.questions.limiter.clone();
        (Box::new(limiter), Box::new(move || peers.suspects()))
    }

    async fn principal(&self, token: &[u8], peer: IpAddr) -> Result<Principal, IdentityError> {
        let token = header_value(token).ok_or_else(invalid_token)?;
        match self.find(token, peer).await {
            Finding::Valid(grant) => grant.principal.clone().ok_or_else(no_project),
            Finding::Expired => Err(IdentityError::refused(
                IdentityErrorKind::TokenExpired,
                "the token in the header X-Auth-Token has expired: ask IAM for a new one",
            )),
            Finding::Refused => Err(invalid_token()),
            Finding::NotAsked(refusal) => Err(self.not_asked(refusal)),
            Finding::Unknown(error) => Err(IdentityError::refused_for(
                IdentityErrorKind::IamUnavailable,
                "the identity service is unavailable, so the token cannot be checked: try again later",
                self.retry_after,
                Some(Box::new(error)),
            )),
        }
    }

    fn not_asked(&self, refusal: Refusal) -> IdentityError {
        let (kind, message) = match refusal {
            Refusal::Share(_) => (
                IdentityErrorKind::TooManyRequests,
                "the address of this client has as many unknown tokens waiting for the identity service as it may: try again later",
            ),
            Refusal::Process(_) => (
                IdentityErrorKind::IamUnavailable,
                "too many tokens wait for the identity service: try again later",
            ),
        };
        let retry_after = self.retry_after.max(Duration::from_secs(1));
        IdentityError::refused_for(kind, message, retry_after, None)
    }

    async fn find(&self, token: HeaderValue, peer: IpAddr) -> Finding {
        let key = self.hasher.key(token.as_bytes());
        let questions = &self.questions;
        let known = || questions.known(&key);
        let finding = if let Some(finding) = known() {
            questions.observer.count_token("hit");
            finding
        } else {
            questions.observer.count_token("miss");
            let ask = || Arc::clone(questions).ask(key, token, peer);
            let finding = self.single_flight.join(key, known, ask).await;
            if let Some(Finding::Refused) = finding {
                self.hold_back(peer).await;
            }
            finding.unwrap_or_else(|| Finding::Unknown(Arc::new(IamError::BrokenOff)))
        };
        if let Finding::Valid(_) = finding {
            questions.peers.brought_good(peer);
        }
        finding
    }

    /// Slows a peer down that brings little but refused tokens, where that helps others.
    async fn hold_back(&self, peer: IpAddr) {
        let questions = &self.questions;
        if questions.limiter.somebody_waits()
            && questions.peers.is_slowed_down(peer)
            && let Ok(_held) = self.held_back.try_acquire()
        {
            sleep(HOLD_BACK).await;
        }
    }
}

impl TokenVerifier for IamTokens {
    fn verify<'a>(&'a self, token: &'a [u8], peer: Option<IpAddr>) -> Verification<'a> {
        Box::pin(self.principal(token, peer.unwrap_or(NOWHERE)))
    }

    fn known(&self, _: &TokenHash) -> Option<Principal> {
        None
    }
}

impl Questions {
    fn known(&self, key: &TokenKey) -> Option<Finding> {
        self.cache.find(key, self.clock.now())
    }

    async fn ask(self: Arc<Self>, key: TokenKey, token: HeaderValue, peer: IpAddr) -> Finding {
        let is_known = self.cache.knows(&key);
        let share = if is_known {
            Asker::KnownToken
        } else {
            self.peers.asker(peer)
        };
        let permit = match self.limiter.acquire(&share).await {
            Ok(permit) => permit,
            Err(refusal) => {
                self.observer.count_request("busy");
                if !is_known {
                    return Finding::NotAsked(refusal);
                }
                let now = self.clock.now();
                return self.cache.keep(key, Err(IamError::Busy), now, now);
            }
        };
        let asked = self.clock.now();
        let answer = self.answer(token).await;
        drop(permit);
        if let Ok(Verdict::Refused) = answer
            && !is_known
        {
            self.peers.brought_refused(peer);
        }
        self.cache.keep(key, answer, asked, self.clock.now())
    }

    async fn answer(&self, token: HeaderValue) -> Result<Verdict, IamError> {
        let client = self.client.clone();
        let began = Instant::now();
        let answer = tokio::task::spawn_blocking(move || client.ask(&token))
            .await
            .unwrap_or(Err(IamError::BrokenOff));
        self.observer.observe_request(began.elapsed());
        self.observer.count_request(match &answer {
            Ok(Verdict::Valid(_)) => "valid",
            Ok(Verdict::Refused) => "refused",
            Err(_) => "failed",
        });
        answer
    }
}

/// A token as it is sent to IAM, where it can be one: a text of visible ASCII characters.
fn header_value(token: &[u8]) -> Option<HeaderValue> {
    if token.is_empty() || !token.iter().all(u8::is_ascii_graphic) {
        return None;
    }
    let mut value = HeaderValue::from_bytes(token).ok()?;
    // It is not shown by `Debug`.
    value.set_sensitive(true);
    Some(value)
}

fn no_project() -> IdentityError {
    IdentityError::refused(
        IdentityErrorKind::NoProject,
        "the token in the header X-Auth-Token is for no project: ask IAM for one of the project in the path",
    )
}
