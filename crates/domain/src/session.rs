//! The session of somebody who signed in.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// By which people and the log name a session: 1 to 64 letters, digits and hyphens of ASCII. It opens nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(String);

/// How somebody signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignInWay {
    /// With a token, as programs send it.
    Token,
    /// With a user and a password of IAM.
    Iam,
    /// By a provider of `OpenID` Connect.
    Oidc,
}

/// Why something is not of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidSession {
    /// It is no identifier.
    #[error("no session has this identifier")]
    Id,
    /// It is no way to sign in.
    #[error("nobody signs in by this way")]
    Way,
}

impl SessionId {
    /// The most characters that an identifier has.
    pub const MAX_CHARS: usize = 64;

    /// Checks and takes an identifier.
    ///
    /// # Errors
    /// When it is empty, too long, or holds other characters.
    pub fn new(id: impl Into<String>) -> Result<Self, InvalidSession> {
        let id = id.into();
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if (1..=Self::MAX_CHARS).contains(&id.len()) && id.bytes().all(plain) {
            Ok(Self(id))
        } else {
            Err(InvalidSession::Id)
        }
    }

    /// The identifier as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl SignInWay {
    /// Every way there is.
    pub const ALL: [Self; 3] = [Self::Token, Self::Iam, Self::Oidc];

    /// Its name, as it is stored and sent.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Iam => "iam",
            Self::Oidc => "oidc",
        }
    }
}

impl fmt::Display for SignInWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for SignInWay {
    type Err = InvalidSession;

    fn from_str(name: &str) -> Result<Self, InvalidSession> {
        Self::ALL
            .into_iter()
            .find(|way| way.name() == name)
            .ok_or(InvalidSession::Way)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_plain_and_a_way_is_read_back_by_its_name() {
        assert_eq!(SessionId::new("a-1").unwrap().as_str(), "a-1");
        for wrong in ["", "a b", "a/b", "\u{e9}", &"a".repeat(65)] {
            assert_eq!(SessionId::new(wrong), Err(InvalidSession::Id), "{wrong}");
        }
        for way in SignInWay::ALL {
            assert_eq!(way.name().parse(), Ok(way));
        }
        assert_eq!("saml".parse::<SignInWay>(), Err(InvalidSession::Way));
    }
}
