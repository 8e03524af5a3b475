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
mod count;
mod database;
mod error;
mod export_link;
mod export_task;
mod field_values;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod histogram;
mod moment;
mod online;
mod pool;
#[cfg(feature = "postgres")]
mod postgres;
mod record;
mod retention;
mod session;
mod settings;
mod space;
#[cfg(feature = "sqlite")]
mod sqlite;
mod status;
mod store;
#[cfg(test)]
mod test_support;
mod url;

pub use access_key::{
    AccessKeyBounds, AccessKeyState, AccessKeyStore, Addition, NewAccessKey, Revocation,
    StoredAccessKey,
};
pub use audit::{AuditEvent, AuditLog, AuditPage, AuditPosition, AuditStore};
pub use cancellation::Cancellation;
pub use count::{CountCheck, CountCheckStore, CountDifference};
pub use database::{Database, DatabaseKind};
pub use error::{StoreError, StoreErrorKind};
pub use export_link::{
    Added, ExportLinkStore, LinkEnd, LinkPage, LinkReport, MostLinks, NewExportLink, WaitingLink,
};
pub use export_task::{
    ClaimTurn, ClaimedTask, Deletion, ExportTaskStore, NewExportTask, Settlement, TaskCensus,
    TaskLease, TaskPage, TaskProgress,
};
pub use record::RecordPage;
pub use retention::{
    Deleted, Expired, ExpiredMonth, PartitionStatus, PartitionsMade, RetentionStore, WantedMonths,
    months_of_partitions,
};
pub use session::{
    Alive, ListedSession, NewSession, SessionAbout, SessionBounds, SessionHash, SessionStore,
    StoredSession,
};
pub use settings::StoreSettings;
pub use status::{PoolStatus, ReplicaStatus, connections_cut};
pub use store::{ReadOutcome, RecordStore, Use};
pub use url::shown_url;
