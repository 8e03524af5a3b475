use deskledger_domain::error_chain;
use std::io;

use deskledger_ingest::{ImportError, ImportFailure, InvalidArray};
use deskledger_store::StoreError;
use thiserror::Error;

use crate::http::body::BodyFailure;

/// Why a recording did not come to its end.
#[derive(Debug, Error)]
pub(crate) enum RecordingFailure {
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

/// A recording that did not come to its end, and how far it came.
#[derive(Debug)]
pub(crate) struct Stopped {
    pub(crate) failure: RecordingFailure,
    /// Up to which line everything good is on the disk. None where that is all or nothing, and so nothing.
    pub(crate) recorded_lines: Option<u64>,
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
