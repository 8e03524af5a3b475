#![doc = include_str!("../README.md")]

mod application;
mod authorization_message;
mod endpoint;
mod error;
mod export;
mod generator;
mod header;
mod identity;
mod import;
mod query;
mod request;
mod request_body;
mod settings;
mod wire;

pub mod telemetry;

pub use application::{Application, StartError, StopHandle, open_store};
pub use authorization_message::SealError;
pub use error::{ErrorCode, chain as error_chain};
pub use export::{ExportFailure, ExportSummary, write_export};
pub use generator::{DEFAULT_UNTIL, Generator, GeneratorSettings, write_ndjson};
pub use import::{
    BATCH_RECORDS, BadLine, BadLineReason, BadLines, ImportError, ImportFailure, ImportFormat,
    ImportSummary, Importer, MAX_LINE_BYTES,
};
pub use settings::{
    AccessSettings, DatabaseSettings, IdentitySettings, LimitSettings, LogFormat, LoggingSettings,
    MessageKeySettings, MessageSettings, ServerSettings, Settings, SettingsError, TokenSettings,
};
pub use wire::{InvalidRecordLine, RecordLine};
