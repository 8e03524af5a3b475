use std::ops::ControlFlow;

use deskledger_domain::{
    ConnectionEvent, ConnectionRecord, ExportFilter, FieldValues, Histogram, HistogramRequest,
    InvalidFilter, OnlineRequest, Page, ProjectScope, RecordRef, ValuesRequest, Written,
};

use crate::{
    AccessKeyStore, Cancellation, CountCheckStore, DatabaseKind, PoolStatus, RecordPage,
    ReplicaStatus, RetentionStore, StoreError,
};

/// A database of connection records. Every method blocks; all may be called from several threads at once.
///
/// Both databases keep the same promises: one suite of tests runs against both.
pub trait RecordStore: Send + Sync {
    /// Which database it is.
    fn kind(&self) -> DatabaseKind;

    /// Brings the schema up to date and returns the names of the migrations that it ran, in their order; none if
    /// there was nothing to do. Where a PostgreSQL database has the extension citus, the tables of records are then distributed by
    /// project, with what they hold.
    ///
    /// Processes that start at once may all call it: one migrates, the others wait for it, on PostgreSQL for
    /// `migration_lock_timeout`.
    ///
    /// # Errors
    /// [`Migration`](crate::StoreErrorKind::Migration) when one fails, which leaves the schema as the one before it did;
    /// [`Busy`](crate::StoreErrorKind::Busy) when another process migrates for too long, which the source names;
    /// [`Unsuitable`](crate::StoreErrorKind::Unsuitable) when a PostgreSQL database is not encoded in UTF-8 or is older than
    /// version 13, or when a file is no SQLite database;
    /// [`Unavailable`](crate::StoreErrorKind::Unavailable) when the database does not answer.
    fn migrate(&self) -> Result<Vec<String>, StoreError>;

    /// The names of the migrations that [`migrate`](Self::migrate) would run, in their order. It waits for nobody.
    ///
    /// # Errors
    /// As [`migrate`](Self::migrate).
    fn pending_migrations(&self) -> Result<Vec<String>, StoreError>;

    /// Whether the database answers. It has a connection of its own for this, so exports that hold all of theirs do
    /// not make the database look ill. It does not ask whether the schema is up to date.
    ///
    /// # Errors
    /// - [`Unavailable`](crate::StoreErrorKind::Unavailable) when the database is unavailable;
    /// - [`ReadOnly`](crate::StoreErrorKind::ReadOnly) when PostgreSQL would take no audit, without which no export is begun;
    /// - [`Full`](crate::StoreErrorKind::Full) when the last write found no space and, as far as is known, there is still none.
    fn check(&self) -> Result<(), StoreError>;

    /// Whether the role of the database has the rights that a use needs, in a schema that is up to date. A SQLite file knows none.
    ///
    /// # Errors
    /// [`LacksRights`](crate::StoreErrorKind::LacksRights) when it lacks one, or when policies may hide rows from it: the error
    /// names them all. [`Unavailable`](crate::StoreErrorKind::Unavailable) when the database is unavailable.
    fn check_rights(&self, for_use: Use) -> Result<(), StoreError>;

    /// How many connections the server allows the role, however many others hold. `None` where there is no server.
    ///
    /// # Errors
    /// [`Unavailable`](crate::StoreErrorKind::Unavailable) when the database is unavailable.
    fn server_connections(&self) -> Result<Option<u32>, StoreError> {
        Ok(None)
    }

    /// What the connections do, pool by pool.
    fn pools(&self) -> Vec<PoolStatus>;

    /// What the replica does from which records are read, where there is one.
    ///
    /// Where there is one, the methods that read records read there as long as it is near enough, so they may miss what was
    /// written within `max_replica_lag`. Where it fails before anything was handed over, the primary is read.
    fn replica(&self) -> Option<ReplicaStatus> {
        None
    }

    /// How many records match `filter`, just as [`read`](Self::read) would find them. Of a filter that asks for a range of time
    /// alone the numbers of the days are added up, and no more records are looked at than those of half a day at either end.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    fn count(&self, filter: &ExportFilter) -> Result<u64, StoreError>;

