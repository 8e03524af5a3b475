use std::io;

use actix_web::error::PayloadError;
use thiserror::Error;

use crate::connection::ConnectionControl;

/// Why the body of a recording could not be read to its end. The text is for the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum BodyFailure {
    /// The client left.
    #[error("the body of the request broke off")]
    BrokeOff,
    /// It is not what chunks are (RFC 9112 §7.1).
    #[error("the chunks of the request's body are malformed")]
    MalformedChunks,
    /// It came too slowly.
    #[error("the body of the request comes too slowly")]
    TooSlow,
    /// It came too slowly for others, who waited.
    #[error("the body of the request comes too slowly while others wait")]
    TooSlowForOthers,
    /// It has too many bytes.
    #[error("the body of the request has more than {most} bytes: {remedy}")]
    TooLarge {
        /// How many it may have.
        most: u64,
        /// What helps.
        remedy: &'static str,
    },
    /// It becomes too many bytes.
    #[error("the body of the request has more than {most} bytes when it is decompressed: {remedy}")]
    Inflated {
        /// How many it may become.
        most: u64,
        /// What helps.
        remedy: &'static str,
    },
    /// It is not compressed as its head says, or cut short.
    #[error(
        "the body of the request is damaged, or not compressed as the header Content-Encoding says"
    )]
    Undecodable,
}

impl BodyFailure {
    /// Why the server could read no more of a body. Of some chunks that are malformed it says no more than that they broke off,
    /// although more of them may come.
    pub(super) fn of_payload(error: &PayloadError, chunks: Option<&ConnectionControl>) -> Self {
        match error {
            PayloadError::EncodingCorrupted => Self::MalformedChunks,
            _ if chunks.is_some_and(ConnectionControl::may_go_on) => Self::MalformedChunks,
            _ => Self::BrokeOff,
        }
    }

    /// What was wrong with the body, where that is why reading failed.
    pub(crate) fn of(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref().copied()
    }
}

impl From<BodyFailure> for io::Error {
    fn from(failure: BodyFailure) -> Self {
        Self::other(failure)
    }
}
