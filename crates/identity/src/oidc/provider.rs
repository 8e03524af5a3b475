//! What is known of a provider: where it is asked for what, and by which keys it signs.

use std::sync::Arc;
use std::time::Duration;

use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType,
    CoreJsonWebKey, CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm, CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::{
    AdditionalProviderMetadata, DiscoveryError, HttpRequest, IssuerUrl, ProviderMetadata,
};
use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, Semaphore};
use tokio::time::{Instant, timeout};

use super::OidcError;
use super::http::HttpClient;

/// How long what is known of a provider is used before it is asked again.
const MAX_AGE: Duration = Duration::from_secs(60 * 60);

/// How long nothing is asked again of a provider that did not answer.
pub(super) const FAILURE_TIME: Duration = Duration::from_secs(5);

/// How often its keys are asked for again at most, because it signed with one that is not known.
const KEY_INTERVAL: Duration = Duration::from_secs(60);

/// Questions that may be under way at once. Each holds a thread.
const AT_ONCE: usize = 16;

/// What a provider says of itself beside what all of them say.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct OtherMetadata {
    /// Whether it always says who it is when it leads a browser back (RFC 9207 §3).
    #[serde(default, rename = "authorization_response_iss_parameter_supported")]
    pub(super) names_itself: bool,
}

impl AdditionalProviderMetadata for OtherMetadata {}

/// What a provider says of itself.
pub(super) type Metadata = ProviderMetadata<
    OtherMetadata,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// A provider.
pub(super) struct Provider {
    issuer: IssuerUrl,
    client: HttpClient,
    known: Mutex<Known>,
    questions: Arc<Semaphore>,
    request_timeout: Duration,
}

#[derive(Default)]
struct Known {
    metadata: Option<(Arc<Metadata>, Instant)>,
    failed_at: Option<Instant>,
    keys_asked_at: Option<Instant>,
}

impl Provider {
    pub(super) fn new(issuer: IssuerUrl, client: HttpClient, request_timeout: Duration) -> Self {
        Self {
            issuer,
            client,
            known: Mutex::default(),
            questions: Arc::new(Semaphore::new(AT_ONCE)),
            request_timeout,
        }
    }

    /// What the provider says of itself, from an hour ago at most. Those who ask at once wait for one answer.
    ///
    /// # Errors
    /// When it does not say.
    pub(super) async fn metadata(&self) -> Result<Arc<Metadata>, OidcError> {
        let mut known = self.known.lock().await;
        if let Some((metadata, read_at)) = &known.metadata
            && read_at.elapsed() < MAX_AGE
        {
            return Ok(Arc::clone(metadata));
        }
        let failed_at = known.failed_at;
        if failed_at.is_some_and(|failed_at| failed_at.elapsed() < FAILURE_TIME) {
            return Err(OidcError::FailedBefore);
        }
        let issuer = self.issuer.clone();
        let asked = self.ask(move |client| {
            let send = |request: HttpRequest| client.send(request);
            Metadata::discover(&issuer, &send)
                .map_err(|error| of_discovery(error, "description of itself"))
        });
        match asked.await {
            Ok(metadata) => {
                let metadata = Arc::new(metadata);
                known.metadata = Some((Arc::clone(&metadata), Instant::now()));
                Ok(metadata)
            }
            Err(error) => {
                known.failed_at = Some(Instant::now());
                Err(error)
            }
        }
    }

    /// What the provider says of itself, with keys that it may have since `old`; `None` where they were asked for just now.
    ///
    /// # Errors
    /// When it does not say.
    pub(super) async fn with_new_keys(
        &self,
        old: &Arc<Metadata>,
    ) -> Result<Option<Arc<Metadata>>, OidcError> {
        let mut known = self.known.lock().await;
        if let Some((metadata, _)) = &known.metadata
            && !Arc::ptr_eq(metadata, old)
        {
            return Ok(Some(Arc::clone(metadata)));
        }
        let asked_at = known.keys_asked_at;
        if asked_at.is_some_and(|asked_at| asked_at.elapsed() < KEY_INTERVAL) {
            return Ok(None);
        }
        known.keys_asked_at = Some(Instant::now());
        let url = old.jwks_uri().clone();
        let asked = self.ask(move |client| {
            let send = |request: HttpRequest| client.send(request);
            CoreJsonWebKeySet::fetch(&url, &send).map_err(|error| of_discovery(error, "keys"))
        });
        let metadata = Arc::new((**old).clone().set_jwks(asked.await?));
        if let Some((known, _)) = &mut known.metadata {
            *known = Arc::clone(&metadata);
        }
        Ok(Some(metadata))
    }

    /// Asks the provider something on a thread that may block, in turn.
    ///
    /// # Errors
    /// When it does not say, or too many ask it.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&HttpClient) -> Result<T, OidcError> + Send + 'static,
    ) -> Result<T, OidcError> {
        let permit = Arc::clone(&self.questions).acquire_owned();
        let permit = timeout(self.request_timeout, permit).await;
        let Ok(Ok(permit)) = permit else {
            return Err(OidcError::Busy);
        };
        let client = self.client.clone();
        let answer = tokio::task::spawn_blocking(move || {
            let answer = question(&client);
            drop(permit);
            answer
        });
        answer.await.unwrap_or(Err(OidcError::BrokenOff))
    }
}

/// The error of a library without what the provider sent.
fn of_discovery(error: DiscoveryError<OidcError>, what: &'static str) -> OidcError {
    match error {
        DiscoveryError::Request(error) => error,
        DiscoveryError::Response(status, ..) if !status.is_success() => {
            OidcError::Status(status.as_u16())
        }
        DiscoveryError::Parse(error) => {
            let inner = error.inner();
            let (line, column) = (inner.line(), inner.column());
            let reason = format!("{}, line {line}, column {column}", error.path());
            OidcError::Answer { what, reason }
        }
        DiscoveryError::Validation(reason) => OidcError::Answer { what, reason },
        _ => OidcError::Answer {
            what,
            reason: "it is not JSON".to_owned(),
        },
    }
}
