//! SQLite.

mod access_key;
mod audit;
mod connect;
mod count;
mod field_values;
mod histogram;
mod migrate;
mod online;
mod page;
mod query;
mod read;
mod retention;
mod row_connections;
#[cfg(test)]
mod tests;
mod write;

use std::ops::ControlFlow;
use std::thread;
use std::time::Duration;

use chrono::{DateTime, Utc};
use deskledger_domain::{
    ConnectionEvent, ConnectionRecord, ExportFilter, FieldValues, Histogram, HistogramRequest,
    InvalidFilter, OnlineRequest, Page, ProjectScope, RecordRef, ValuesRequest, Written,
};
use diesel::prelude::*;

pub(crate) use self::audit::SqliteAudits;
pub(crate) use self::connect::File;
use self::connect::{Connector, Purpose};
pub(crate) use self::row_connections::SqliteRowConnections;
use crate::count::records_in;
use crate::error::Cause;
use crate::pool::{Connect as _, Pool};
use crate::space::Space;
use crate::{
    AccessKeyStore, Cancellation, CountCheckStore, DatabaseKind, Deleted, Expired, PartitionStatus,
    PartitionsMade, PoolStatus, ReadOutcome, RecordPage, RecordStore, RetentionStore, StoreError,
    StoreErrorKind, StoreSettings, Use, WantedMonths,
};

/// Connection records in a SQLite file.
pub(crate) struct SqliteStore {
    exports: Pool<Connector>,
    /// Those of exports may all be taken for long.
    queries: Pool<Connector>,
    writes: Pool<Connector>,
    /// One connection, so that a request waits for no export before its caller is known.
    checks: Pool<Connector>,
    /// Another one, which waits for nobody.
    probe: Pool<Connector>,
    space: Space,
    service: Connector,
    statement_timeout: Option<Duration>,
    query_timeout: Option<Duration>,
}

impl SqliteStore {
    pub(crate) fn new(file: &File, settings: &StoreSettings) -> Self {
        let timeout = settings.connection_timeout;
        let connector = |purpose| Connector::new(file, purpose, timeout);
        Self {
            exports: Pool::new(
                "exports",
                connector(Purpose::Export),
                settings.pool_size,
                timeout,
            ),
            queries: Pool::new(
                "queries",
                connector(Purpose::Export),
                settings.query_pool_size,
                timeout,
            ),
            // There is one writer at a time; waiting here is fairer than waiting for its lock.
            writes: Pool::new("writes", connector(Purpose::Write), 1, timeout),
            checks: Pool::new("checks", connector(Purpose::Service), 1, timeout),
            probe: Pool::new("probe", connector(Purpose::Service), 1, timeout),
            space: Space::default(),
            service: connector(Purpose::Service),
            statement_timeout: settings.statement_timeout,
            query_timeout: settings.query_timeout,
        }
    }

    fn on_own_connection<T>(
        &self,
        action: &'static str,
        work: impl FnOnce(&mut SqliteConnection) -> Result<T, Cause>,
    ) -> Result<T, StoreError> {
        work(&mut self.service.connect()?)
            .map_err(|error| StoreError::new(StoreErrorKind::Migration, action).because(error))
    }

    /// Does `work` on a connection for exports, with a statement that stops when it should.
    fn export<T>(
        &self,
        action: &'static str,
        cancellation: &Cancellation,
        work: impl FnOnce(&mut SqliteConnection, &read::Limit) -> QueryResult<T>,
    ) -> Result<Option<T>, StoreError> {
        let limit = read::Limit::new(cancellation, self.statement_timeout);
        reading(&self.exports, action, &limit, |connection| {
            work(connection, &limit)
        })
    }

    /// Does `work`, which is short, on a connection for queries.
    fn query<T>(
        &self,
        action: &'static str,
        work: impl FnOnce(&mut SqliteConnection) -> QueryResult<T>,
    ) -> Result<T, StoreError> {
        let limit = read::Limit::new(&Cancellation::new(), self.query_timeout);
        let result = reading(&self.queries, action, &limit, work)?;
        // Nobody cancels it.
        result.ok_or_else(|| StoreError::new(StoreErrorKind::Other, action))
    }
}

