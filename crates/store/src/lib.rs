#![doc = include_str!("../README.md")]
#![cfg_attr(
    not(all(feature = "postgres", feature = "sqlite")),
    expect(dead_code, reason = "what the database that is left out needs stays")
)]

#[cfg(not(any(feature = "postgres", feature = "sqlite")))]
compile_error!("choose a database: the feature `postgres`, `sqlite` or both");

mod access_key;
mod audit;
mod cancellation;
mod condition;
mod connection;
mod database;
mod error;
mod export_task;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod moment;
mod online;
mod pool;
#[cfg(feature = "postgres")]
mod postgres;
mod record;
mod retention;
mod settings;
mod space;
#[cfg(feature = "sqlite")]
mod sqlite;
mod status;
mod store;
#[cfg(test)]
mod test_support;
mod url;

pub use access_key::{AccessKeyState, AccessKeyStore, NewAccessKey, Revocation, StoredAccessKey};
pub use audit::{AuditEvent, AuditLog, AuditPage, AuditPosition, AuditStore};
pub use cancellation::Cancellation;
pub use database::{Database, DatabaseKind};
pub use error::{StoreError, StoreErrorKind};
pub use export_task::{
    ClaimTurn, ClaimedTask, Deletion, ExportTaskStore, NewExportTask, Settlement, TaskCensus,
    TaskLease, TaskPage,
};
pub use record::RecordPage;
pub use retention::{Deleted, Expired, ExpiredMonth, PartitionsMade, RetentionStore};
pub use settings::StoreSettings;
pub use status::{PoolStatus, connections_cut};
pub use store::{ReadOutcome, RecordStore, Use};
pub use url::shown_url;
