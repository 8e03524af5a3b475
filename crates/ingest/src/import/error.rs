use std::{error::Error, fmt, io};

use super::{BadLine, ImportSummary};

/// Why an import stopped, and what it had done before.
///
/// Batches that were written stay. Importing the same input again is safe: a record that is there is updated.
///
/// Its text holds that of the failure, so that its [`source`](Error::source) is the cause beneath the failure.
#[derive(Debug)]
pub struct ImportError<E: Error + 'static> {
    /// Why it stopped.
    pub failure: ImportFailure<E>,
    /// What was written: `lines` and `bytes` count up to the end of the last batch.
    pub imported: ImportSummary,
}

/// Why an import stopped. `E` is the error of whatever writes the records.
#[derive(Debug, thiserror::Error)]
pub enum ImportFailure<E: Error + 'static> {
    /// A line is not a record.
    #[error(transparent)]
    BadLine(#[from] BadLine),
    /// The input could not be read.
    #[error("the input could not be read after line {line}")]
    Read {
        /// The last line that was read; 0 if no line was read.
        line: u64,
        /// Why not.
        source: io::Error,
    },
    /// A bad line could not be written aside.
    #[error("the bad line {line} could not be written aside")]
    SetAside {
        /// Which line.
        line: u64,
        /// Why not.
        source: io::Error,
    },
    /// There are too many bad lines, or far too many blank ones.
    #[error("more than {most} lines are no records, up to line {line}")]
    TooManyBadLines {
        /// How many there may be.
        most: u64,
        /// The last line that was read.
        line: u64,
    },
    /// Reading it took too much time of the processor.
    #[error("reading the lines takes too much time, up to line {line}")]
    TooMuchWork {
        /// The last line that was read.
        line: u64,
    },
    /// A batch could not be written.
    #[error("the records of lines {first_line} to {last_line} could not be written")]
    Write {
        /// The first line of the batch.
        first_line: u64,
        /// The last line of the batch.
        last_line: u64,
        /// Why not.
        source: E,
    },
}

impl<E: Error + 'static> ImportError<E> {
    /// What was imported before the import stopped, for the user who started it.
    pub fn remains(&self) -> String {
        let imported = &self.imported;
        if imported.records == 0 {
            return "nothing was imported".to_owned();
        }
        format!(
            "before it, {} records of lines 1 to {} were imported, and importing them again is safe",
            imported.records, imported.lines
        )
    }
}

impl<E: Error + 'static> fmt::Display for ImportError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.failure, self.remains())
    }
}

impl<E: Error + 'static> Error for ImportError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.failure.source()
    }
}
