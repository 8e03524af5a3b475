use std::sync::Arc;

use deskledger_domain::Principal;

use crate::access_key::{self, AUTHORIZATION, BodyProof, SentBody, SignatureVerifier};
use crate::error::IdentityError;
use crate::request::{Header, Request};
use crate::token::TokenVerifier;

/// The header of a token (`contract.md` §4), in lower case.
pub const AUTH_TOKEN: &str = "x-auth-token";

/// Turns the credentials of a request into the principal that they stand for.
pub struct Authenticator {
    tokens: Arc<dyn TokenVerifier>,
    signatures: SignatureVerifier,
}

impl Authenticator {
    /// An authenticator that takes what `tokens` and `signatures` say is valid.
    pub fn new(tokens: Arc<dyn TokenVerifier>, signatures: SignatureVerifier) -> Self {
        Self { tokens, signatures }
    }

    /// Refuses a signed request of which the head says already that its signature will not do.
    ///
    /// # Errors
    /// As [`Authenticator::authenticate`].
    pub async fn check_head(&self, request: &impl Request) -> Result<(), IdentityError> {
        self.signatures.check_head(request).await
    }

    /// The principal that the credentials of a request stand for. A signature covers the body.
    ///
    /// A request that is signed is judged by its signature, whatever token it also carries.
    ///
    /// # Errors
    /// When there are no credentials, or they are not valid (401), or they are for no project (403). When too many were
    /// wrong, or too many are to be checked for this address (429). When that cannot be found out (503).
    pub async fn authenticate(
        &self,
        request: &impl Request,
        body: SentBody<'_>,
    ) -> Result<Principal, IdentityError> {
        if is_signed(request) {
            self.signatures.verify(request, body).await
        } else {
            self.tokens.verify(token(request)?, request.peer()).await
        }
    }
}

/// What proves, by the head of a request, that its body comes from the principal of its credentials. A token does not
/// prove a body.
///
/// # Errors
/// When the head says it in no way that there is (401).
pub fn body_proof(request: &impl Request) -> Result<BodyProof, IdentityError> {
    if is_signed(request) {
        access_key::body_proof(request)
    } else {
        Ok(BodyProof::None)
    }
}

/// Whether a request is judged by its signature.
fn is_signed(request: &impl Request) -> bool {
    request.header(AUTHORIZATION) != Header::Missing
}

/// The one token of a request.
fn token(request: &impl Request) -> Result<&[u8], IdentityError> {
    match request.header(AUTH_TOKEN) {
        Header::One(token) => Ok(token),
        Header::Missing | Header::Repeated => Err(IdentityError::unauthenticated(
            "send one token in the header X-Auth-Token, or sign the request with an access key",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::tests::TestRequest;

    #[test]
    fn one_token_is_taken_and_none_or_two_are_refused() {
        let sent = |tokens: &[&'static str]| {
            let request = tokens.iter().fold(TestRequest::get(), |request, token| {
                request.append_header(("X-Auth-Token", token))
            });
            token(&request).map(<[u8]>::to_vec).ok()
        };
        assert_eq!(sent(&["foo"]), Some(b"foo".to_vec()));
        assert_eq!(sent(&[]), None);
        assert_eq!(sent(&["foo", "foo"]), None);
    }
}
