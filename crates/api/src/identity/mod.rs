//! Who asks: credentials in, a [`Principal`] out.

mod access_key;
mod token;

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use deskledger_domain::Principal;

pub use self::access_key::{GeneratedAccessKey, SealError, SecretSealer};
pub(crate) use self::access_key::{KeyRing, SignatureVerifier, is_access_key_id};
pub(crate) use self::token::{StaticTokens, TokenHash, TokenVerifier};
use crate::error::{ApiError, ErrorCode};
use crate::header::{AUTH_TOKEN, PROJECT_ID};

/// Turns the credentials of a request into whoever they stand for.
pub(crate) struct Authenticator {
    tokens: Arc<dyn TokenVerifier>,
    signatures: SignatureVerifier,
}

impl Authenticator {
    /// An authenticator that takes what `tokens` and `signatures` say is valid.
    pub(crate) fn new(tokens: Arc<dyn TokenVerifier>, signatures: SignatureVerifier) -> Self {
        Self { tokens, signatures }
    }

    /// Whoever the credentials of a request stand for. `body` is its whole body, which a signature covers.
    ///
    /// A request that is signed is judged by its signature, whatever token it also carries.
    ///
    /// # Errors
    /// When there are none, or they are not valid (401); when they are for another project than the one that
    /// `X-Project-Id` names (403); when too many were wrong (429); when that cannot be found out (503).
    pub(crate) async fn authenticate(
        &self,
        request: &HttpRequest,
        body: &[u8],
    ) -> Result<Principal, ApiError> {
        let headers = request.headers();
        let principal = if headers.contains_key(AUTHORIZATION) {
            self.signatures.verify(request, body).await?
        } else {
            self.tokens.verify(token(headers)?).await?
        };
        check_project(headers, &principal)?;
        Ok(principal)
    }
}

/// Checks that `X-Project-Id`, where it is sent, names the project of the credentials, which the policy compares with
/// that of the path.
fn check_project(headers: &HeaderMap, principal: &Principal) -> Result<(), ApiError> {
    let project = principal.project_id().as_str().as_bytes();
    if headers
        .get_all(PROJECT_ID)
        .all(|named| named.as_bytes() == project)
    {
        return Ok(());
    }
    Err(ApiError::new(
        ErrorCode::Forbidden,
        "the header X-Project-Id names another project than the one that the credentials are for",
    ))
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
    use deskledger_domain::ProjectId;

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

    #[test]
    fn a_project_that_is_named_must_be_that_of_the_credentials() {
        let ann = Principal::new("ann", ProjectId::new("项1").unwrap(), ["te_admin"]);
        let allowed = |named: &[&str]| {
            let mut headers = HeaderMap::new();
            for project in named {
                headers.append(
                    PROJECT_ID,
                    HeaderValue::from_bytes(project.as_bytes()).unwrap(),
                );
            }
            check_project(&headers, &ann).is_ok()
        };
        assert!(allowed(&[]));
        assert!(allowed(&["项1"]));
        for other in [&["p2"][..], &[""], &["项"], &["项1", "p2"]] {
            assert!(!allowed(other), "{other:?}");
        }
    }
}
