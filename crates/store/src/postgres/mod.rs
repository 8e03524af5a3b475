//! PostgreSQL.

mod access_key;
mod audit;
mod connect;
mod copy;
mod export_task;
mod migrate;
mod online;
mod page;
mod partition;
mod query;
mod read;
mod retention;
mod right;
mod session;
mod settings;
#[cfg(test)]
mod tests;
mod values;
mod watchdog;
mod write;

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use deskledger_domain::{ConnectionEvent, ExportFilter, OnlineRequest, Page, RecordRef, Written};
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::BigInt;

pub(crate) use self::audit::PostgresAudits;
use self::connect::{Connector, Purpose, Session};
#[cfg(feature = "fuzzing")]
pub use self::copy::decode as decode_copy;
pub(crate) use self::export_task::PostgresTaskConnections;
pub(crate) use self::watchdog::connections_cut;
use crate::error::Cause;
use crate::pool::{Connect as _, Pool};
use crate::space::Space;
use crate::{
    AccessKeyStore, Cancellation, DatabaseKind, Deleted, Expired, PartitionsMade, PoolStatus,
    ReadOutcome, RecordPage, RecordStore, RetentionStore, StoreError, StoreErrorKind,
    StoreSettings, Use,
};

/// What a statement counted by itself. Its command tag counts what the server likes.
#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Connection records in PostgreSQL.
pub(crate) struct PostgresStore {
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
    migration_lock_timeout: Duration,
    copy: bool,
    override_read_only: bool,
}

impl PostgresStore {
    pub(crate) fn new(settings: &StoreSettings) -> Self {
        let pool = |name, purpose, size| {
            let connector = Connector::new(settings, purpose);
            Pool::new(name, connector, size, settings.connection_timeout)
        };
        let reading = |statement_timeout| Purpose::Export { statement_timeout };
        Self {
            exports: pool(
                "exports",
                reading(settings.statement_timeout),
                settings.pool_size,
            ),
            queries: pool(
                "queries",
                reading(settings.query_timeout),
                settings.query_pool_size,
            ),
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
            migration_lock_timeout: settings.migration_lock_timeout,
            copy: settings.copy,
            override_read_only: settings.override_read_only,
        }
    }

    /// Does `work` on a connection for exports.
    fn export<T>(
        &self,
        action: &'static str,
        work: impl FnOnce(&mut connect::Session) -> QueryResult<T>,
    ) -> Result<T, StoreError> {
        reading(&self.exports, action, work)
    }

    /// Does `work`, which is short, on a connection for queries.
    fn query<T>(
        &self,
        action: &'static str,
        work: impl FnOnce(&mut PgConnection) -> QueryResult<T>,
    ) -> Result<T, StoreError> {
        reading(&self.queries, action, |session| {
            work(&mut session.connection)
        })
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

/// Does `work`, which reads, on a connection of a pool.
fn reading<T>(
    pool: &Pool<Connector>,
    action: &'static str,
    work: impl FnOnce(&mut connect::Session) -> QueryResult<T>,
) -> Result<T, StoreError> {
    pool.with(action, |session| {
        let begin = Instant::now();
        work(session).map_err(|error| {
            if timed_out(&error, begin, session.statement_timeout) {
                StoreError::new(StoreErrorKind::TimedOut, action).because(error)
            } else {
                StoreError::of_statement(action, error)
            }
        })
    })
}

/// Whether the server ended a statement because it took too long. Diesel does not pass on the code that says so, the
/// message may be in any language, and a COPY has no message.
fn timed_out(error: &DieselError, begin: Instant, timeout: Option<Duration>) -> bool {
    let DieselError::DatabaseError(DatabaseErrorKind::Unknown, information) = error else {
        return false;
    };
    information.message().contains("statement timeout")
        || timeout.is_some_and(|timeout| begin.elapsed() >= timeout)
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
        let pools = [&self.exports, &self.queries, &self.writes];
        let pools = pools.into_iter().chain([&self.checks, &self.probe]);
        pools.map(Pool::status).collect()
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
        self.export("count records", |session| {
            let count: i64 = query::count(filter).get_result(&mut session.connection)?;
            Ok(count.unsigned_abs())
        })
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
        let read = read::Read {
            filter,
            cancellation,
            service: &self.service,
        };
        self.export("read records", |session| {
            if !self.copy {
                return read.row_by_row(session, sink);
            }
            let begin = Instant::now();
            let mut handed_over = false;
            let result = read.by_copy(session, &mut |record| {
                handed_over = true;
                sink(record)
            });
            match result {
                // Nobody saw anything of it yet, so it can be done the other way. Where that fails too, it says why.
                Err(error)
                    if !handed_over
                        && read::may_be_refusal(&error)
                        && !session.watched.is_cut()
                        && !timed_out(&error, begin, session.statement_timeout) =>
                {
                    tracing::warn!(%error, "records could not be read by COPY; reading them row by row");
                    read.row_by_row(session, sink)
                }
                result => result,
            }
        })
    }

    fn page(&self, filter: &ExportFilter, page: &Page) -> Result<RecordPage, StoreError> {
        self.query("list records", |connection| {
            page::read(connection, filter, page)
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
            write::write(&mut session.connection, events)
                .map_err(|error| StoreError::of_statement(ACTION, error))
        }))
    }

    fn access_keys(&self) -> &dyn AccessKeyStore {
        self
    }

    fn retention(&self) -> &dyn RetentionStore {
        self
    }
}

impl PostgresStore {
    /// Does `work`, which may take long, on a connection of its own.
    fn retain<T>(
        &self,
        action: &'static str,
        work: impl FnOnce(&mut PgConnection) -> QueryResult<T>,
    ) -> Result<T, StoreError> {
        let mut session = self.service.connect()?;
        let begin = Instant::now();
        let result = session.watched(|session| {
            let connection = &mut session.connection;
            session::override_read_only(connection, self.override_read_only)
                .and_then(|()| partition::be_impatient(connection))
                .and_then(|()| work(connection))
        });
        result.map_err(|error| {
            if session.watched.is_cut() {
                StoreError::new(StoreErrorKind::Unavailable, action).because(error)
            } else if partition::in_use(&error, begin) {
                StoreError::new(StoreErrorKind::Busy, action).because(error)
            } else {
                StoreError::of_statement(action, error)
            }
        })
    }
}

impl RetentionStore for PostgresStore {
    fn make_partitions(&self, now: DateTime<Utc>) -> Result<PartitionsMade, StoreError> {
        self.retain("make partitions", |connection| {
            partition::make(connection, now)
        })
    }

    fn expired(&self, before: DateTime<Utc>) -> Result<Expired, StoreError> {
        self.retain("look for expired records", |connection| {
            retention::expired(connection, before)
        })
    }

    fn delete_expired(
        &self,
        before: DateTime<Utc>,
        cancellation: &Cancellation,
    ) -> Result<Deleted, StoreError> {
        self.retain("delete expired records", |connection| {
            retention::delete(connection, before, cancellation)
        })
    }
}
