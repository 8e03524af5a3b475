//! PostgreSQL.

mod access_key;
mod audit;
mod connect;
mod constants;
mod copy;
mod count;
mod field_values;
mod generation;
mod histogram;
mod migrate;
mod online;
mod page;
mod partition;
mod query;
mod read;
mod reader;
mod replica;
mod retain;
mod retention;
mod right;
mod row_connections;
mod session;
mod sharded;
#[cfg(test)]
mod tests;
mod values;
mod watchdog;
mod write;

use std::cell::Cell;
use std::ops::ControlFlow;
use std::time::Duration;

use deskledger_domain::{
    ConnectionEvent, ConnectionRecord, ExportFilter, FieldValues, Histogram, HistogramRequest,
    InvalidFilter, OnlineRequest, Page, ProjectScope, RecordRef, ValuesRequest, Written,
};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

pub(crate) use self::audit::PostgresAudits;
use self::connect::{Connector, Purpose, Session};
#[cfg(feature = "fuzzing")]
pub use self::copy::decode as decode_copy;
use self::reader::Reader;
use self::replica::Replica;
pub(crate) use self::row_connections::PostgresRowConnections;
pub(crate) use self::watchdog::connections_cut;
use crate::error::Cause;
use crate::pool::{Connect as _, Pool};
use crate::space::Space;
use crate::{
    AccessKeyStore, Cancellation, CountCheckStore, DatabaseKind, PoolStatus, ReadOutcome,
    RecordPage, RecordStore, ReplicaStatus, RetentionStore, StoreError, StoreErrorKind,
    StoreSettings, Use,
};

/// What a statement counted by itself. Its command tag counts what the server likes.
#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Where the rows of the records are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    /// At the server that was asked.
    Whole,
    /// In shards, those of each project in one, maybe at another server.
    Sharded,
}

/// Connection records in PostgreSQL.
pub(crate) struct PostgresStore {
    reader: Reader,
    replica: Option<Replica>,
    writes: Pool<Connector>,
    /// One connection, so that a request waits for no export before its caller is known.
    checks: Pool<Connector>,
    /// Another one, which waits for nobody.
    probe: Pool<Connector>,
    space: Space,
    service: Connector,
    silence: Duration,
    migration_lock_timeout: Duration,
    override_read_only: bool,
}

impl PostgresStore {
    pub(crate) fn new(settings: &StoreSettings) -> Self {
        let pool = |name, purpose, size| {
            let connector = Connector::new(settings, purpose);
            Pool::new(name, connector, size, settings.connection_timeout)
        };
        Self {
            reader: Reader::new(settings, ["exports", "queries"]),
            replica: Replica::of(settings),
            writes: pool(
                "writes",
                Purpose::Write {
                    statement_timeout: settings.write_timeout,
                },
                settings.write_pool_size,
            ),
            checks: pool("checks", Purpose::Check, 1),
            probe: pool("probe", Purpose::Check, 1),
            space: Space::default(),
            service: Connector::new(settings, Purpose::Service),
            silence: settings.silence,
            migration_lock_timeout: settings.migration_lock_timeout,
            override_read_only: settings.override_read_only,
        }
    }

    /// Does `work` at the replica, where there is one that may be read, or else at the primary: also where the replica fails.
    fn reading<T>(
        &self,
        mut work: impl FnMut(&Reader) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let replica = self.replica.as_ref();
        replica
            .and_then(|replica| replica.try_to(&mut work, || false))
            .unwrap_or_else(|| work(&self.reader))
    }

    /// Does `work`, which is short, on a connection for queries.
    fn query<T>(
        &self,
        action: &'static str,
        work: impl Fn(&mut PgConnection) -> QueryResult<T>,
    ) -> Result<T, StoreError> {
        self.reading(|reader| reader.query(action, &work))
    }

    fn on_own_connection<T>(
        &self,
        action: &'static str,
        work: impl FnOnce(PgConnection) -> Result<T, Cause>,
    ) -> Result<T, StoreError> {
        let Session {
            connection,
            watched,
            patience,
            ..
        } = self.service.connect()?;
        watched
            .during(patience, || work(connection))
            .map_err(|error| {
                let kind = if watched.is_cut() {
                    StoreErrorKind::Unavailable
                } else if error.is::<migrate::Locked>() {
                    StoreErrorKind::Busy
                } else {
                    StoreErrorKind::Migration
                };
                StoreError::new(kind, action).because(error)
            })
    }
}

impl RecordStore for PostgresStore {
    fn kind(&self) -> DatabaseKind {
        DatabaseKind::Postgres
    }

