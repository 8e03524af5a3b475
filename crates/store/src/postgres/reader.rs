//! The connections of one server over which records are read.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use deskledger_domain::{ExportFilter, RecordRef};
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::connect::{Connector, Purpose, Session};
use super::read;
use crate::pool::Pool;
use crate::{Cancellation, PoolStatus, ReadOutcome, StoreError, StoreErrorKind, StoreSettings};

pub(super) struct Reader {
    exports: Pool<Connector>,
    /// Those of exports may all be taken for long.
    queries: Pool<Connector>,
    /// Makes the connections over which statements are cancelled.
    service: Connector,
    copy: bool,
}

impl Reader {
    /// Reads from the server that the settings name, with pools of these names.
    pub(super) fn new(settings: &StoreSettings, [exports, queries]: [&'static str; 2]) -> Self {
        let pool = |name, statement_timeout, size| {
            let connector = Connector::new(settings, Purpose::Export { statement_timeout });
            Pool::new(name, connector, size, settings.connection_timeout)
        };
        Self {
            exports: pool(exports, settings.statement_timeout, settings.pool_size),
            queries: pool(queries, settings.query_timeout, settings.query_pool_size),
            service: Connector::new(settings, Purpose::Service),
            copy: settings.copy,
        }
    }

    pub(super) fn pools(&self) -> [PoolStatus; 2] {
        [&self.exports, &self.queries].map(Pool::status)
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

    /// See [`RecordStore::read`](crate::RecordStore::read).
    pub(super) fn read(
        &self,
        filter: &ExportFilter,
        cancellation: &Cancellation,
        sink: &mut dyn FnMut(RecordRef<'_>) -> ControlFlow<()>,
    ) -> Result<ReadOutcome, StoreError> {
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
}

/// Does `work`, which reads, on a connection of a pool.
fn on<T>(
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
