use std::error::Error;
use std::io;

use deskledger_domain::ExportOutcome;
use deskledger_export::ExportError;
use deskledger_store::StoreError;
use deskledger_workbook::WorkbookError;

use crate::error::ErrorCode;

/// Why an export did not come to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportFailure {
    /// The database failed.
    #[error("failed to read the records")]
    Store(#[from] StoreError),
    /// The workbook could not be written.
    #[error("failed to write the workbook")]
    Workbook(#[source] WorkbookError),
    /// What the bytes were written into refused them.
    #[error("failed to write the export")]
    Sink(#[source] io::Error),
    /// More records match than may be exported.
    #[error("{matched} records match, and at most {most} may be exported at once")]
    TooManyRecords {
        /// How many records match.
        matched: u64,
        /// How many may be exported.
        most: u64,
    },
    /// The client's HTTP is too old for a file that is not small.
    #[error("the file is too large for HTTP/1.0")]
    ProtocolTooOld,
    /// Somebody cancelled it.
    #[error("the export was cancelled")]
    Cancelled,
    /// The client left.
    #[error("the client left")]
    ClientLeft,
    /// The client took none of the bytes that waited for it.
    #[error("the client took nothing for too long")]
    ClientSlow,
    /// The client took too little while others waited.
    #[error("the client was slow while others waited")]
    ClientSlowWhileOthersWaited,
}

impl ExportFailure {
    /// A sink that leads to a client fails when the client is gone, or too slow.
    pub(super) fn of_client(error: &io::Error) -> Option<Self> {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Some(Self::ClientLeft),
            io::ErrorKind::TimedOut => Some(Self::ClientSlow),
            io::ErrorKind::ConnectionAborted => Some(Self::ClientSlowWhileOthersWaited),
            io::ErrorKind::FileTooLarge => Some(Self::ProtocolTooOld),
            _ => None,
        }
    }

    /// Whether a replica of the database failed, and the primary may not.
    pub(super) fn is_of_replica(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_of_replica())
    }

    /// The code of the error, where the client is not what ended it.
    pub(super) fn error_code(&self) -> Option<ErrorCode> {
        match self {
            Self::Store(error) if error.kind().may_pass() => Some(ErrorCode::Unavailable),
            Self::Store(_) | Self::Workbook(_) | Self::Sink(_) => Some(ErrorCode::Internal),
            Self::TooManyRecords { .. } => Some(ErrorCode::TooManyRows),
            Self::ProtocolTooOld => Some(ErrorCode::ProtocolTooOld),
            Self::Cancelled
            | Self::ClientLeft
            | Self::ClientSlow
            | Self::ClientSlowWhileOthersWaited => None,
        }
    }

    /// How the export ended, as the audit says it: without internal causes.
    pub(super) fn outcome(&self) -> ExportOutcome {
        match self {
            Self::Store(error) => ExportOutcome::Failed {
                reason: error.to_string(),
            },
            Self::Workbook(_) | Self::Sink(_) => ExportOutcome::Failed {
                reason: self.to_string(),
            },
            Self::TooManyRecords { .. } => ExportOutcome::Refused {
                error_code: ErrorCode::TooManyRows.code().to_owned(),
                reason: self.to_string(),
            },
            Self::ProtocolTooOld => ExportOutcome::Refused {
                error_code: ErrorCode::ProtocolTooOld.code().to_owned(),
                reason: self.to_string(),
            },
            Self::Cancelled => ExportOutcome::Cancelled,
            Self::ClientLeft => ExportOutcome::ClientLeft,
            Self::ClientSlow => ExportOutcome::ClientSlow,
            Self::ClientSlowWhileOthersWaited => ExportOutcome::ClientSlowWhileOthersWaited,
        }
    }
}

impl From<io::Error> for ExportFailure {
    fn from(error: io::Error) -> Self {
        Self::of_client(&error).unwrap_or(Self::Sink(error))
    }
}

impl From<ExportError<StoreError>> for ExportFailure {
    fn from(error: ExportError<StoreError>) -> Self {
        match error {
            ExportError::Read(error) => Self::Store(error),
            ExportError::Sink(error) => error.into(),
            ExportError::Workbook(error) => error.into(),
            // Whatever stops a reading that did not fail left: nobody else cancels.
            _ => Self::ClientLeft,
        }
    }
}

impl From<WorkbookError> for ExportFailure {
    fn from(error: WorkbookError) -> Self {
        let mut source = error.source();
        while let Some(cause) = source {
            if let Some(failure) = cause.downcast_ref().and_then(Self::of_client) {
                return failure;
            }
            source = cause.source();
        }
        Self::Workbook(error)
    }
}