    fn migrate(&self) -> Result<Vec<String>, StoreError> {
        self.on_own_connection("migrate the schema", |connection| {
            migrate::run(connection, self.migration_lock_timeout)
        })
    }

    fn pending_migrations(&self) -> Result<Vec<String>, StoreError> {
        self.on_own_connection("look for pending migrations", migrate::pending)
    }

    fn check(&self) -> Result<(), StoreError> {
        const ACTION: &str = "check the database";
        let may_write = self.probe.with(ACTION, |session| {
            session::may_write(&mut session.connection, self.override_read_only)
                .map_err(|error| StoreError::of_statement(ACTION, error))
        })?;
        // An export is written into the audit, or it is not begun.
        if !may_write {
            return Err(StoreError::new(StoreErrorKind::ReadOnly, ACTION));
        }
        if self.space.was_lacking_just_now() {
            return Err(StoreError::new(StoreErrorKind::Full, ACTION));
        }
        Ok(())
    }

    fn pools(&self) -> Vec<PoolStatus> {
        let others = [&self.writes, &self.checks, &self.probe];
        let pools = self.reader.pools();
        let pools = pools.chain(others.map(Pool::status));
        pools
            .chain(self.replica.iter().flat_map(Replica::pools))
            .collect()
    }

    fn replica(&self) -> Option<ReplicaStatus> {
        self.replica.as_ref().map(Replica::status)
    }

    fn check_rights(&self, for_use: Use) -> Result<(), StoreError> {
        const ACTION: &str = "check the rights";
        let lacking = self.checks.with(ACTION, |session| {
            right::lacking(&mut session.connection, for_use)
                .map_err(|error| StoreError::of_statement(ACTION, error))
        })?;
        crate::store::check_rights(for_use, &lacking)
    }

    fn server_connections(&self) -> Result<Option<u32>, StoreError> {
        const ACTION: &str = "ask how many connections there may be";
        self.checks.with(ACTION, |session| {
            let connections = right::connections(&mut session.connection).map(Some);
            connections.map_err(|error| StoreError::of_statement(ACTION, error))
        })
    }

    fn count(&self, filter: &ExportFilter) -> Result<u64, StoreError> {
        self.reading(|reader| reader.count(filter, |connection| page::count(connection, filter)))
    }

    fn read(
        &self,
        filter: &ExportFilter,
        cancellation: &Cancellation,
        sink: &mut dyn FnMut(RecordRef<'_>) -> ControlFlow<()>,
    ) -> Result<ReadOutcome, StoreError> {
        if cancellation.is_cancelled() {
            return Ok(ReadOutcome::Stopped);
        }
        let handed_over = Cell::new(false);
        let mut read = |reader: &Reader| {
            reader.read(filter, cancellation, &mut |record| {
                handed_over.set(true);
                sink(record)
            })
        };
        let replica = self.replica.as_ref();
        replica
            .and_then(|replica| replica.try_to(&mut read, || handed_over.get()))
            .unwrap_or_else(|| read(&self.reader))
    }

    fn page(&self, filter: &ExportFilter, page: &Page) -> Result<RecordPage, StoreError> {
        self.query("list records", |connection| {
            page::read(connection, filter, page)
        })
    }

    fn record(
        &self,
        scope: &ProjectScope,
        transaction_id: &str,
    ) -> Result<Option<ConnectionRecord>, StoreError> {
        self.query("find a record", |connection| {
            page::one(connection, scope, transaction_id)
        })
    }

    fn histogram(
        &self,
        request: &HistogramRequest,
    ) -> Result<Result<Histogram, InvalidFilter>, StoreError> {
        self.query("make a histogram", |connection| {
            histogram::read(connection, request)
        })
    }

    fn values(&self, request: &ValuesRequest) -> Result<FieldValues, StoreError> {
        self.query("count values", |connection| {
            field_values::read(connection, request)
        })
    }

    fn users_online(&self, request: &OnlineRequest) -> Result<Vec<u64>, StoreError> {
        self.query("count users online", |connection| {
            online::count(connection, request)
        })
    }

    fn write(&self, events: &[ConnectionEvent]) -> Result<Written, StoreError> {
        const ACTION: &str = "write records";
        if events.is_empty() {
            return Ok(Written::default());
        }
        self.space.note(self.writes.with(ACTION, |session| {
            let layout = session.layout();
            write::write(&mut session.connection, layout, events)
                .map_err(|error| StoreError::of_statement(ACTION, error))
        }))
    }

    fn access_keys(&self) -> &dyn AccessKeyStore {
        self
    }

    fn count_checks(&self) -> &dyn CountCheckStore {
        self
    }

    fn retention(&self) -> &dyn RetentionStore {
        self
    }
}
