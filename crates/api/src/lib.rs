#![doc = include_str!("../README.md")]

mod application;
mod audit;
mod connection;
mod endpoint;
mod error;
mod export;
mod http;
mod link;
mod recording;
mod response_memory;
mod server;
mod task;

#[cfg(feature = "fuzzing")]
pub mod fuzzing;

pub use application::{Application, open_store};
pub use deskledger_lifecycle::{Readiness, Reloader, StartError, log_start};
pub use endpoint::openapi_json;
pub use error::ErrorCode;
pub use export::{ExportFailure, write_audits, write_export};
pub use server::{Listeners, StopHandle};
