//! Who asks: credentials in, a [`Principal`] out.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;

use actix_web::http::header::HeaderMap;
use deskledger_domain::Principal;
use sha2::{Digest as _, Sha256};

use crate::error::{ApiError, ErrorCode};
use crate::header::AUTH_TOKEN;

/// What an authenticator answers, when it has the answer.
pub(crate) type Authentication<'a> =
    Pin<Box<dyn Future<Output = Result<Principal, ApiError>> + 'a>>;

/// Turns the credentials of a request into whoever they stand for. It may ask another service, so it may take its time.
pub(crate) trait Authenticator: Send + Sync {
    /// Reads the credentials in the headers of a request.
    ///
    /// # Errors
    /// When there are none, or they are not valid: 401.
    fn authenticate<'a>(&'a self, headers: &'a HeaderMap) -> Authentication<'a>;
}

/// The SHA-256 of a token, which is all of it that is kept.
///
/// A hash is looked up and not compared with care for time: whoever could learn a hash by timing would still
/// not know the token.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash of a token.
    pub fn of(token: &[u8]) -> Self {
        Self(Sha256::digest(token).into())
    }

    /// Reads a hash from 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let mut hash = [0; 32];
        for (byte, digits) in hash.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        }
        Some(Self(hash))
    }
}

/// Tokens that the settings name by their hash: for small sites, and for tests.
#[derive(Default)]
pub struct StaticTokens(HashMap<TokenHash, Principal>);

impl StaticTokens {
    /// Adds a token, and says whether it was a new one.
    pub fn insert(&mut self, hash: TokenHash, principal: Principal) -> bool {
        self.0.insert(hash, principal).is_none()
    }

    fn principal(&self, headers: &HeaderMap) -> Result<Principal, ApiError> {
        let mut tokens = headers.get_all(AUTH_TOKEN);
        let (Some(token), None) = (tokens.next(), tokens.next()) else {
            return Err(unauthenticated("send one token in the header X-Auth-Token"));
        };
        self.0
            .get(&TokenHash::of(token.as_bytes()))
            .cloned()
            .ok_or_else(|| unauthenticated("the token in the header X-Auth-Token is not valid"))
    }
}

impl Authenticator for StaticTokens {
    fn authenticate<'a>(&'a self, headers: &'a HeaderMap) -> Authentication<'a> {
        Box::pin(std::future::ready(self.principal(headers)))
    }
}

fn unauthenticated(message: &str) -> ApiError {
    ApiError::new(ErrorCode::Unauthenticated, message)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use deskledger_domain::ProjectId;

    use super::*;

    fn tokens() -> StaticTokens {
        let mut tokens = StaticTokens::default();
        let project = ProjectId::new("p1").unwrap();
        tokens.insert(
            TokenHash::of(b"foo"),
            Principal::new("ann", project, ["te_admin"]),
        );
        tokens
    }

    fn user_of(sent: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for token in sent {
            let value = HeaderValue::from_str(token).unwrap();
            headers.append(AUTH_TOKEN, value);
        }
        Some(tokens().principal(&headers).ok()?.user().to_owned())
    }

    #[test]
    fn a_known_token_stands_for_its_user() {
        assert_eq!(user_of(&["foo"]).as_deref(), Some("ann"));
    }

    #[test]
    fn an_unknown_an_empty_a_doubled_and_no_token_stand_for_nobody() {
        for sent in [
            &["bar"][..],
            &["foo "],
            &["FOO"],
            &[""],
            &["foo", "foo"],
            &[],
        ] {
            assert_eq!(user_of(sent), None, "{sent:?}");
        }
    }

    #[test]
    fn a_hash_is_read_from_hexadecimal_digits_of_either_case() {
        let hex = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";
        assert!(TokenHash::from_hex(hex) == Some(TokenHash::of(b"foo")));
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
