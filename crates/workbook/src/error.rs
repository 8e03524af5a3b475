//! Why a workbook could not be written. One opaque type for the whole crate: callers choose by its kind.

use std::{error::Error, fmt};

/// Why a workbook could not be written.
///
/// Its text is a lower-case fragment that reads well after "failed to …: "; the cause beneath, when there is one,
/// is its [`source`](Error::source) and not repeated in the text.
///
/// ```
/// use deskledger_workbook::{WorkbookErrorKind, WorkbookWriter};
///
/// let error = WorkbookWriter::builder(Vec::new()).build(Vec::new()).unwrap_err();
/// assert_eq!(error.kind(), WorkbookErrorKind::InvalidColumns);
/// assert_eq!(error.to_string(), "a workbook needs at least one column");
/// ```
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct WorkbookError {
    kind: WorkbookErrorKind,
    message: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What kind of error a [`WorkbookError`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WorkbookErrorKind {
    /// The name of the sheets is one that Excel refuses.
    InvalidName,
    /// There are no columns or too many, or one has an impossible width.
    InvalidColumns,
    /// The number of rows in a sheet is 0 or more than a sheet holds.
    InvalidLimit,
    /// A document property cannot be written.
    InvalidProperty,
    /// A row does not fit the columns. Nothing of it was written and the writer goes on.
    InvalidRow,
    /// There is no further table. The writer goes on.
    NoTable,
    /// The sink refused bytes. The source is the sink's own error.
    Sink,
    /// The writer broke earlier; its workbook cannot be finished.
    Unusable,
    /// The dress of the workbook could not be made: a defect, not a matter of rows or sinks.
    Internal,
}

impl WorkbookError {
    /// Which kind of error this is.
    pub fn kind(&self) -> WorkbookErrorKind {
        self.kind
    }

    pub(crate) fn new(kind: WorkbookErrorKind, message: impl fmt::Display) -> Self {
        Self {
            kind,
            message: message.to_string(),
            source: None,
        }
    }

    pub(crate) fn caused_by(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}
