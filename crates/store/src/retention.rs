//! What is too old to be kept, and on PostgreSQL the partitions that are made for what is to come.

use std::ops::Range;

use chrono::{DateTime, Datelike as _, Days, Months, NaiveTime, Utc};

use crate::{Cancellation, StoreError};

/// How many months before this one may have a partition: 18 years. A statement that no range of time bounds locks each
/// partition and its indexes, so more would soon take all locks of a server.
const MONTHS_BACK: u32 = 216;

/// The months from this one on that may have a partition: two years.
const MONTHS_AHEAD: u32 = 24;

/// The months that may have a partition of their own at `now`, from the start of the first until that of the first that may
/// not. What started before or after lies in the open partition at that end.
pub fn months_of_partitions(now: DateTime<Utc>) -> Range<DateTime<Utc>> {
    let today = now.date_naive();
    let month = today.checked_sub_days(Days::new(today.day0().into()));
    let of = |month: Option<chrono::NaiveDate>| {
        month.map_or(now, |month| month.and_time(NaiveTime::MIN).and_utc())
    };
    of(month.and_then(|month| month.checked_sub_months(Months::new(MONTHS_BACK))))
        ..of(month.and_then(|month| month.checked_add_months(Months::new(MONTHS_AHEAD))))
}

/// Keeps a database from growing for ever. Every method blocks; processes that share a database may all call it.
///
/// Everything is by `connection_start_time`: a record is expired when it started before a time that the caller says.
pub trait RetentionStore: Send + Sync {
    /// Makes the partitions that records of the next months will lie in: of the month of `now` and the two after it.
    ///
    /// Nobody needs to wait for it: a record whose month has no partition lies in the last one. On SQLite there is nothing
    /// to make.
    ///
    /// It also forgets on PostgreSQL which connections were first heard of more than three to six months ago, whatever their
    /// records: see [`RecordStore::write`](crate::RecordStore::write).
    ///
    /// # Errors
    /// [`Busy`](crate::StoreErrorKind::Busy) when the table is in use, by an export for one: it gives up within a second, since
    /// others wait as long as it does; and as [`RecordStore::write`](crate::RecordStore::write).
    fn make_partitions(&self, now: DateTime<Utc>) -> Result<PartitionsMade, StoreError>;

    /// The partitions that there are, in the order of time; none on SQLite.
    ///
    /// # Errors
    /// As [`RecordStore::write`](crate::RecordStore::write).
    fn partitions(&self) -> Result<Vec<PartitionStatus>, StoreError>;

    /// Makes a partition for each month that is wanted, so that records of the past need not lie in the one that is open at the
    /// beginning: that is divided, and so is a partition of several months. On SQLite there is nothing to make.
    ///
    /// What a partition holds moves. A few records do so while nobody uses the table, which takes milliseconds. Many are copied in
    /// steps, while others read and write as always, and the copies take the position of the partition in the end; until then they
    /// take as much of the disk again. `moved` is called with how many records were copied so far. Where it ends before,
    /// all is as it was; each month that was made stays.
    ///
    /// # Errors
    /// [`Busy`](crate::StoreErrorKind::Busy) when the table is in use, by an export for one, again and again, or another process
    /// divides a partition; and as [`RecordStore::write`](crate::RecordStore::write).
    fn make_months(
        &self,
        wanted: &WantedMonths,
        moved: &mut dyn FnMut(u64),
        cancellation: &Cancellation,
    ) -> Result<PartitionsMade, StoreError>;

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
    /// This partition holds more than a few records, and [`WantedMonths::however_many`] is not set; or it lies in shards, where
    /// many do not move.
    Filled(String),
}

/// The months for which [`make_months`](RetentionStore::make_months) makes partitions, none of them outside
/// [`months_of_partitions`].
#[derive(Clone, Debug)]
pub struct WantedMonths {
    /// When it is.
    pub now: DateTime<Utc>,
    /// Every month from that of this time on. `None`: none of the past but those of `starts`.
    pub from: Option<DateTime<Utc>>,
    /// The months of these times. What lies between them stays in one partition.
    pub starts: Vec<DateTime<Utc>>,
    /// Every month to come before that of this time, and at least that of `now` and the two after it. `None`: just those where
    /// there is a `from`, else none.
    pub until: Option<DateTime<Utc>>,
    /// Whether partitions with more than a few records are divided too.
    pub however_many: bool,
}

/// A partition of the records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionStatus {
    /// The name of its table.
    pub name: String,
    /// The earliest start that it takes; `None` where it is open at the beginning.
    pub start: Option<DateTime<Utc>>,
    /// The start that it does not take any more; `None` where it is open at the end.
    pub end: Option<DateTime<Utc>>,
    /// How many records it has, by the numbers of days.
    pub records: u64,
    /// What it takes of the disk, its indexes included, in bytes.
    pub bytes: u64,
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
