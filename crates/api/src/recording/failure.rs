use deskledger_domain::error_chain;
use std::io;

use deskledger_ingest::{ImportError, ImportFailure};
use deskledger_store::StoreError;
use thiserror::Error;

use super::array::InvalidArray;
use crate::error::{ApiError, ErrorCode};

/// Why the body of a recording could not be read to its end. The text is for the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(super) enum BodyFailure {
    /// The client left, or its chunks are malformed.
    #[error("the body of the request broke off")]
    BrokeOff,
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
    /// What was wrong with the body, where that is why reading failed.
    pub(super) fn of(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref().copied()
    }
}

impl From<BodyFailure> for io::Error {
    fn from(failure: BodyFailure) -> Self {
        Self::other(failure)
    }
}

impl From<BodyFailure> for ApiError {
    fn from(failure: BodyFailure) -> Self {
        let code = match failure {
            BodyFailure::BrokeOff => ErrorCode::InvalidRequest,
            BodyFailure::TooSlow | BodyFailure::TooSlowForOthers => ErrorCode::BodyTooSlow,
            BodyFailure::TooLarge { .. } | BodyFailure::Inflated { .. } => ErrorCode::BodyTooLarge,
            BodyFailure::Undecodable => ErrorCode::UndecodableBody,
        };
        Self::new(code, failure.to_string())
    }
}

/// Why a recording did not come to its end.
#[derive(Debug, Error)]
pub(super) enum RecordingFailure {
    /// Its body could not be read.
    #[error(transparent)]
    Body(#[from] BodyFailure),
    /// Its body is no array of records.
    #[error(transparent)]
    Array(#[from] InvalidArray),
    /// Too many of its lines are no records.
    #[error(
        "more than {0} lines of the body are no records, so the rest was not read: mend what makes them"
    )]
    TooManyBadLines(u64),
    /// Reading it took too much time of the processor.
    #[error("reading the body of the request takes too much time: send it in several parts")]
    TooMuchWork,
    /// The database failed.
    #[error("failed to write the records")]
    Store(#[from] StoreError),
    /// Something failed that cannot.
    #[error("failed to read the records")]
    Unexpected(#[source] io::Error),
}

impl From<io::Error> for RecordingFailure {
    fn from(error: io::Error) -> Self {
        match BodyFailure::of(&error) {
            Some(failure) => Self::Body(failure),
            None => Self::Unexpected(error),
        }
    }
}

impl From<RecordingFailure> for ApiError {
    fn from(failure: RecordingFailure) -> Self {
        match failure {
            RecordingFailure::Body(failure) => failure.into(),
            RecordingFailure::Array(mistake) => mistake.into(),
            failure @ RecordingFailure::TooManyBadLines(_) => {
                Self::new(ErrorCode::InvalidRecord, failure.to_string())
            }
            failure @ RecordingFailure::TooMuchWork => {
                Self::new(ErrorCode::BodyTooLarge, failure.to_string())
            }
            RecordingFailure::Store(error) => error.into(),
            failure @ RecordingFailure::Unexpected(_) => Self::internal(failure),
        }
    }
}

/// A recording that did not come to its end, and how far it came.
#[derive(Debug)]
pub(super) struct Stopped {
    pub(super) failure: RecordingFailure,
    /// Up to which line everything good is on the disk. None where that is all or nothing, and so nothing.
    pub(super) recorded_lines: Option<u64>,
}

impl<F: Into<RecordingFailure>> From<F> for Stopped {
    fn from(failure: F) -> Self {
        Self {
            failure: failure.into(),
            recorded_lines: None,
        }
    }
}

impl Stopped {
    /// How it ended, for the log.
    pub(super) const fn outcome(&self) -> &'static str {
        match self.failure {
            RecordingFailure::Body(BodyFailure::BrokeOff) => "client_left",
            RecordingFailure::Body(BodyFailure::TooSlow | BodyFailure::TooSlowForOthers) => {
                "client_slow"
            }
            RecordingFailure::Body(_)
            | RecordingFailure::Array(_)
            | RecordingFailure::TooManyBadLines(_)
            | RecordingFailure::TooMuchWork => "refused",
            RecordingFailure::Store(_) | RecordingFailure::Unexpected(_) => "failed",
        }
    }

    /// Why it ended, for the log: without anything of a record.
    pub(super) fn reason(&self) -> String {
        match &self.failure {
            RecordingFailure::Array(mistake) => mistake.without_values(),
            failure => error_chain(failure),
        }
    }

    /// A stream of lines that was imported up to one of them.
    pub(super) fn at_line(error: ImportError<StoreError>) -> Self {
        let failure = match error.failure {
            ImportFailure::Read { source, .. } => source.into(),
            ImportFailure::Write { source, .. } => source.into(),
            ImportFailure::TooManyBadLines { most, .. } => RecordingFailure::TooManyBadLines(most),
            ImportFailure::TooMuchWork { .. } => RecordingFailure::TooMuchWork,
            failure => RecordingFailure::Unexpected(io::Error::other(failure)),
        };
        Self {
            failure,
            recorded_lines: Some(error.imported.lines),
        }
    }
}

impl From<Stopped> for ApiError {
    fn from(stopped: Stopped) -> Self {
        let error = Self::from(stopped.failure);
        match stopped.recorded_lines {
            Some(lines) => error.with_recorded_lines(lines),
            None => error,
        }
    }
}
