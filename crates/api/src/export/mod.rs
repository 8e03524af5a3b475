//! One export: a permit to run, a thread that reads and writes, and a body that carries the bytes out.

mod body;
mod counted;
mod failure;
mod service;
mod sink;
mod write;

pub(crate) use body::Export;
pub use failure::ExportFailure;
pub(crate) use service::{ExportService, Follower, Transfer};
pub use write::{write_audits, write_export};
