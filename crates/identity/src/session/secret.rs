use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use deskledger_store::SessionHash;
use sha2::{Digest as _, Sha256};

use crate::seal::SealError;

/// What a browser holds of its session: 256 random bits. It is all that a thief needs, so it is never shown.
pub(crate) struct SessionSecret([u8; 32]);

impl fmt::Debug for SessionSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionSecret(…)")
    }
}

impl SessionSecret {
    /// A secret that nobody else has.
    ///
    /// # Errors
    /// When the system has no random bytes.
    pub(crate) fn random() -> Result<Self, SealError> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| SealError::Random(error.to_string()))?;
        Ok(Self(bytes))
    }

    /// Reads what [`Self::text`] wrote; `None` for any other text.
    pub(crate) fn from_text(text: &[u8]) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// The secret as a cookie holds it: 43 characters of base64url.
    pub(crate) fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// All that the database keeps of it. It is looked up, and not compared in constant time: a client that could learn a hash by
    /// timing would still not know the secret.
    pub(crate) fn hash(&self) -> SessionHash {
        Sha256::digest(self.0).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_back_and_differs_from_every_other() {
        let (one, other) = (
            SessionSecret::random().unwrap(),
            SessionSecret::random().unwrap(),
        );
        let text = one.text();
        assert_eq!(text.len(), 43);
        assert_ne!(text, other.text());
        let read = SessionSecret::from_text(text.as_bytes()).unwrap();
        assert_eq!(read.hash(), one.hash());
        assert_eq!(format!("{one:?}"), "SessionSecret(…)");
        for wrong in [
            "",
            &text[1..],
            &format!("{text}A"),
            &format!("{text}="),
            "é",
        ] {
            assert!(
                SessionSecret::from_text(wrong.as_bytes()).is_none(),
                "{wrong}"
            );
        }
    }
}
