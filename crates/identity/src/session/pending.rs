//! What a browser holds while its user is at a provider: sealed, for ten minutes, and good once.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use deskledger_store::SessionHash;
use serde::{Deserialize, Serialize};

use super::cookie::{Held, SIGN_IN};
use super::{SessionSecret, Sessions};
use crate::error::IdentityError;
use crate::request::Request;
use crate::seal::SealError;

/// How long somebody may take at the provider, in seconds.
const LIFETIME_SECONDS: u32 = 600;

/// A sign-in that waits for what the provider says.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PendingSignIn {
    /// What the provider sends back, unchanged, by the browser.
    pub(crate) state: String,
    /// What the ID token must hold.
    pub(crate) nonce: String,
    /// What proves to the provider that the code is asked about by who began (RFC 7636).
    pub(crate) verifier: String,
    /// Where the browser goes in the end.
    pub(crate) to: String,
    /// The session that the browser had: its cookie does not come with a request that another site leads to.
    replaces: Option<SessionHash>,
    /// Until when the provider may lead back, in microseconds of the Unix time.
    ends_at: i64,
}

impl PendingSignIn {
    /// The session that the browser had.
    pub(crate) fn replaces(&self) -> Option<SessionHash> {
        self.replaces
    }
}

impl Sessions {
    /// A sign-in that begins now, and leads to `to`.
    ///
    /// # Errors
    /// When the system has no random bytes.
    pub(crate) fn new_pending(
        &self,
        request: &impl Request,
        to: &str,
    ) -> Result<PendingSignIn, IdentityError> {
        let random = || SessionSecret::random().map_err(IdentityError::Seal);
        let ends_at = self.clock.now() + TimeDelta::seconds(LIFETIME_SECONDS.into());
        Ok(PendingSignIn {
            state: random()?.text(),
            nonce: random()?.text(),
            verifier: random()?.text(),
            to: to.to_owned(),
            replaces: self.hash(request),
            ends_at: ends_at.timestamp_micros(),
        })
    }

    /// The header `Set-Cookie` by which a browser holds a sign-in.
    ///
    /// # Errors
    /// When it cannot be sealed.
    pub(crate) fn set_pending(
        &self,
        request: &impl Request,
        pending: &PendingSignIn,
    ) -> Result<String, IdentityError> {
        let json = serde_json::to_vec(pending)
            .map_err(|_| IdentityError::Seal(SealError::TooLong { bytes: 0 }))?;
        let sealed = self
            .sealer
            .seal_pending(&json)
            .map_err(IdentityError::Seal)?;
        let value = URL_SAFE_NO_PAD.encode(sealed);
        let (site, age) = (&self.options.site, Some(LIFETIME_SECONDS.into()));
        Ok(SIGN_IN.set(request, site, &value, age))
    }

    /// The header `Set-Cookie` that takes the sign-in from the browser.
    pub(crate) fn delete_pending(&self, request: &impl Request) -> String {
        SIGN_IN.delete(request, &self.options.site)
    }

    /// The sign-in that a browser holds, where it is not too old.
    pub(crate) fn pending(&self, request: &impl Request) -> Option<PendingSignIn> {
        let Held::One(value) = SIGN_IN.of(request, &self.options.site) else {
            return None;
        };
        let sealed = URL_SAFE_NO_PAD.decode(value).ok()?;
        let json = self.sealer.open_pending(&sealed)?;
        let pending: PendingSignIn = serde_json::from_slice(&json).ok()?;
        let is_alive = self.clock.now().timestamp_micros() < pending.ends_at;
        is_alive.then_some(pending)
    }

    /// Spends a sign-in. Whether it was not spent before.
    ///
    /// # Errors
    /// When the database does not answer (503).
    pub(crate) async fn spend(&self, pending: &PendingSignIn) -> Result<bool, IdentityError> {
        let Some(state) = SessionSecret::from_text(pending.state.as_bytes()) else {
            return Ok(false);
        };
        let ends_at = DateTime::<Utc>::from_timestamp_micros(pending.ends_at);
        let Some(ends_at) = ends_at else {
            return Ok(false);
        };
        let state = state.hash();
        self.ask(move |store| store.spend(&state, ends_at)).await
    }

    /// What time it is for sessions.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}
