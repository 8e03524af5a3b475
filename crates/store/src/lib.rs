#![doc = include_str!("../README.md")]

mod access_key;
mod audit;
mod audit_rows;
mod audit_statements;
mod cancellation;
mod condition;
mod error;
mod export_task;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod key;
mod online;
mod page;
mod pool;
mod postgres;
mod retention;
mod rows;
mod settings;
mod space;
mod sqlite;
mod status;
mod store;
#[cfg(test)]
mod test_support;
mod url;

pub use access_key::{AccessKeyState, AccessKeyStore, NewAccessKey, Revocation, StoredAccessKey};
pub use audit::{AuditEvent, AuditLog, AuditPage, AuditPosition, AuditStore, open_audits};
pub use cancellation::Cancellation;
pub use error::{StoreError, StoreErrorKind};
pub use export_task::{
    ClaimTurn, ClaimedTask, Deletion, ExportTaskStore, NewExportTask, Settlement, TaskCensus,
    TaskLease, TaskPage, open_export_tasks,
};
pub use page::RecordPage;
pub use retention::{Deleted, Expired, ExpiredMonth, PartitionsMade, RetentionStore};
pub use settings::StoreSettings;
pub use status::{PoolStatus, connections_cut};
pub use store::{DatabaseKind, ReadOutcome, RecordStore, Use, open};
pub use url::shown_url;
