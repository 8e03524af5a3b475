use deskledger_domain::error_chain;

use crate::error::{ApiError, ErrorCode};
use crate::export::ExportFailure;
use crate::task::StorageError;

impl From<ExportFailure> for ApiError {
    fn from(failure: ExportFailure) -> Self {
        match failure {
            ExportFailure::Store(error) => error.into(),
            ExportFailure::TooManyRecords { .. } => Self::new(
                ErrorCode::TooManyRows,
                format!("{failure}: ask for a shorter time range, or for one user or computer"),
            ),
            ExportFailure::ProtocolTooOld => Self::protocol_too_old(),
            failure => Self::internal(failure),
        }
    }
}

impl From<StorageError> for ApiError {
    fn from(error: StorageError) -> Self {
        let cause = error_chain(&error);
        Self::storage_unavailable().with_cause(cause)
    }
}
