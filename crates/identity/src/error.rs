use std::borrow::Cow;
use std::error::Error;
use std::time::Duration;

use deskledger_store::StoreError;
use thiserror::Error;
use tokio::task::JoinError;

use crate::access_key::SignatureRefusal;
use crate::seal::SealError;
use crate::url::MalformedQuery;

/// Why a request has no principal.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// It is refused, and the client learns why.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The access keys, or the session, could not be read or written.
    #[error("failed to ask the database for access keys or sessions")]
    Store(#[from] StoreError),
    /// The access keys could not be read by another request, for which this one waited.
    #[error("the access keys cannot be read: try again later")]
    StoreUnavailable,
    /// What asked the database panicked.
    #[error("asking the database for access keys or sessions panicked")]
    Panicked(#[from] JoinError),
    /// A session or an access key could not be sealed.
    #[error("failed to seal a session or an access key")]
    Seal(#[source] SealError),
}

/// A refusal. Its text is for the client; the cause is for the log.
#[derive(Debug, Error)]
#[error("{message}")]
pub struct Refused {
    /// What is wrong.
    pub kind: IdentityErrorKind,
    /// What is wrong, and what would be right.
    pub message: Cow<'static, str>,
    /// When the client may try again, where that may help.
    pub retry_after: Option<Duration>,
    /// What went wrong inside.
    #[source]
    pub cause: Option<Box<dyn Error + Send + Sync>>,
}

/// What is wrong with the credentials of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityErrorKind {
    /// There are no credentials, or they are not valid.
    Unauthenticated,
    /// The signature is not that of this request.
    WrongSignature,
    /// The token was valid once.
    TokenExpired,
    /// The token is for no project, or the user has no such project.
    NoProject,
    /// There is no such session, or it has ended.
    NoSession,
    /// A cookie authorises requests of our own pages alone, and this comes from elsewhere.
    OtherSite,
    /// Somebody who signs in is not who they say.
    SignInRefused,
    /// The provider signs somebody in whom it does not name, or who has no project here; or it refuses to.
    SignInDenied,
    /// Nobody can sign in by this way.
    NotConfigured,
    /// Access keys cannot be managed: there is nothing to seal them with, or the role of the database lacks rights.
    KeysNotConfigured,
    /// An access key was to make another one.
    KeyMakesNoKey,
    /// An access key was to have a role that its user lacks.
    RoleNotHeld,
    /// The user or the project has as many access keys as they may.
    TooManyKeys,
    /// The project has no such access key.
    UnknownAccessKey,
    /// The query of a signed request is malformed.
    MalformedQuery,
    /// Too many were wrong before, or are to be checked for this address.
    TooManyRequests,
    /// IAM does not say whether the token is valid, or the provider who somebody is.
    IamUnavailable,
    /// The access keys cannot be read.
    StoreUnavailable,
}

impl IdentityError {
    /// A refusal that the client can do nothing about by waiting.
    pub(crate) fn refused(kind: IdentityErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self::Refused(Refused {
            kind,
            message: message.into(),
            retry_after: None,
            cause: None,
        })
    }

    /// A refusal with what the log should say of it.
    pub(crate) fn refused_because(
        kind: IdentityErrorKind,
        message: impl Into<Cow<'static, str>>,
        cause: impl Error + Send + Sync + 'static,
    ) -> Self {
        Self::Refused(Refused {
            kind,
            message: message.into(),
            retry_after: None,
            cause: Some(Box::new(cause)),
        })
    }

    /// A refusal that may pass after a time.
    pub(crate) fn refused_for(
        kind: IdentityErrorKind,
        message: impl Into<Cow<'static, str>>,
        retry_after: Duration,
        cause: Option<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self::Refused(Refused {
            kind,
            message: message.into(),
            retry_after: Some(retry_after),
            cause,
        })
    }

    pub(crate) fn unauthenticated(message: &'static str) -> Self {
        Self::refused(IdentityErrorKind::Unauthenticated, message)
    }

    /// What is wrong.
    pub fn kind(&self) -> IdentityErrorKind {
        match self {
            Self::Refused(refused) => refused.kind,
            Self::Store(_) | Self::StoreUnavailable | Self::Panicked(_) | Self::Seal(_) => {
                IdentityErrorKind::StoreUnavailable
            }
        }
    }
}

impl From<MalformedQuery> for IdentityError {
    fn from(malformed: MalformedQuery) -> Self {
        Self::refused(IdentityErrorKind::MalformedQuery, malformed.to_string())
    }
}

impl From<SignatureRefusal> for IdentityError {
    fn from(refusal: SignatureRefusal) -> Self {
        let (kind, message) = (refusal.kind(), refusal.to_string());
        match refusal {
            SignatureRefusal::TooManyWrong { retry_after } => {
                Self::refused_for(kind, message, retry_after, None)
            }
            _ => Self::refused(kind, message),
        }
    }
}
