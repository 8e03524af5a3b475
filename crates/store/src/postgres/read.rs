//! Reading: by COPY or row by row, in one snapshot, with somebody who watches for it to be cancelled.

use std::ops::ControlFlow;
use std::thread;
use std::time::Duration;

use deskledger_domain::{ConnectionRecord, ExportFilter, ProjectId, RecordRef};
use diesel::connection::{DefaultLoadingMode, LoadConnection};
use diesel::pg::{Pg, PgRowByRowLoadingMode, PgValue};
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::row::{Field as _, Row};

use super::connect::{Connector, Session};
use super::sharded::{FromShard, Shard};
use super::values::Binary;
use super::watchdog::Watched;
use super::{copy, query};
use crate::cancellation::Watch;
use crate::count::hold_records;
use crate::pool::Connect as _;
use crate::record::{FIELDS, Values, borrow};
use crate::{Cancellation, ReadOutcome};

/// How long a cancelled statement has before it is cancelled once more: it may not have begun when it was the first time.
const AGAIN: Duration = Duration::from_millis(100);

/// One read, whichever way its rows come.
pub(super) struct Read<'a> {
    pub(super) filter: &'a ExportFilter,
    pub(super) cancellation: &'a Cancellation,
    /// Makes the connection over which a statement is cancelled.
    pub(super) service: &'a Connector,
    /// Where the records lie in a shard.
    pub(super) shard: Option<Shard<'a>>,
}

type Sink<'a> = dyn FnMut(RecordRef<'_>) -> ControlFlow<()> + 'a;

impl Read<'_> {
    /// By binary COPY: the server does for a row what costs least, and the client nearly nothing.
    pub(super) fn by_copy(
        &self,
        session: &mut Session,
        sink: &mut Sink<'_>,
    ) -> QueryResult<ReadOutcome> {
        self.in_transaction(session, |connection, watch, watched| {
            let query = self.in_shard(query::records_by_constants(connection, self.filter)?);
            let mut rows = copy::begin(connection, &query)?;
            // Dropping the rows reads what is left of them to its end, so it is cancelled first: this is dropped before them.
            let unless_complete = watch.stop_on_drop();
            rows.each(|row| {
                let record = borrow_values(self.filter.project_id(), &mut row.values())?;
                hand_over(&record, watch, watched, sink)
            })?;
            unless_complete.disarm();
            Ok(ReadOutcome::Complete)
        })
    }

    /// Row by row, which works wherever a query does.
    pub(super) fn row_by_row(
        &self,
        session: &mut Session,
        sink: &mut Sink<'_>,
    ) -> QueryResult<ReadOutcome> {
        self.in_transaction(session, |connection, watch, watched| {
            let query = self.in_shard(query::records(self.filter));
            let mut rows = LoadConnection::<PgRowByRowLoadingMode>::load(connection, query)?;
            // As above: here it is Diesel that reads them to their end.
            let unless_complete = watch.stop_on_drop();
            for row in rows.by_ref() {
                borrow_row(self.filter.project_id(), &row?, |record| {
                    hand_over(&record, watch, watched, sink)
                })?;
            }
            unless_complete.disarm();
            Ok(ReadOutcome::Complete)
        })
    }

    fn in_shard<Q>(&self, query: Q) -> FromShard<Q> {
        let shard = self.shard.as_ref();
        FromShard {
            beginning: shard.map_or_else(String::new, Shard::beginning),
            query,
        }
    }

    /// Does `work` in one snapshot. What is stopped, by cancellation or by the sink, is cancelled in the database.
    fn in_transaction(
        &self,
        session: &mut Session,
        work: impl FnOnce(&mut PgConnection, &Watch<'_>, &Watched) -> QueryResult<ReadOutcome>,
    ) -> QueryResult<ReadOutcome> {
        let Session {
            connection,
            pid,
            watched,
            ..
        } = session;
        let watch = Watch::new(self.cancellation);
        let result = connection
            .build_transaction()
            .repeatable_read()
            .read_only()
            .run(|connection| {
                // The watcher ends with the scope, whether by a value, an error or a panic, and sends no signal after that:
                // no signal can reach the end of this transaction, or the next user of the connection.
                thread::scope(|scope| {
                    let _finish = watch.finish_on_drop();
                    thread::Builder::new()
                        .name("deskledger-cancel".to_owned())
                        .spawn_scoped(scope, || cancel_when_stopped(&watch, self.service, *pid))
                        .map_err(|error| DieselError::QueryBuilderError(Box::new(error)))?;
                    match &self.shard {
                        None => hold_records(connection)?,
                        Some(shard) if shard.hold(connection, watched)? => (),
                        Some(_) => return Ok(ReadOutcome::Stopped),
                    }
                    work(connection, &watch, watched)
                })
            });
        match result {
            Err(DieselError::RollbackTransaction) => Ok(ReadOutcome::Stopped),
            // The statement says that it was cancelled, or the transaction that it is of no use.
            Err(_) if watch.is_cancelled() => Ok(ReadOutcome::Stopped),
            result => result,
        }
    }
}

