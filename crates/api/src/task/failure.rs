use deskledger_domain::{ExportOutcome, TaskFailure};

use super::storage::StorageError;
use crate::error::{ApiError, ErrorCode};
use crate::export::ExportFailure;

/// Why a task did not come to its file this time.
#[derive(Debug)]
pub(super) enum JobFailure {
    /// It was not begun, which is not its fault.
    NotBegun(ApiError),
    /// It was begun. The next time it may be different.
    MayPass(ApiError),
    /// It will be the same each time.
    Final(ApiError),
}

impl JobFailure {
    /// What went wrong, for people and the log.
    pub(super) fn error(&self) -> &ApiError {
        match self {
            Self::NotBegun(error) | Self::MayPass(error) | Self::Final(error) => error,
        }
    }

    /// What the task says of it.
    pub(super) fn reported(&self) -> TaskFailure {
        reported(self.error())
    }

    /// What the audit says of it.
    pub(super) fn outcome(&self) -> ExportOutcome {
        ExportOutcome::Failed {
            reason: self.reported().reason,
        }
    }
}

/// An error as a task reports it: to a user who has no request to ask about.
pub(super) fn reported(error: &ApiError) -> TaskFailure {
    TaskFailure {
        error_code: error.code().code().to_owned(),
        reason: match error.code() {
            ErrorCode::Internal => {
                "an internal error occurred: give the identifier of the task to the \
                operator of the service"
                    .to_owned()
            }
            _ => error.to_string(),
        },
    }
}

impl From<ExportFailure> for JobFailure {
    fn from(failure: ExportFailure) -> Self {
        let may_pass = match &failure {
            ExportFailure::Store(error) => error.kind().may_pass(),
            // There is no client: it was broken off, or the storage took no more.
            ExportFailure::Cancelled
            | ExportFailure::ClientLeft
            | ExportFailure::ClientSlow
            | ExportFailure::ClientSlowWhileOthersWaited => true,
            _ => false,
        };
        let error = ApiError::from(failure);
        if may_pass {
            Self::MayPass(error)
        } else {
            Self::Final(error)
        }
    }
}

impl From<StorageError> for JobFailure {
    fn from(error: StorageError) -> Self {
        Self::MayPass(error.into())
    }
}
