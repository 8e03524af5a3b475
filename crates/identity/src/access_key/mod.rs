//! Access keys: requests signed with `SDK-HMAC-SHA256`, as the vendor's SDKs sign them (`contract.md` §7).

mod authorization;
mod canonical;
mod generate;
mod keeper;
mod key_ring;
mod refusal;
mod seal;
mod signature;
mod stored_key;

use std::sync::Arc;

use deskledger_domain::{Clock, Principal};

pub use self::authorization::is_access_key_id;
pub use self::canonical::{BodyProof, SentBody};
pub use self::generate::GeneratedAccessKey;
pub use self::keeper::{AccessKeys, MadeAccessKey, WantedAccessKey};
pub use self::key_ring::KeyRing;
pub use self::seal::SecretSealer;

use self::authorization::Authorization;
use self::canonical::the_one;
use self::key_ring::AccessKey;
pub use self::refusal::SignatureRefusal;
use crate::error::{IdentityError, IdentityErrorKind};
use crate::request::Request;
use crate::wrong_counts::WrongCounts;

/// How many signatures of one key may be wrong within a minute.
const MOST_WRONG: u32 = 10;

/// The header that says who signed what, in lower case.
pub(crate) const AUTHORIZATION: &str = "authorization";

/// The header that says when a request was signed (`contract.md` §7), in lower case.
const SDK_DATE: &str = "x-sdk-date";

/// The header with the hash of the body, where the client gives it itself, in lower case.
const CONTENT_SHA256: &str = "x-sdk-content-sha256";

/// Says whom the signature of a request stands for.
#[derive(Clone)]
pub struct SignatureVerifier {
    keys: Arc<KeyRing>,
    /// Of keys that exist. It is asked only once a signature was found wrong, so nobody can lock out the owner of a key: a right
    /// signature is never counted and never waits.
    wrong: Arc<WrongCounts<String>>,
    clock: Clock,
}

impl SignatureVerifier {
    /// A verifier that knows these keys.
    pub fn new(keys: KeyRing, clock: Clock) -> Self {
        Self {
            keys: Arc::new(keys),
            wrong: Arc::new(WrongCounts::new(MOST_WRONG)),
            clock,
        }
    }

    /// A verifier that knows other keys, and counts wrong signatures together with this one.
    #[must_use]
    pub fn with_keys(&self, keys: KeyRing) -> Self {
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
    pub async fn check_head(&self, request: &impl Request) -> Result<(), IdentityError> {
        self.read(request, SentBody::Whole(b"")).await.map(|_| ())
    }

    /// The principal whose access key signed the request.
    ///
    /// A request may come again as long as its time is near enough: see `docs/decisions/0015-signatures.md`.
    ///
    /// # Errors
    /// When the signature is not the one of this request, or the key is not known (401); when wrong ones come too
    /// often (429); when the keys cannot be read (503).
    pub async fn verify(
        &self,
        request: &impl Request,
        body: SentBody<'_>,
    ) -> Result<Principal, IdentityError> {
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
        Err(
            match self.wrong.add(authorization.access_key_id.to_owned()) {
                Ok(()) => SignatureRefusal::WrongSignature,
                Err(retry_after) => SignatureRefusal::TooManyWrong { retry_after },
            }
            .into(),
        )
    }

    /// The keys of the database, for those who manage them.
    ///
    /// # Errors
    /// When there is nothing to seal secrets with (404).
    pub(crate) fn access_keys(&self) -> Result<AccessKeys<'_>, IdentityError> {
        let stored = self.keys.stored().ok_or_else(|| {
            IdentityError::refused(
                IdentityErrorKind::KeysNotConfigured,
                "access keys cannot be managed here: an operator sets identity.sealing_keys first",
            )
        })?;
        Ok(AccessKeys {
            stored,
            clock: &self.clock,
        })
    }

    /// The principal of an access key, as far as the key may be used now.
    ///
    /// # Errors
    /// When the keys cannot be read (503).
    pub(crate) async fn principal(&self, id: &str) -> Result<Option<Principal>, IdentityError> {
        let key = self.keys.find(id).await?;
        Ok(key.map(|key| key.principal().clone()))
    }

    /// What a request says of its signature, and the key that is to have made it.
    async fn read<'a>(
        &self,
        request: &'a impl Request,
        body: SentBody<'_>,
    ) -> Result<Signed<'a>, IdentityError> {
        let authorization = authorization(request)?;
        let date = text(request, SDK_DATE)?
            .filter(|_| authorization.signed_headers.contains(SDK_DATE))
            .ok_or(SignatureRefusal::NoTime)?;
        signature::check_time(date, self.clock.now())?;
        let canonical = canonical::request(request, &authorization.signed_headers, body)?;
        let key = self.keys.find(authorization.access_key_id).await?;
        Ok(Signed {
            key: key.ok_or(SignatureRefusal::UnknownKey)?,
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
pub(crate) fn body_proof(request: &impl Request) -> Result<BodyProof, IdentityError> {
    authorization(request)?;
    Ok(canonical::body_proof(request)?)
}

/// What a signed request with an empty body covers.
pub fn canonical_form(request: &impl Request) -> Option<Vec<u8>> {
    let authorization = authorization(request).ok()?;
    canonical::request(request, &authorization.signed_headers, SentBody::Whole(b"")).ok()
}

/// What the header `Authorization` says.
fn authorization(request: &impl Request) -> Result<Authorization<'_>, SignatureRefusal> {
    let header = text(request, AUTHORIZATION)?;
    Authorization::parse(header.ok_or(SignatureRefusal::Malformed)?)
}

/// The access key that a signed request names; `None` where it names none.
pub(crate) fn access_key_id(request: &impl Request) -> Option<&str> {
    Some(authorization(request).ok()?.access_key_id)
}

/// The text of a header that may be sent once at most.
fn text<'a>(request: &'a impl Request, name: &str) -> Result<Option<&'a str>, SignatureRefusal> {
    let value = the_one(request, name)?;
    Ok(value.and_then(|value| std::str::from_utf8(value).ok()))
}

#[cfg(test)]
mod tests;
