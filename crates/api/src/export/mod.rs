//! One export: a permit to run, a thread that reads and writes, and a body that carries the bytes out.

mod account;
mod body;
mod failure;
mod form;
mod service;
mod sink;

pub(crate) use body::Export;
pub use failure::ExportFailure;
pub use form::{ExportSummary, write_export};
pub(crate) use service::{ExportService, Transfer};
