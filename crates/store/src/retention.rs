//! What is too old to be kept, and on PostgreSQL the partitions that are made for what is to come.

use chrono::{DateTime, Utc};

use crate::{Cancellation, StoreError};

/// Keeps a database from growing for ever. Every method blocks; processes that share a database may all call it.
///
/// Everything is by `connection_start_time`: a record is expired when it started before a time that the caller says.
pub trait RetentionStore: Send + Sync {
    /// Makes the partitions that records of the next months will lie in: of the month of `now` and the two after it.
    ///
    /// Nobody needs to wait for it: a record whose month has no partition lies in the last one. On SQLite there is nothing
    /// to make.
    ///
    /// # Errors
    /// [`Busy`](crate::StoreErrorKind::Busy) when the table is in use, by an export for one: it gives up within a second, since
    /// others wait as long as it does; and as [`RecordStore::write`](crate::RecordStore::write).
    fn make_partitions(&self, now: DateTime<Utc>) -> Result<PartitionsMade, StoreError>;

    /// What [`delete_expired`](Self::delete_expired) would delete.
    ///
    /// # Errors
    /// As [`RecordStore::write`](crate::RecordStore::write).
    fn expired(&self, before: DateTime<Utc>) -> Result<Expired, StoreError>;

    /// Deletes the records that started before a time, and what is known of connections without a start of which nothing has
    /// been heard since. What is older is gone when it returns, except for what others were writing meanwhile.
    ///
    /// A partition that is wholly older is dropped, as soon as no export keeps it in use; everything else goes in small
    /// batches, so that nobody waits for long. It stops between two batches when `cancellation` is cancelled; what was deleted
    /// stays so.
    ///
    /// # Errors
    /// As [`RecordStore::write`](crate::RecordStore::write).
    fn delete_expired(
        &self,
        before: DateTime<Utc>,
        cancellation: &Cancellation,
    ) -> Result<Deleted, StoreError>;
}

/// What became of the partitions.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PartitionsMade {
    /// These were made; none where there was nothing to make, or another process is at it.
    Made(Vec<String>),
    /// The role that the service has in the database may not make any.
    NotAllowed,
}

/// What is expired.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expired {
    /// The records, for each month that has any, oldest first.
    pub months: Vec<ExpiredMonth>,
    /// The partitions that would be dropped whole, oldest first.
    pub partitions: Vec<String>,
    /// The connections whose start is not known.
    pub incomplete: u64,
}

/// The expired records of one month of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpiredMonth {
    /// How many there are.
    pub records: u64,
    /// The oldest start.
    pub oldest: DateTime<Utc>,
    /// The newest start.
    pub newest: DateTime<Utc>,
}

/// What was deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deleted {
    /// How many records, those of partitions included.
    pub records: u64,
    /// The partitions that were dropped, oldest first.
    pub partitions: Vec<String>,
    /// How many connections whose start is not known.
    pub incomplete: u64,
}
