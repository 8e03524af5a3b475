use std::io;

use deskledger_workbook::WorkbookError;
use thiserror::Error;

/// Why an export did not come to its end. `E` is the error of what reads the records.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExportError<E> {
    /// The records could not be read.
    #[error("failed to read the records")]
    Read(#[source] E),
    /// The workbook could not be written. What its sink refused is among the sources.
    #[error("failed to write the workbook")]
    Workbook(#[source] WorkbookError),
    /// What the bytes were written into refused them.
    #[error("failed to write the export")]
    Sink(#[source] io::Error),
    /// The reading was stopped before its end.
    #[error("the export was stopped")]
    Stopped,
}

/// Why a form could not be written.
#[derive(Debug, Error)]
pub(crate) enum FormError {
    #[error(transparent)]
    Workbook(#[from] WorkbookError),
    #[error(transparent)]
    Sink(#[from] io::Error),
}

impl<E> From<FormError> for ExportError<E> {
    fn from(error: FormError) -> Self {
        match error {
            FormError::Workbook(error) => Self::Workbook(error),
            FormError::Sink(error) => Self::Sink(error),
        }
    }
}