fn hand_over(
    record: &RecordRef<'_>,
    watch: &Watch<'_>,
    watched: &Watched,
    sink: &mut Sink<'_>,
) -> QueryResult<()> {
    // How long the sink takes is no wait for the server.
    if watch.is_cancelled() || watched.apart(|| sink(*record)).is_break() {
        // An error ends the transaction in the way that a cancelled statement asks for.
        return Err(DieselError::RollbackTransaction);
    }
    Ok(())
}

/// All records that a query on the filter's project finds; they are few.
pub(super) fn all(
    connection: &mut PgConnection,
    filter: &ExportFilter,
    query: query::Records<'_>,
) -> QueryResult<Vec<ConnectionRecord>> {
    let rows = LoadConnection::<DefaultLoadingMode>::load(connection, query)?;
    rows.map(|row| {
        borrow_row(filter.project_id(), &row?, |record| {
            record
                .to_record()
                .map_err(|error| DieselError::DeserializationError(Box::new(error)))
        })
    })
    .collect()
}

/// Borrows a record from a row.
pub(super) fn borrow_row<'r, T>(
    project: &ProjectId,
    row: &impl Row<'r, Pg>,
    take: impl FnOnce(RecordRef<'_>) -> QueryResult<T>,
) -> QueryResult<T> {
    let fields: [_; FIELDS] = std::array::from_fn(|column| row.get(column));
    let values = fields.each_ref().map(|field| field.as_ref()?.value());
    let values = values
        .iter()
        .map(|value| Ok(value.as_ref().map(PgValue::as_bytes)));
    take(borrow_values(project, &mut Binary(values))?)
}

fn borrow_values<'a>(
    project: &'a ProjectId,
    values: &mut impl Values<'a>,
) -> QueryResult<RecordRef<'a>> {
    borrow(project, values).map_err(DieselError::DeserializationError)
}

/// Whether `error` may mean that it is COPY that the server, or what stands before it, does not like.
pub(super) fn may_be_refusal(error: &DieselError) -> bool {
    matches!(
        error,
        DieselError::DatabaseError(DatabaseErrorKind::Unknown, _)
    )
}

/// Sleeps until the read is finished. Where it is stopped first, cancels its statement until it is finished.
fn cancel_when_stopped(watch: &Watch<'_>, service: &Connector, pid: i32) {
    if !watch.wait_for_stop() {
        return;
    }
    let mut session = None;
    loop {
        let cancelled = match &mut session {
            Some(session) => Session::cancel(session, pid).map_err(|error| error.to_string()),
            None => match service.connect() {
                Ok(connected) => session
                    .insert(connected)
                    .cancel(pid)
                    .map_err(|error| error.to_string()),
                Err(error) => Err(error.to_string()),
            },
        };
        if let Err(error) = cancelled {
            session = None;
            tracing::warn!(
                pid,
                error,
                "a statement could not be cancelled; trying again"
            );
        }
        if watch.wait_for_finish(AGAIN) {
            return;
        }
    }
}
