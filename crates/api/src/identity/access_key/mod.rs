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

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;
use deskledger_domain::{Clock, Principal};

pub(crate) use self::authorization::is_access_key_id;
pub use self::generate::GeneratedAccessKey;
pub(crate) use self::key_ring::KeyRing;
pub use self::seal::SecretSealer;

use self::authorization::Authorization;
use self::canonical::the_one;
use self::refusal::Refusal;
use self::slowdown::Slowdown;
use crate::error::ApiError;
use crate::header::SDK_DATE;

/// Says whom the signature of a request stands for.
pub(crate) struct SignatureVerifier {
    keys: KeyRing,
    slowdown: Slowdown,
    clock: Clock,
}

impl SignatureVerifier {
    /// A verifier that knows these keys.
    pub(crate) fn new(keys: KeyRing, clock: Clock) -> Self {
        Self {
            keys,
            slowdown: Slowdown::default(),
            clock,
        }
    }

    /// The principal whose access key signed the request. `body` is its whole body.
    ///
    /// A request may come again as long as its time is near enough: see `docs/decisions/0015-signatures.md`.
    ///
    /// # Errors
    /// When the signature is not the one of this request, or the key is not known (401); when wrong ones come too
    /// often (429); when the keys cannot be read (503).
    pub(crate) async fn verify(
        &self,
        request: &HttpRequest,
        body: &[u8],
    ) -> Result<Principal, ApiError> {
        let text = |name: &str| {
            let value = the_one(request.headers(), name)?;
            Ok::<_, Refusal>(value.and_then(|value| std::str::from_utf8(value).ok()))
        };
        let authorization = text(AUTHORIZATION.as_str())?.ok_or(Refusal::Malformed)?;
        let authorization = Authorization::parse(authorization)?;
        let date = text(SDK_DATE.as_str())?
            .filter(|_| authorization.signed_headers.contains(SDK_DATE.as_str()))
            .ok_or(Refusal::NoTime)?;
        signature::check_time(date, self.clock.now())?;
        let canonical = canonical::request(request, &authorization.signed_headers, body)?;

        let id = authorization.access_key_id;
        let key = self.keys.find(id).await?.ok_or(Refusal::UnknownKey)?;
        if signature::verify(key.secret(), date, &canonical, &authorization.signature) {
            return Ok(key.principal().clone());
        }
        Err(match self.slowdown.wrong(id) {
            Ok(()) => Refusal::WrongSignature,
            Err(retry_after) => Refusal::TooManyWrong { retry_after },
        }
        .into())
    }
}

#[cfg(test)]
mod tests;
