//! One export: a place to run, a thread that reads and writes, and a body that carries the bytes out.

mod body;
mod connection;
mod failure;
mod limiter;
mod local_time;
mod row;
mod service;
mod sink;
mod workbook;

pub(crate) use body::Export;
pub(crate) use connection::ClientConnection;
pub use failure::ExportFailure;
pub(crate) use limiter::{ExportLimiter, ExportPermit};
pub(crate) use service::ExportService;
pub use workbook::write_workbook;
