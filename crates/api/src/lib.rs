#![doc = include_str!("../README.md")]

mod application;
mod audit;
mod connection;
mod endpoint;
mod error;
mod export;
mod http;
mod permits;
mod probe;
mod readiness;
mod recording;
mod reload;
mod response_memory;
mod retention;
mod server;
mod start_error;
mod startup;
mod supervisor;
mod task;

#[cfg(feature = "fuzzing")]
pub mod fuzzing;

pub use application::{Application, open_store};
pub use endpoint::openapi_json;
pub use error::ErrorCode;
pub use export::{ExportFailure, write_export};
pub use readiness::Readiness;
pub use reload::Reloader;
pub use server::{Listeners, StopHandle};
pub use start_error::StartError;
pub use startup::log_start;
