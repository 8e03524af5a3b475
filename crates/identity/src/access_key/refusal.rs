use std::time::Duration;

use chrono::{DateTime, Utc};
use thiserror::Error;

use crate::error::IdentityErrorKind;

/// Why a signed request is refused. The text is for the client.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SignatureRefusal {
    /// The header has another form.
    #[error(
        "the header Authorization must be: SDK-HMAC-SHA256 Access=<access key id>, \
         SignedHeaders=<names in lower case, sorted, with ; between them>, Signature=<64 hexadecimal digits in lower case>"
    )]
    Malformed,
    /// A header that counts is sent more than once.
    #[error("the header {0} is sent more than once: send it once")]
    Repeated(String),
    /// A header is signed and missing.
    #[error("the header {0} is signed and was not received")]
    Missing(String),
    /// The path can be read in more than one way.
    #[error(
        "the path of a signed request must be percent-encoded UTF-8, without %2F, empty segments, \".\" and \"..\""
    )]
    AmbiguousPath,
    /// There is no signed time.
    #[error(
        "the header X-Sdk-Date must be sent and signed, and be a time such as 20060102T150405Z"
    )]
    NoTime,
    /// Client and service disagree about the time.
    #[error(
        "the header X-Sdk-Date is more than 15 minutes from the time of the service, which is {}",
        now.format("%Y%m%dT%H%M%SZ")
    )]
    ClockOff {
        /// The time of the service.
        now: DateTime<Utc>,
    },
    /// The hash that the client gives is not that of its body.
    #[error(
        "the header X-Sdk-Content-Sha256 must be UNSIGNED-PAYLOAD or the SHA-256 of the body, in hexadecimal"
    )]
    OtherBody,
    /// No access key has this identifier.
    #[error("the access key in the header Authorization is not known")]
    UnknownKey,
    /// The signature is not that of this request.
    #[error(
        "the signature is not the one of this request: check the secret access key, and that nothing on the way \
         changes the path, the query or a signed header"
    )]
    WrongSignature,
    /// The signature is wrong, as were too many of this access key before.
    #[error("too many signatures of this access key were wrong, and this one is: try again later")]
    TooManyWrong {
        /// When the next wrong one is looked at again.
        retry_after: Duration,
    },
}

impl SignatureRefusal {
    /// What is wrong.
    pub(crate) const fn kind(&self) -> IdentityErrorKind {
        match self {
            Self::Malformed
            | Self::Repeated(_)
            | Self::AmbiguousPath
            | Self::NoTime
            | Self::UnknownKey => IdentityErrorKind::Unauthenticated,
            Self::Missing(_) | Self::ClockOff { .. } | Self::OtherBody | Self::WrongSignature => {
                IdentityErrorKind::WrongSignature
            }
            Self::TooManyWrong { .. } => IdentityErrorKind::TooManyRequests,
        }
    }
}