/// Does `work`, which reads, on a connection of a pool, with statements that stop when they should. `None` where that was
/// because somebody cancelled them.
fn reading<T>(
    pool: &Pool<Connector>,
    action: &'static str,
    limit: &read::Limit,
    work: impl FnOnce(&mut SqliteConnection) -> QueryResult<T>,
) -> Result<Option<T>, StoreError> {
    pool.with(action, |connection| {
        let result = limit.watch_over(connection).and_then(|()| work(connection));
        match result {
            Ok(value) => Ok(Some(value)),
            Err(_) if limit.is_cancelled() => Ok(None),
            Err(error) if limit.is_passed() => {
                Err(StoreError::new(StoreErrorKind::TimedOut, action).because(error))
            }
            Err(error) => Err(StoreError::of_statement(action, error)),
        }
    })
}

impl RecordStore for SqliteStore {
    fn kind(&self) -> DatabaseKind {
        DatabaseKind::Sqlite
    }

    fn migrate(&self) -> Result<Vec<String>, StoreError> {
        self.on_own_connection("migrate the schema", migrate::run)
    }

    fn pending_migrations(&self) -> Result<Vec<String>, StoreError> {
        self.on_own_connection("look for pending migrations", migrate::pending)
    }

    fn check(&self) -> Result<(), StoreError> {
        const ACTION: &str = "check the database";
        self.probe.with(ACTION, |connection| {
            connect::touch(connection).map_err(|error| StoreError::of_statement(ACTION, error))?;
            if self.space.is_lacking() {
                self.service.check_space(ACTION)?;
                let written = connect::touch_by_writing(connection);
                self.space
                    .note(written.map_err(|error| StoreError::of_statement(ACTION, error)))?;
            }
            Ok(())
        })
    }

    fn pools(&self) -> Vec<PoolStatus> {
        let pools = [&self.exports, &self.queries, &self.writes];
        let pools = pools.into_iter().chain([&self.checks, &self.probe]);
        pools.map(Pool::status).collect()
    }

    fn check_rights(&self, _: Use) -> Result<(), StoreError> {
        Ok(())
    }

    fn count(&self, filter: &ExportFilter) -> Result<u64, StoreError> {
        let count = self.export("count records", &Cancellation::new(), |connection, _| {
            connection.transaction(|connection| records_in(connection, filter))
        })?;
        Ok(count.unwrap_or_default())
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
        let outcome = self.export("read records", cancellation, |connection, limit| {
            read::rows(connection, filter, limit, sink)
        })?;
        Ok(outcome.unwrap_or(ReadOutcome::Stopped))
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
        self.space.note(self.writes.with(ACTION, |connection| {
            write::write(connection, events)
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

impl SqliteStore {
    /// Deletes batch after batch, and lets others write in between.
    fn delete(
        &self,
        what: retention::What,
        before: DateTime<Utc>,
        cancellation: &Cancellation,
    ) -> Result<u64, StoreError> {
        const ACTION: &str = "delete expired records";
        const PAUSE: Duration = Duration::from_millis(20);
        let mut total = 0;
        while !cancellation.is_cancelled() {
            let deleted = self.writes.with(ACTION, |connection| {
                retention::delete(connection, what, before)
                    .map_err(|error| StoreError::of_statement(ACTION, error))
            })?;
            total += deleted;
            // What comes meanwhile has time.
            if deleted < retention::BATCH.into() {
                break;
            }
            thread::sleep(PAUSE);
        }
        Ok(total)
    }
}

impl RetentionStore for SqliteStore {
    fn make_partitions(&self, _: DateTime<Utc>) -> Result<PartitionsMade, StoreError> {
        Ok(PartitionsMade::Made(Vec::new()))
    }

    fn partitions(&self) -> Result<Vec<PartitionStatus>, StoreError> {
        Ok(Vec::new())
    }

    fn make_months(
        &self,
        _: &WantedMonths,
        _: &mut dyn FnMut(u64),
        _: &Cancellation,
    ) -> Result<PartitionsMade, StoreError> {
        Ok(PartitionsMade::Made(Vec::new()))
    }

    fn expired(&self, before: DateTime<Utc>) -> Result<Expired, StoreError> {
        const ACTION: &str = "look for expired records";
        retention::expired(&mut self.service.connect()?, before)
            .map_err(|error| StoreError::of_statement(ACTION, error))
    }

    fn delete_expired(
        &self,
        before: DateTime<Utc>,
        cancellation: &Cancellation,
    ) -> Result<Deleted, StoreError> {
        Ok(Deleted {
            records: self.delete(retention::What::Records, before, cancellation)?,
            partitions: Vec::new(),
            incomplete: self.delete(retention::What::Incomplete, before, cancellation)?,
        })
    }
}
