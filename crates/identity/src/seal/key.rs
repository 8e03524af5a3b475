use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Generate as _, KeyInit as _};
use chacha20poly1305::{Key, XChaCha20Poly1305};
use secrecy::SecretString;
use thiserror::Error;

use super::SealError;

/// A key that seals and opens, with its name, which stands in what was sealed with it.
pub struct SealingKey {
    pub(super) id: String,
    pub(super) cipher: XChaCha20Poly1305,
}

/// Why something is no key. It says nothing of the key itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidKey {
    /// Its name is too long, empty, or holds other characters.
    #[error(
        "must have 1 to {} letters, digits, -, _ and .",
        SealingKey::MAX_ID_BYTES
    )]
    Id,
    /// It is not the base64 of 32 bytes.
    #[error(
        "must be the base64 of {} random bytes, as `openssl rand -base64 {}` makes them",
        SealingKey::BYTES,
        SealingKey::BYTES
    )]
    Key,
}

impl SealingKey {
    /// How many bytes a key has.
    pub const BYTES: usize = 32;

    /// The most bytes that the name of a key may have.
    pub const MAX_ID_BYTES: usize = 32;

    /// A new key of the system's random numbers, in the base64 that settings hold.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn random_text() -> Result<SecretString, SealError> {
        let mut bytes = [0; Self::BYTES];
        getrandom::fill(&mut bytes).map_err(|error| SealError::Random(error.to_string()))?;
        Ok(STANDARD.encode(bytes).into())
    }

    /// Checks the name of a key.
    ///
    /// # Errors
    /// [`InvalidKey::Id`] when it is empty, too long, or has other characters than letters, digits and `-_.`.
    pub fn check_id(id: &str) -> Result<(), InvalidKey> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if (1..=Self::MAX_ID_BYTES).contains(&id.len()) && id.bytes().all(plain) {
            Ok(())
        } else {
            Err(InvalidKey::Id)
        }
    }

    /// Reads a key from base64. Blanks and line ends around it are ignored, since files end with one.
    ///
    /// # Errors
    /// When the name is invalid, or the text is not the base64 of [`Self::BYTES`] bytes.
    pub fn from_base64(id: &str, text: &str) -> Result<Self, InvalidKey> {
        let bytes = STANDARD.decode(text.trim()).map_err(|_| InvalidKey::Key)?;
        Self::of_bytes(id, &bytes)
    }

    /// A key of 32 bytes.
    ///
    /// # Errors
    /// When the name is invalid, or there are not [`Self::BYTES`] bytes.
    pub fn of_bytes(id: &str, bytes: &[u8]) -> Result<Self, InvalidKey> {
        Self::check_id(id)?;
        let cipher = XChaCha20Poly1305::new_from_slice(bytes).map_err(|_| InvalidKey::Key)?;
        Ok(Self {
            id: id.to_owned(),
            cipher,
        })
    }

    /// A random key, which nobody else has.
    ///
    /// # Errors
    /// [`SealError::Random`] when the system has no random bytes.
    pub fn random() -> Result<Self, SealError> {
        let key = Key::try_generate().map_err(|error| SealError::Random(error.to_string()))?;
        Ok(Self {
            id: "random".to_owned(),
            cipher: XChaCha20Poly1305::new(&key),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_32_bytes_of_base64_under_a_plain_name() {
        let key = STANDARD.encode([7; 32]);
        let long = "k".repeat(33);
        for (id, text, wrong) in [
            ("2026-11", key.as_str(), None),
            ("k", &format!(" {key}\r\n"), None),
            ("", &key, Some(InvalidKey::Id)),
            (&long, &key, Some(InvalidKey::Id)),
            ("a b", &key, Some(InvalidKey::Id)),
            ("ключ", &key, Some(InvalidKey::Id)),
            ("k", "", Some(InvalidKey::Key)),
            ("k", &STANDARD.encode([7; 31]), Some(InvalidKey::Key)),
            ("k", &STANDARD.encode([7; 33]), Some(InvalidKey::Key)),
            ("k", "hunter2", Some(InvalidKey::Key)),
        ] {
            let read = SealingKey::from_base64(id, text);
            assert_eq!(read.err(), wrong, "{id} {text}");
        }
    }
}
