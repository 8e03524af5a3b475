//! The connections of one server over which records are read.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use deskledger_domain::{ExportFilter, RecordRef};
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::connect::{Connector, Purpose, Session};
use super::read::{self, Read};
use super::sharded::Nodes;
use crate::pool::Pool;
use crate::{Cancellation, PoolStatus, ReadOutcome, StoreError, StoreErrorKind, StoreSettings};

pub(super) struct Reader {
    exports: Pool<Connector>,
    /// Those of exports may all be taken for long.
    queries: Pool<Connector>,
    /// Makes the connections over which statements are cancelled.
    service: Connector,
    copy: bool,
    /// Those over which shards are read, where records lie in shards.
    nodes: Nodes,
    /// Whether they do, once a session has found out.
    is_sharded: AtomicBool,
}

impl Reader {
    /// Reads from the server that the settings name, with pools of these names.
    pub(super) fn new(settings: &StoreSettings, names: [&'static str; 2]) -> Self {
        Self::by(settings, names, |connector| connector)
    }

    /// The same of a replica, from which no shard is read.
    pub(super) fn of_replica(settings: &StoreSettings, names: [&'static str; 2]) -> Self {
        Self::by(settings, names, Connector::refusing_shards)
    }

    fn by(
        settings: &StoreSettings,
        [exports, queries]: [&'static str; 2],
        made: impl Fn(Connector) -> Connector,
    ) -> Self {
        let pool = |name, statement_timeout, size| {
            let connector = made(Connector::new(
                settings,
                Purpose::Export { statement_timeout },
            ));
            Pool::new(name, connector, size, settings.connection_timeout)
        };
        Self {
            exports: pool(exports, settings.statement_timeout, settings.pool_size),
            queries: pool(queries, settings.query_timeout, settings.query_pool_size),
            service: Connector::new(settings, Purpose::Service),
            copy: settings.copy,
            nodes: Nodes::new(settings),
            is_sharded: AtomicBool::new(false),
        }
    }

    pub(super) fn pools(&self) -> impl Iterator<Item = PoolStatus> + use<> {
        let own = [&self.exports, &self.queries].map(Pool::status);
        own.into_iter().chain(self.nodes.status())
    }

    pub(super) fn nodes(&self) -> &Nodes {
        &self.nodes
    }

    /// The connections for exports to the server that the settings name, and what makes those that cancel.
    pub(super) fn own_exports(&self) -> (&Pool<Connector>, &Connector) {
        (&self.exports, &self.service)
    }

    /// Does `work` on a connection for exports.
    pub(super) fn export<T>(
        &self,
        action: &'static str,
        work: impl FnOnce(&mut Session) -> QueryResult<T>,
    ) -> Result<T, StoreError> {
        on(&self.exports, action, work)
    }

    /// Does `work`, which is short, on a connection for queries.
    pub(super) fn query<T>(
        &self,
        action: &'static str,
        work: impl FnOnce(&mut PgConnection) -> QueryResult<T>,
    ) -> Result<T, StoreError> {
        on(&self.queries, action, |session| {
            work(&mut session.connection)
        })
    }

    /// Counts by `work`, on a connection for exports, which may take long, unless the server that would do it does not answer.
    pub(super) fn count(
        &self,
        filter: &ExportFilter,
        work: impl Fn(&mut PgConnection) -> QueryResult<u64>,
    ) -> Result<u64, StoreError> {
        const ACTION: &str = "count records";
        if self.is_sharded.load(Ordering::Relaxed) && !self.answers(filter)? {
            return self.query(ACTION, work);
        }
        self.export(ACTION, |session| {
            self.is_sharded
                .fetch_or(session.is_sharded, Ordering::Relaxed);
            work(&mut session.connection)
        })
    }

    /// See [`RecordStore::read`](crate::RecordStore::read).
    pub(super) fn read(
        &self,
        filter: &ExportFilter,
        cancellation: &Cancellation,
        sink: &mut dyn FnMut(RecordRef<'_>) -> ControlFlow<()>,
    ) -> Result<ReadOutcome, StoreError> {
        if !self.is_sharded.load(Ordering::Relaxed) {
            let read = Read {
                filter,
                cancellation,
                service: &self.service,
                shard: None,
            };
            let outcome = self.export("read records", |session| {
                if session.is_sharded {
                    return Ok(None);
                }
                self.either_way(&read, session, sink).map(Some)
            })?;
            if let Some(outcome) = outcome {
                return Ok(outcome);
            }
            self.is_sharded.store(true, Ordering::Relaxed);
        }
        self.read_shard(filter, cancellation, sink)
    }

    /// Reads by COPY, or row by row where that is wanted or COPY is refused.
    pub(super) fn either_way(
        &self,
        read: &Read<'_>,
        session: &mut Session,
        sink: &mut dyn FnMut(RecordRef<'_>) -> ControlFlow<()>,
    ) -> QueryResult<ReadOutcome> {
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
    }
}

/// Does `work`, which reads, on a connection of a pool.
pub(super) fn on<T>(
    pool: &Pool<Connector>,
    action: &'static str,
    work: impl FnOnce(&mut Session) -> QueryResult<T>,
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
pub(super) fn timed_out(error: &DieselError, begin: Instant, timeout: Option<Duration>) -> bool {
    let DieselError::DatabaseError(DatabaseErrorKind::Unknown, information) = error else {
        return false;
    };
    information.message().contains("statement timeout")
        || timeout.is_some_and(|timeout| begin.elapsed() >= timeout)
}
