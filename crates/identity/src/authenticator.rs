use std::sync::Arc;

use deskledger_domain::{CredentialKind, Principal};

use crate::Proof;
use crate::access_key::{self, AUTHORIZATION, AccessKeys, BodyProof, SentBody, SignatureVerifier};
use crate::error::{IdentityError, IdentityErrorKind};
use crate::request::{Header, Request};
use crate::session::{ActiveSession, Sessions};
use crate::token::{TokenHash, TokenVerifier};

/// The header of a token (`contract.md` §4), in lower case.
pub const AUTH_TOKEN: &str = "x-auth-token";

/// Turns the credentials of a request into the principal that they stand for.
pub struct Authenticator {
    tokens: Arc<dyn TokenVerifier>,
    signatures: SignatureVerifier,
    sessions: Option<Sessions>,
}

/// Who sent a request, and how that is known.
#[derive(Clone, Debug)]
pub struct Authenticated {
    /// Who sent it.
    pub principal: Principal,
    /// With what they proved it.
    pub credential: CredentialKind,
    /// Their session, where that proved it.
    pub session: Option<Arc<ActiveSession>>,
}

impl Authenticator {
    /// An authenticator that takes what `tokens` and `signatures` say is valid, and the cookies of `sessions`.
    pub fn new(
        tokens: Arc<dyn TokenVerifier>,
        signatures: SignatureVerifier,
        sessions: Option<Sessions>,
    ) -> Self {
        Self {
            tokens,
            signatures,
            sessions,
        }
    }

    /// Refuses a signed request of which the head says already that its signature will not do.
    ///
    /// # Errors
    /// As [`Authenticator::authenticate`].
    pub async fn check_head(&self, request: &impl Request) -> Result<(), IdentityError> {
        self.signatures.check_head(request).await
    }

    /// Who sent a request, by its credentials. A signature covers the body.
    ///
    /// A request that is signed is judged by its signature, whatever token it also carries. The cookie of a session counts where
    /// there are no other credentials.
    ///
    /// # Errors
    /// When there are no credentials, or they are not valid (401), or they are for no project (403). When a cookie comes with what
    /// no page of ours asks for (403). When too many were wrong, or too many are to be checked for this address (429). When that
    /// cannot be found out (503).
    pub async fn authenticate(
        &self,
        request: &impl Request,
        body: SentBody<'_>,
    ) -> Result<Authenticated, IdentityError> {
        if is_signed(request) {
            return Ok(Authenticated {
                principal: self.signatures.verify(request, body).await?,
                credential: CredentialKind::AccessKey,
                session: None,
            });
        }
        if let Some(sessions) = self.sessions_of(request) {
            let session = sessions.authenticate(request, self.tokens.as_ref()).await?;
            return Ok(Authenticated {
                principal: session.principal().clone(),
                credential: CredentialKind::Session,
                session: Some(Arc::new(session)),
            });
        }
        Ok(Authenticated {
            principal: self.tokens.verify(token(request)?, request.peer()).await?,
            credential: CredentialKind::Token,
            session: None,
        })
    }

    /// The session of a request, whatever else it carries.
    ///
    /// # Errors
    /// When it has none, or it is over (401), and as [`Authenticator::authenticate`].
    pub async fn session(&self, request: &impl Request) -> Result<ActiveSession, IdentityError> {
        let sessions = self.sessions_of(request);
        let sessions = sessions.ok_or_else(|| {
            IdentityError::refused(
                IdentityErrorKind::NoSession,
                "this is for requests with the cookie of a session and without other credentials: sign in",
            )
        })?;
        sessions.authenticate(request, self.tokens.as_ref()).await
    }

    /// The sessions, where a request is judged by its cookie.
    fn sessions_of(&self, request: &impl Request) -> Option<&Sessions> {
        let has_others = is_signed(request) || request.header(AUTH_TOKEN) != Header::Missing;
        let sessions = self.sessions.as_ref().filter(|_| !has_others)?;
        sessions.are_named_by(request).then_some(sessions)
    }
}

impl Authenticator {
    /// The access keys of the database, for those who manage them.
    ///
    /// # Errors
    /// When there is nothing to seal secrets with (404).
    pub fn access_keys(&self) -> Result<AccessKeys<'_>, IdentityError> {
        self.signatures.access_keys()
    }

    /// With what a request, which was found to be valid, proved who sent it.
    pub fn proof(&self, request: &impl Request) -> Proof {
        if let Some(id) = access_key::access_key_id(request) {
            return Proof::AccessKey(id.to_owned());
        }
        let hash = token(request).map(TokenHash::of).ok();
        match hash.filter(|hash| self.tokens.known(hash).is_some()) {
            Some(hash) => Proof::KnownToken(hash.to_hex()),
            None => Proof::Token,
        }
    }

    /// Whom a proof stands for now: `then`, where its principal is known by IAM alone or by a session; `None` where it is no longer
    /// valid.
    ///
    /// # Errors
    /// When that cannot be found out (503).
    pub async fn recall(
        &self,
        proof: &Proof,
        then: Principal,
    ) -> Result<Option<Principal>, IdentityError> {
        match proof {
            Proof::AccessKey(id) => self.signatures.principal(id).await,
            Proof::KnownToken(hex) => {
                let hash = TokenHash::from_hex(hex);
                Ok(hash.and_then(|hash| self.tokens.known(&hash)))
            }
            Proof::Token | Proof::Session => Ok(Some(then)),
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
