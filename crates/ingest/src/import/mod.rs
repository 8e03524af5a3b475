//! Records from a file into the database, as a stream: NDJSON or CSV, in batches, each bad line named.
//!
//! Memory is bounded by a batch and a line, whatever the file holds.

mod bad_line;
mod cells;
mod csv;
mod entry;
mod error;
mod format;
mod importer;
mod line;
mod ndjson;
mod run;
mod summary;
mod writing;

#[cfg(test)]
mod tests;

pub use bad_line::{BadLine, BadLineReason, BadLines};
pub use error::{ImportError, ImportFailure};
pub use format::ImportFormat;
pub use importer::{BATCH_RECORDS, Importer};
pub use line::MAX_LINE_BYTES;
pub use summary::ImportSummary;
