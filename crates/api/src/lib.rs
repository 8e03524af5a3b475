#![doc = include_str!("../README.md")]

mod accept;
mod answer;
mod application;
mod audit;
mod byte_range;
mod coding;
mod connection;
mod delivery;
mod endpoint;
mod error;
mod export;
mod header;
mod media_type;
mod metrics;
mod openapi;
mod permits;
mod probe;
mod query;
mod received;
mod recording;
mod reload;
mod repetition;
mod request;
mod request_body;
mod response_memory;
mod retention;
mod server;
mod startup;
mod task;
mod wire;

#[cfg(feature = "fuzzing")]
pub mod fuzzing;
pub mod telemetry;

pub use application::{Application, StartError, open_store};
pub use error::ErrorCode;
pub use export::{ExportFailure, write_export};
pub use openapi::openapi_json;
pub use reload::Reloader;
pub use server::{Listeners, StopHandle};
pub use startup::{Readiness, log_start};
