//! Who asks: credentials in, a [`Principal`] out.

mod access_key;
mod iam;
mod token;

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use deskledger_domain::{Clock, Principal};

#[cfg(feature = "fuzzing")]
pub(crate) use self::access_key::canonical_form;
pub(crate) use self::access_key::{
    BodyProof, KeyRing, SentBody, SignatureVerifier, is_access_key_id,
};
pub use self::access_key::{GeneratedAccessKey, SecretSealer};
pub(crate) use self::iam::IamTokens;
use self::token::StaticTokensOr;
pub(crate) use self::token::{StaticTokens, TokenHash, TokenVerifier};
use crate::application::StartError;
use crate::connection::ConnectionControl;
use crate::error::{ApiError, ErrorCode};
use crate::header::AUTH_TOKEN;
use crate::metrics::Metrics;
use crate::settings::{IdentitySettings, SettingsError};

/// What asks IAM, where the settings name one.
///
/// # Errors
/// When a setting is wrong, or the system has no random bytes.
pub(crate) fn iam(
    settings: &IdentitySettings,
    clock: &Clock,
    metrics: &Metrics,
) -> Result<Option<Arc<IamTokens>>, StartError> {
    if !settings.iam.is_configured() {
        return Ok(None);
    }
    if settings.iam.is_in_the_clear() {
        tracing::warn!(
            "tokens go to IAM in the clear: identity.iam.url should begin with https://"
        );
    }
    let iam = IamTokens::new(&settings.iam, clock.clone(), metrics.clone())?;
    Ok(Some(Arc::new(iam)))
}

/// Who says which tokens are valid: the settings, and for tokens that they do not know IAM, where there is one.
///
/// # Errors
/// When a setting is wrong.
pub(crate) fn tokens(
    settings: &IdentitySettings,
    iam: Option<&Arc<IamTokens>>,
) -> Result<Arc<dyn TokenVerifier>, SettingsError> {
    let known = settings.static_tokens()?;
    Ok(match iam {
        None => Arc::new(known),
        Some(iam) => Arc::new(StaticTokensOr::new(known, Arc::clone(iam))),
    })
}

/// Turns the credentials of a request into the principal that they stand for.
pub(crate) struct Authenticator {
    tokens: Arc<dyn TokenVerifier>,
    signatures: SignatureVerifier,
}

impl Authenticator {
    /// An authenticator that takes what `tokens` and `signatures` say is valid.
    pub(crate) fn new(tokens: Arc<dyn TokenVerifier>, signatures: SignatureVerifier) -> Self {
        Self { tokens, signatures }
    }

    /// Refuses a signed request of which the head says already that its signature will not do.
    ///
    /// # Errors
    /// As [`Authenticator::authenticate`].
    pub(crate) async fn check_head(&self, request: &HttpRequest) -> Result<(), ApiError> {
        self.signatures.check_head(request).await
    }

    /// The principal that the credentials of a request stand for. A signature covers the body.
    ///
    /// A request that is signed is judged by its signature, whatever token it also carries.
    ///
    /// # Errors
    /// When there are no credentials, or they are not valid (401), or they are for no project (403). When too many were
    /// wrong, or too many are to be checked for this address (429). When that cannot be found out (503).
    pub(crate) async fn authenticate(
        &self,
        request: &HttpRequest,
        body: SentBody<'_>,
    ) -> Result<Principal, ApiError> {
        let headers = request.headers();
        if headers.contains_key(AUTHORIZATION) {
            self.signatures.verify(request, body).await
        } else {
            let peer = ConnectionControl::client_of(request);
            self.tokens.verify(token(headers)?, peer).await
        }
    }
}

/// What proves, by the head of a request, that its body comes from the principal of its credentials. A token does not
/// prove a body.
///
/// # Errors
/// When the head says it in no way that there is (401).
pub(crate) fn body_proof(request: &HttpRequest) -> Result<BodyProof, ApiError> {
    if request.headers().contains_key(AUTHORIZATION) {
        access_key::body_proof(request)
    } else {
        Ok(BodyProof::None)
    }
}

/// The one token of a request.
fn token(headers: &HeaderMap) -> Result<&[u8], ApiError> {
    let mut tokens = headers.get_all(AUTH_TOKEN);
    match (tokens.next(), tokens.next()) {
        (Some(token), None) => Ok(token.as_bytes()),
        _ => Err(unauthenticated(
            "send one token in the header X-Auth-Token, or sign the request with an access key",
        )),
    }
}

fn unauthenticated(message: &str) -> ApiError {
    ApiError::new(ErrorCode::Unauthenticated, message)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn one_token_is_taken_and_none_or_two_are_refused() {
        let sent = |tokens: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for token in tokens {
                headers.append(AUTH_TOKEN, HeaderValue::from_static(token));
            }
            token(&headers).map(<[u8]>::to_vec).ok()
        };
        assert_eq!(sent(&["foo"]), Some(b"foo".to_vec()));
        assert_eq!(sent(&[]), None);
        assert_eq!(sent(&["foo", "foo"]), None);
    }
}
