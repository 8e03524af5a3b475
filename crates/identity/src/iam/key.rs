use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// What a token is remembered by: a hash that means nothing outside of this process.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct TokenKey([u8; 32]);

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey(…)")
    }
}

/// Makes the keys of tokens: HMAC-SHA256 under a secret that this process draws and never shows.
#[derive(Clone)]
pub(super) struct TokenHasher(Hmac<Sha256>);

impl TokenHasher {
    /// A hasher with a secret of its own.
    ///
    /// # Errors
    /// When the system has no random bytes.
    pub(super) fn new() -> Result<Self, getrandom::Error> {
        let mut secret = [0; 64];
        getrandom::fill(&mut secret)?;
        Ok(Self(Hmac::new(&secret.into())))
    }

    /// The key of a token.
    pub(super) fn key(&self, token: &[u8]) -> TokenKey {
        let mut hash = self.0.clone();
        hash.update(token);
        TokenKey(hash.finalize().into_bytes().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_of_its_token_and_of_its_process() {
        let hasher = TokenHasher::new().unwrap();
        assert!(hasher.key(b"foo") == hasher.key(b"foo"));
        assert!(hasher.key(b"foo") != hasher.key(b"fop"));
        assert!(hasher.key(b"foo") != TokenHasher::new().unwrap().key(b"foo"));
    }
}
