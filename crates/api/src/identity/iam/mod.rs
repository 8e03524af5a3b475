//! Tokens of IAM, the identity service: Keystone v3 is asked, and what it says is remembered for a while.

mod cache;
mod client;
mod error;
mod flight;
mod key;
mod response;
#[cfg(test)]
mod tests;
mod verdict;

use std::sync::Arc;
use std::time::{Duration, Instant};

use deskledger_domain::{Clock, Principal};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use ureq::http::HeaderValue;

use self::cache::TokenCache;
use self::client::IamClient;
use self::error::IamError;
use self::flight::SingleFlight;
use self::key::{TokenHasher, TokenKey};
use self::verdict::{Finding, Verdict};
use super::token::{TokenVerifier, Verification, invalid_token};
use crate::application::StartError;
use crate::error::{ApiError, ErrorCode};
use crate::metrics::Metrics;
use crate::settings::IamSettings;

/// Tokens that IAM knows.
pub(crate) struct IamTokens {
    hasher: TokenHasher,
    flights: SingleFlight<TokenKey, Finding>,
    questions: Arc<Questions>,
    retry_after: Duration,
}

/// What a question needs, which goes on without whoever asked it.
struct Questions {
    client: IamClient,
    cache: TokenCache,
    /// How many may be under way.
    places: Semaphore,
    /// How long one may wait for a place.
    patience: Duration,
    clock: Clock,
    metrics: Metrics,
}

impl IamTokens {
    /// The tokens of the service that the settings name.
    ///
    /// # Errors
    /// When they name none or certificates that cannot be read, or the system has no random bytes.
    pub(crate) fn new(
        settings: &IamSettings,
        clock: Clock,
        metrics: Metrics,
    ) -> Result<Self, StartError> {
        Ok(Self {
            hasher: TokenHasher::new().map_err(|error| StartError::Random(error.into()))?,
            flights: SingleFlight::new(),
            questions: Arc::new(Questions {
                client: IamClient::new(settings)?,
                cache: TokenCache::new(settings, metrics.clone()),
                places: Semaphore::new(settings.requests as usize),
                patience: settings.request_timeout(),
                clock,
                metrics,
            }),
            retry_after: Duration::from_secs(settings.failure_cache_seconds.into()),
        })
    }

    async fn principal(&self, token: &[u8]) -> Result<Principal, ApiError> {
        let token = header_value(token).ok_or_else(invalid_token)?;
        match self.find(token).await {
            Finding::Valid(grant) => grant.principal.clone().ok_or_else(no_project),
            Finding::Expired => Err(ApiError::new(
                ErrorCode::TokenExpired,
                "the token in the header X-Auth-Token has expired: ask IAM for a new one",
            )),
            Finding::Refused => Err(invalid_token()),
            Finding::Unknown(error) => Err(ApiError::new(
                ErrorCode::IamUnavailable,
                "the identity service is away, so the token cannot be checked: try again later",
            )
            .with_retry_after(self.retry_after)
            .with_cause(error)),
        }
    }

    async fn find(&self, token: HeaderValue) -> Finding {
        let key = self.hasher.key(token.as_bytes());
        let known = || self.questions.known(&key);
        let operation = self.questions.metrics.operation();
        if let Some(finding) = known() {
            operation.count_iam_token("hit");
            return finding;
        }
        operation.count_iam_token("miss");
        let ask = || Arc::clone(&self.questions).ask(key, token);
        let finding = self.flights.join(key, known, ask).await;
        finding.unwrap_or_else(|| Finding::Unknown(Arc::new(IamError::BrokenOff)))
    }
}

impl TokenVerifier for IamTokens {
    fn verify<'a>(&'a self, token: &'a [u8]) -> Verification<'a> {
        Box::pin(self.principal(token))
    }
}

impl Questions {
    fn known(&self, key: &TokenKey) -> Option<Finding> {
        self.cache.find(key, self.clock.now())
    }

    async fn ask(self: Arc<Self>, key: TokenKey, token: HeaderValue) -> Finding {
        let asked = self.clock.now();
        let answer = self.answer(token).await;
        self.cache.keep(key, answer, asked, self.clock.now())
    }

    async fn answer(&self, token: HeaderValue) -> Result<Verdict, IamError> {
        let operation = self.metrics.operation();
        let Ok(Ok(_place)) = timeout(self.patience, self.places.acquire()).await else {
            operation.count_iam_request("busy");
            return Err(IamError::Busy);
        };
        let client = self.client.clone();
        let began = Instant::now();
        let answer = tokio::task::spawn_blocking(move || client.ask(&token))
            .await
            .unwrap_or(Err(IamError::BrokenOff));
        operation.iam_seconds.observe(began.elapsed().as_secs_f64());
        operation.count_iam_request(match &answer {
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

fn no_project() -> ApiError {
    ApiError::new(
        ErrorCode::Forbidden,
        "the token in the header X-Auth-Token is for no project: ask IAM for one of the project in the path",
    )
}