    /// Passes every record that matches `filter` to `sink`, newest `connection_start_time` first, ties by
    /// `transaction_id` in descending order of its bytes (`contract.md` §1).
    ///
    /// A record is borrowed for the call alone, straight from what the database sent; [`RecordRef::to_record`] makes a copy
    /// to keep.
    ///
    /// All records come from one snapshot: what is written meanwhile is not among them. They come one by one as the
    /// database yields them, so memory is flat whatever their number, and the database waits while `sink` does.
    ///
    /// The read ends at once, in the database too, when `sink` breaks or `cancellation` is cancelled from any
    /// thread. What a cancellation does not cut short is the wait for a connection, which `connection_timeout` bounds, and
    /// a sink that blocks.
    ///
    /// # Errors
    /// - [`Unavailable`](crate::StoreErrorKind::Unavailable) when the database is unavailable, or becomes so meanwhile;
    /// - [`Busy`](crate::StoreErrorKind::Busy) when no connection comes free within `connection_timeout`;
    /// - [`TimedOut`](crate::StoreErrorKind::TimedOut) when the read takes longer than `statement_timeout`;
    /// - [`Corrupt`](crate::StoreErrorKind::Corrupt) when a row is not a valid record.
    ///
    /// `sink` may have got records before an error: only [`ReadOutcome::Complete`] says that it got all.
    fn read(
        &self,
        filter: &ExportFilter,
        cancellation: &Cancellation,
        sink: &mut dyn FnMut(RecordRef<'_>) -> ControlFlow<()>,
    ) -> Result<ReadOutcome, StoreError>;

    /// A part of the records that match `filter`, in the order of [`read`](Self::read); how many match in all, where the page
    /// begins by an offset and is counted; and where the next page begins, where there is one. All come from one snapshot.
    ///
    /// A page that begins after a marker costs the same wherever that is. One that begins by an offset passes over so many
    /// entries of an index, or over so many rows where the filter is in none; to count passes over all that match, but for a
    /// filter that asks for a range of time alone, which is counted as [`count`](Self::count) says. A page may be asked for
    /// without a count.
    ///
    /// It has connections of its own, so exports that hold all of theirs do not keep anybody from looking.
    ///
    /// # Errors
    /// As [`read`](Self::read), with `query_timeout`.
    fn page(&self, filter: &ExportFilter, page: &Page) -> Result<RecordPage, StoreError>;

    /// The record of a connection of the scope's project; `None` where that project has none, or the start of the connection is not
    /// known yet. It costs the same however many records there are.
    ///
    /// # Errors
    /// As [`page`](Self::page).
    fn record(
        &self,
        scope: &ProjectScope,
        transaction_id: &str,
    ) -> Result<Option<ConnectionRecord>, StoreError>;

    /// How many records match in each bucket of a request, how many of those failed, and how many users they are of: from one
    /// snapshot, and just those that [`read`](Self::read) would find.
    ///
    /// Where the range of the filter is open, it begins with the oldest record that matches, or ends with the newest. With a range
    /// of time alone, an index is all that is read; else every record that matches is looked at.
    ///
    /// The inner error says that an open range would have too many buckets.
    ///
    /// # Errors
    /// As [`page`](Self::page), except that no row can be [`Corrupt`](crate::StoreErrorKind::Corrupt).
    fn histogram(
        &self,
        request: &HistogramRequest,
    ) -> Result<Result<Histogram, InvalidFilter>, StoreError>;

    /// The most frequent values of a field, of the records that match, and how many of them have each. What a record does not
    /// have is no value.
    ///
    /// At most the request's `most_records` are looked at: the newest of those that an index finds by the filter. Where these are
    /// as many, the counts are not [`exact`](FieldValues::exact), and neither where on SQLite the values fill 32 MiB.
    ///
    /// # Errors
    /// As [`histogram`](Self::histogram).
    fn values(&self, request: &ValuesRequest) -> Result<FieldValues, StoreError>;

    /// How many users had a connection that was open, in each hour or day of the request's grid.
    ///
    /// A connection is open from `connection_setup_time`, which is included, until `connection_end_time`, which is not, or
    /// where it did not end until the request's `now`; and always at the moment of its setup. One that failed, which has no
    /// setup, never was. Users are distinguished by the key of their name; a connection without a name counts for no user.
    ///
    /// What is read are the records that began within the grid or 24 hours before, and those that were open for longer.
    ///
    /// # Errors
    /// As [`page`](Self::page), except that no row can be [`Corrupt`](crate::StoreErrorKind::Corrupt).
    fn users_online(&self, request: &OnlineRequest) -> Result<Vec<u64>, StoreError>;

    /// Writes what events say of their connections, as [`ConnectionEvent::merge`] would merge them with what was known: a field
    /// that an event knows replaces what was there, any other field stays. An event of a connection whose start is not
    /// known is kept and merged likewise, but is part of no record, count or export until the start comes.
    ///
    /// A start that another one replaces moves the record. On PostgreSQL that holds for at least three months after the
    /// connection was first heard of. An event with another start that comes more than six months after makes a second record.
    ///
    /// All are written or none, and once this returns they outlast a loss of power. Some 10,000 events at a time are
    /// fast; SQLite gains from more where there are many in all (50,000: 1.6 times). Writing them again changes nothing, nor
    /// does it matter how events that agree are split among writers, who may write at the same time.
    ///
    /// # Errors
    /// - [`Unavailable`](crate::StoreErrorKind::Unavailable) when the database is unavailable, or becomes so meanwhile
    ///   (it is then not known whether they were written: write them again);
    /// - [`Busy`](crate::StoreErrorKind::Busy) when no connection, or on SQLite the lock, comes free within `connection_timeout`;
    /// - [`Other`](crate::StoreErrorKind::Other) when the database refuses one, a time before the year -4712 for one.
    fn write(&self, events: &[ConnectionEvent]) -> Result<Written, StoreError>;

    /// The access keys in the same database.
    fn access_keys(&self) -> &dyn AccessKeyStore;

    /// The numbers of records that the same database keeps for each project and day.
    fn count_checks(&self) -> &dyn CountCheckStore;

    /// What is too old in the same database.
    fn retention(&self) -> &dyn RetentionStore;
}

/// What a role of the database is about to be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Use {
    /// The service, as far as exports and lists go.
    Serve,
    /// Access keys of the database, as those who sign.
    Keys,
    /// Access keys of the database, as those who make and revoke them.
    ChangeKeys,
    /// Export links.
    Links,
    /// Export tasks.
    Tasks,
    /// Comparing the numbers of records with the records.
    Check,
    /// Correcting them.
    Repair,
    /// Sessions of people who sign in.
    Sessions,
    /// Exports by command.
    Export,
    /// Records that come in.
    Record,
    /// Deleting what is too old.
    Retain,
}

impl Use {
    const fn name(self) -> &'static str {
        match self {
            Self::Serve => "serve",
            Self::Keys => "know access keys",
            Self::ChangeKeys => "make and revoke access keys",
            Self::Links => "make export links",
            Self::Tasks => "run export tasks",
            Self::Check => "check the numbers of records",
            Self::Repair => "repair the numbers of records",
            Self::Sessions => "keep sessions",
            Self::Export => "export",
            Self::Record => "record",
            Self::Retain => "delete what is too old",
        }
    }
}

/// What a role lacks, as an error; `Ok` where that is nothing.
pub(crate) fn check_rights(for_use: Use, lacking: &[String]) -> Result<(), StoreError> {
    if lacking.is_empty() {
        return Ok(());
    }
    let reason = format!(
        "to {}, the role of the database lacks {}",
        for_use.name(),
        lacking.join(", ")
    );
    Err(StoreError::lacks_rights("check the rights", reason))
}

/// How a read ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a read that was stopped has not handed over all records"]
pub enum ReadOutcome {
    /// Every record that matches was handed over.
    Complete,
    /// It was cancelled, or the sink wanted no more.
    Stopped,
}
