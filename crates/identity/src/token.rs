use std::collections::HashMap;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as URL_SAFE_NO_PAD;
use deskledger_domain::Principal;
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};

use crate::error::IdentityError;
use crate::seal::SealError;

/// What a verifier answers, when it has the answer.
pub type Verification<'a> = Pin<Box<dyn Future<Output = Result<Principal, IdentityError>> + 'a>>;

/// Says whom a token stands for. It may ask another service, so it may take its time.
pub trait TokenVerifier: Send + Sync {
    /// The principal that `token`, the value of `X-Auth-Token`, stands for. `peer` brings it, as far as its address is known.
    ///
    /// # Errors
    /// When it is not valid (401), or that cannot be found out (429, 503).
    fn verify<'a>(&'a self, token: &'a [u8], peer: Option<IpAddr>) -> Verification<'a>;

    /// The principal of a token of the settings, by its hash. `None` for a token that only somebody else knows.
    fn known(&self, hash: &TokenHash) -> Option<Principal>;
}

/// The SHA-256 of a token, which is all of it that is kept.
///
/// A hash is looked up, and not compared in constant time: a client that could learn a hash by timing would still not
/// know the token.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash of a token.
    pub fn of(token: &[u8]) -> Self {
        Self(Sha256::digest(token).into())
    }

    /// Reads a hash from 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut hash = [0; 32];
        let length = base16ct::mixed::decode(text, &mut hash).ok()?.len();
        (length == hash.len()).then_some(Self(hash))
    }

    /// The hash in 64 hexadecimal digits, in lower case.
    pub fn to_hex(self) -> String {
        base16ct::lower::encode_string(&self.0)
    }
}

/// A new token of 256 random bits, from the system's random numbers, as 43 characters that a header and a shell take as they are.
///
/// # Errors
/// When the system has no random numbers.
pub fn generate_token() -> Result<SecretString, SealError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| SealError::Random(error.to_string()))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes).into())
}

/// Tokens that the settings name by their hash: for small sites, and for tests.
#[derive(Default)]
pub struct StaticTokens(HashMap<TokenHash, Principal>);

impl StaticTokens {
    /// Adds a token, and says whether it was a new one.
    pub fn insert(&mut self, hash: TokenHash, principal: Principal) -> bool {
        self.0.insert(hash, principal).is_none()
    }

    fn principal(&self, token: &[u8]) -> Option<Principal> {
        self.0.get(&TokenHash::of(token)).cloned()
    }
}

impl TokenVerifier for StaticTokens {
    fn verify<'a>(&'a self, token: &'a [u8], _: Option<IpAddr>) -> Verification<'a> {
        let principal = self.principal(token).ok_or_else(invalid_token);
        Box::pin(std::future::ready(principal))
    }

    fn known(&self, hash: &TokenHash) -> Option<Principal> {
        self.0.get(hash).cloned()
    }
}

impl<T: TokenVerifier> TokenVerifier for Arc<T> {
    fn verify<'a>(&'a self, token: &'a [u8], peer: Option<IpAddr>) -> Verification<'a> {
        self.as_ref().verify(token, peer)
    }

    fn known(&self, hash: &TokenHash) -> Option<Principal> {
        self.as_ref().known(hash)
    }
}

/// The tokens that the settings name, and for all others somebody else.
pub struct StaticTokensOr<T> {
    known: StaticTokens,
    others: T,
}

impl<T> StaticTokensOr<T> {
    /// Asks `others` about the tokens that are not known.
    pub fn new(known: StaticTokens, others: T) -> Self {
        Self { known, others }
    }
}

impl<T: TokenVerifier> TokenVerifier for StaticTokensOr<T> {
    fn verify<'a>(&'a self, token: &'a [u8], peer: Option<IpAddr>) -> Verification<'a> {
        match self.known.principal(token) {
            Some(principal) => Box::pin(std::future::ready(Ok(principal))),
            None => self.others.verify(token, peer),
        }
    }

    fn known(&self, hash: &TokenHash) -> Option<Principal> {
        self.known.known(hash)
    }
}

/// The client does not learn why the token is invalid.
pub(crate) fn invalid_token() -> IdentityError {
    IdentityError::unauthenticated("the token in the header X-Auth-Token is not valid")
}

#[cfg(test)]
mod tests {
    use deskledger_domain::ProjectId;
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn new_tokens_differ_and_have_256_bits_that_a_header_takes() {
        let tokens: std::collections::BTreeSet<_> = (0..100)
            .map(|_| generate_token().unwrap().expose_secret().to_owned())
            .collect();
        assert_eq!(tokens.len(), 100);
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        for token in &tokens {
            assert!(token.len() == 43 && token.bytes().all(is_plain), "{token}");
            let hash = TokenHash::of(token.as_bytes());
            assert!(TokenHash::from_hex(&hash.to_hex()) == Some(hash));
        }
    }

    #[test]
    fn a_known_token_stands_for_its_user_and_any_other_for_nobody() {
        let mut tokens = StaticTokens::default();
        let project = ProjectId::new("p1").unwrap();
        tokens.insert(
            TokenHash::of(b"foo"),
            Principal::new("ann", project, ["te_admin"]),
        );
        assert_eq!(tokens.principal(b"foo").unwrap().user(), "ann");
        assert!(tokens.known(&TokenHash::of(b"foo")).is_some());
        assert!(tokens.known(&TokenHash::of(b"bar")).is_none());
        for token in [&b"bar"[..], b"foo ", b"FOO", b""] {
            assert_eq!(tokens.principal(token), None, "{token:?}");
        }
    }

    #[test]
    fn a_hash_is_read_from_hexadecimal_digits_of_either_case() {
        let hex = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";
        assert!(TokenHash::from_hex(hex) == Some(TokenHash::of(b"foo")));
        assert_eq!(TokenHash::of(b"foo").to_hex(), hex);
        assert!(TokenHash::from_hex(&hex.to_uppercase()) == Some(TokenHash::of(b"foo")));
        for wrong in [
            "",
            &hex[1..],
            &format!("+{}", &hex[1..]),
            &format!("{hex}0"),
        ] {
            assert!(TokenHash::from_hex(wrong).is_none(), "{wrong}");
        }
    }
}
