#![doc = include_str!("../README.md")]

mod array;
mod import;
mod record;

pub use array::{InvalidArray, read_array};
pub use import::{
    BATCH_RECORDS, BadLine, BadLineReason, BadLines, ImportError, ImportFailure, ImportFormat,
    ImportSummary, Importer, MAX_LINE_BYTES,
};
pub use record::{
    BorrowedRecordLine, InvalidRecordLine, RecordLine, is_utf16, without_byte_order_mark,
};
