use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::seal::SealError;

/// How many random bytes a secret has: 256 bits.
const BYTES: usize = 32;

/// The secret in the address of an export link: who knows it takes the export.
///
/// It is never shown but by [`text`](Self::text). Like that of a token, its hash is looked up, not compared in constant time.
pub struct LinkSecret([u8; BYTES]);

impl LinkSecret {
    /// Makes one of the system's random numbers.
    ///
    /// # Errors
    /// When the system has none.
    pub fn generate() -> Result<Self, SealError> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes).map_err(|error| SealError::Random(error.to_string()))?;
        Ok(Self(bytes))
    }

    /// Reads one as [`text`](Self::text) writes it: in one way, so that no other text is the same secret.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }

    /// The secret as 43 characters of base64url, for its address alone.
    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// Its SHA-256, which is all that is kept.
    pub fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0).to_vec()
    }
}

impl fmt::Debug for LinkSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkSecret").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_back_from_its_text_and_no_two_are_the_same() {
        let (one, other) = (
            LinkSecret::generate().unwrap(),
            LinkSecret::generate().unwrap(),
        );
        assert_ne!(one.hash(), other.hash());
        assert_eq!(one.text().len(), 43);
        let again = LinkSecret::parse(&one.text()).unwrap();
        assert_eq!(again.hash(), one.hash());
        assert!(!format!("{one:?}").contains(&one.text()));
    }

    #[test]
    fn what_is_no_secret_is_refused() {
        let text = "A".repeat(43);
        assert!(LinkSecret::parse(&text).is_some());
        for wrong in [
            "",
            &text[1..],
            &format!("{text}="),
            &format!("{text}A"),
            // The last character has two bits that stand for nothing.
            &format!("{}B", &text[1..]),
            &format!("{}/", &text[1..]),
            &format!("{} ", &text[1..]),
        ] {
            assert!(LinkSecret::parse(wrong).is_none(), "{wrong}");
        }
    }
}
