//! Access keys: requests signed with `SDK-HMAC-SHA256`, as the vendor's SDKs sign them (`contract.md` §7).

mod authorization;
mod canonical;
mod generate;
mod key_ring;
mod refusal;
mod seal;
mod signature;
mod slowdown;
mod stored_key;

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;
use deskledger_domain::{Clock, Principal};

pub(crate) use self::authorization::is_access_key_id;
pub(crate) use self::canonical::{BodyProof, SentBody};
pub use self::generate::GeneratedAccessKey;
pub(crate) use self::key_ring::KeyRing;
pub use self::seal::SecretSealer;

use self::authorization::Authorization;
use self::canonical::the_one;
use self::key_ring::AccessKey;
use self::refusal::Refusal;
use self::slowdown::Slowdown;
use crate::error::ApiError;
use crate::header::SDK_DATE;

/// Says whom the signature of a request stands for.
#[derive(Clone)]
pub(crate) struct SignatureVerifier {
    keys: Arc<KeyRing>,
    slowdown: Arc<Slowdown>,
    clock: Clock,
}

impl SignatureVerifier {
    /// A verifier that knows these keys.
    pub(crate) fn new(keys: KeyRing, clock: Clock) -> Self {
        Self {
            keys: Arc::new(keys),
            slowdown: Arc::default(),
            clock,
        }
    }

    /// A verifier that knows other keys, and counts wrong signatures together with this one.
    #[must_use]
    pub(crate) fn with_keys(&self, keys: KeyRing) -> Self {
        Self {
            keys: Arc::new(keys),
            ..self.clone()
        }
    }

    /// Refuses a request whose head says already that its signature will not do, so that nobody unknown makes the service
    /// read a body.
    ///
    /// # Errors
    /// When the key is not known, or something of the head is missing, old or malformed (401); when the keys cannot be read
    /// (503).
    pub(crate) async fn check_head(&self, request: &HttpRequest) -> Result<(), ApiError> {
        self.read(request, SentBody::Whole(b"")).await.map(|_| ())
    }

    /// The principal whose access key signed the request.
    ///
    /// A request may come again as long as its time is near enough: see `docs/decisions/0015-signatures.md`.
    ///
    /// # Errors
    /// When the signature is not the one of this request, or the key is not known (401); when wrong ones come too
    /// often (429); when the keys cannot be read (503).
    pub(crate) async fn verify(
        &self,
        request: &HttpRequest,
        body: SentBody<'_>,
    ) -> Result<Principal, ApiError> {
        let signed = self.read(request, body).await?;
        let Signed {
            key, authorization, ..
        } = &signed;
        if signature::verify(
            key.secret(),
            signed.date,
            &signed.canonical,
            &authorization.signature,
        ) {
            return Ok(key.principal().clone());
        }
        Err(match self.slowdown.wrong(authorization.access_key_id) {
            Ok(()) => Refusal::WrongSignature,
            Err(retry_after) => Refusal::TooManyWrong { retry_after },
        }
        .into())
    }

    /// What a request says of its signature, and the key that is to have made it.
    async fn read<'a>(
        &self,
        request: &'a HttpRequest,
        body: SentBody<'_>,
    ) -> Result<Signed<'a>, ApiError> {
        let authorization = authorization(request)?;
        let date = text(request, SDK_DATE.as_str())?
            .filter(|_| authorization.signed_headers.contains(SDK_DATE.as_str()))
            .ok_or(Refusal::NoTime)?;
        signature::check_time(date, self.clock.now())?;
        let canonical = canonical::request(request, &authorization.signed_headers, body)?;
        let key = self.keys.find(authorization.access_key_id).await?;
        Ok(Signed {
            key: key.ok_or(Refusal::UnknownKey)?,
            authorization,
            date,
            canonical,
        })
    }
}

/// A request whose signature is to be looked at.
struct Signed<'a> {
    key: Arc<AccessKey>,
    authorization: Authorization<'a>,
    date: &'a str,
    canonical: Vec<u8>,
}

/// What proves the body of a signed request, by its head.
///
/// # Errors
/// When the head says it in no way that there is, or is that of no signed request (401).
pub(super) fn body_proof(request: &HttpRequest) -> Result<BodyProof, ApiError> {
    authorization(request)?;
    Ok(canonical::body_proof(request.headers())?)
}

/// What a signed request with an empty body covers.
#[cfg(feature = "fuzzing")]
pub(crate) fn canonical_form(request: &HttpRequest) -> Option<Vec<u8>> {
    let authorization = authorization(request).ok()?;
    canonical::request(request, &authorization.signed_headers, SentBody::Whole(b"")).ok()
}

/// What the header `Authorization` says.
fn authorization(request: &HttpRequest) -> Result<Authorization<'_>, Refusal> {
    let header = text(request, AUTHORIZATION.as_str())?;
    Authorization::parse(header.ok_or(Refusal::Malformed)?)
}

/// The text of a header that may be sent once at most.
fn text<'a>(request: &'a HttpRequest, name: &str) -> Result<Option<&'a str>, Refusal> {
    let value = the_one(request.headers(), name)?;
    Ok(value.and_then(|value| std::str::from_utf8(value).ok()))
}

#[cfg(test)]
mod tests;
