use std::io::Write;

use thiserror::Error;

use super::MAX_LINE_BYTES;
use crate::record::{InvalidRecordLine, RecordLine};

/// A line that is not a record, and why.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}: {reason}")]
pub struct BadLine {
    /// Which line of the input, from 1; of a CSV record that spans lines, the first.
    pub line: u64,
    /// What is wrong with it. The text names the field, where there is one.
    pub reason: BadLineReason,
}

/// Why a line is not a record. Texts out of the input are quoted so that they are safe to print.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BadLineReason {
    /// Its content is not a valid record.
    #[error(transparent)]
    Record(#[from] InvalidRecordLine),
    /// It has more than [`MAX_LINE_BYTES`].
    #[error("longer than {MAX_LINE_BYTES} bytes, which is far more than a record takes")]
    TooLong,
    /// A quoted cell of a CSV is never closed.
    #[error("a quoted cell begins here and the input ends before its closing quote")]
    OpenQuote,
    /// A CSV record has more or fewer cells than there are columns.
    #[error("{found} cells, where the header has {expected}")]
    CellCount {
        /// How many cells it has.
        found: usize,
        /// How many columns there are.
        expected: usize,
    },
    /// A cell is neither a number nor empty.
    #[error("{field} is {text}, not a whole number of milliseconds such as 35")]
    NotAnInteger {
        /// The name of the field.
        field: &'static str,
        /// What stands in the cell, quoted.
        text: String,
    },
    /// A cell is neither a truth value nor empty.
    #[error("{field} is {text}, neither true nor false")]
    NotABoolean {
        /// The name of the field.
        field: &'static str,
        /// What stands in the cell, quoted.
        text: String,
    },
    /// A CSV has no header.
    #[error("no header: the first line of a CSV names its columns, separated by commas")]
    NoHeader,
    /// The header of a CSV names a column that is no field.
    #[error("unknown column {name}: the columns, separated by commas, may be {}", RecordLine::FIELDS.join(", "))]
    UnknownColumn {
        /// The name in the header, quoted.
        name: String,
    },
    /// The header of a CSV names a column twice.
    #[error("the column {field} occurs twice")]
    DoubledColumn {
        /// The name of the field.
        field: &'static str,
    },
    /// The header of a CSV lacks a mandatory column.
    #[error("the column {field} is missing: every record must have one")]
    MissingColumn {
        /// The name of the field.
        field: &'static str,
    },
}

impl BadLineReason {
    /// The name of the field that is wrong, where it is one.
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::Record(reason) => reason.field(),
            Self::NotAnInteger { field, .. }
            | Self::NotABoolean { field, .. }
            | Self::DoubledColumn { field }
            | Self::MissingColumn { field } => Some(field),
            _ => None,
        }
    }
}

/// What to do about bad lines. A bad header of a CSV stops the import in any case.
#[derive(Default)]
pub enum BadLines<'a> {
    /// The first one stops the import, and nothing of its batch is written.
    #[default]
    Stop,
    /// The import goes on without them.
    SetAside {
        /// Where they are written, byte by byte as they were; for a CSV with the header before the first, so that
        /// what is written can be corrected and imported. Nothing is written where no line is bad.
        sink: &'a mut dyn Write,
        /// Is called with each bad line.
        report: &'a mut dyn FnMut(&BadLine),
    },
}
