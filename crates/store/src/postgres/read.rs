//! Reading: row by row, in one snapshot, with somebody who watches for it to be cancelled.

use std::ops::ControlFlow;
use std::thread;
use std::time::Duration;

use deskledger_domain::{ExportFilter, RecordRef};
use diesel::connection::LoadConnection;
use diesel::pg::{PgRowByRowLoadingMode, PgValue};
use diesel::prelude::*;
use diesel::result::Error as DieselError;
use diesel::row::{Field as _, Row as _};

use super::connect::{Connector, Session};
use super::query;
use super::values::Binary;
use crate::ReadOutcome;
use crate::cancellation::Watch;
use crate::pool::Connect as _;
use crate::rows::{FIELDS, lend};

/// How long a cancelled statement has before it is cancelled once more: it may not have begun when it was the first time.
const AGAIN: Duration = Duration::from_millis(100);

/// Reads on `session`. What is stopped, by cancellation or by the sink, is cancelled in the database over a
/// connection from `service`.
pub(super) fn read(
    session: &mut Session,
    service: &Connector,
    filter: &ExportFilter,
    watch: &Watch<'_>,
    sink: &mut dyn FnMut(RecordRef<'_>) -> ControlFlow<()>,
) -> QueryResult<ReadOutcome> {
    let Session { connection, pid } = session;
    let result = connection
        .build_transaction()
        .repeatable_read()
        .read_only()
        .run(|connection| {
            // The watcher is gone when the scope ends, whether by a value, an error or a panic, and with it the last
            // signal: none can reach the end of this transaction, nor whoever has the connection next.
            thread::scope(|scope| {
                let _finish = watch.finish_on_drop();
                thread::Builder::new()
                    .name("deskledger-cancel".to_owned())
                    .spawn_scoped(scope, || cancel_when_stopped(watch, service, *pid))
                    .map_err(|error| DieselError::QueryBuilderError(Box::new(error)))?;
                rows(connection, filter, watch, sink)
            })
        });
    match result {
        Err(DieselError::RollbackTransaction) => Ok(ReadOutcome::Stopped),
        // The statement says that it was cancelled, or the transaction that it is of no use.
        Err(_) if watch.is_cancelled() => Ok(ReadOutcome::Stopped),
        result => result,
    }
}

fn rows(
    connection: &mut PgConnection,
    filter: &ExportFilter,
    watch: &Watch<'_>,
    sink: &mut dyn FnMut(RecordRef<'_>) -> ControlFlow<()>,
) -> QueryResult<ReadOutcome> {
    let mut rows =
        LoadConnection::<PgRowByRowLoadingMode>::load(connection, query::records(filter))?;
    // Dropping the rows reads what is left of them to its end, so it is cancelled first: this is dropped before them.
    let unless_complete = watch.stop_on_drop();
    for row in rows.by_ref() {
        let row = row?;
        let fields: [_; FIELDS] = std::array::from_fn(|column| row.get(column));
        let values = fields.each_ref().map(|field| field.as_ref()?.value());
        let mut values = Binary(
            values
                .iter()
                .map(|value| Ok(value.as_ref().map(PgValue::as_bytes))),
        );
        let record =
            lend(filter.project_id(), &mut values).map_err(DieselError::DeserializationError)?;
        if watch.is_cancelled() || sink(record).is_break() {
            // An error ends the transaction in the way that a cancelled statement asks for.
            return Err(DieselError::RollbackTransaction);
        }
    }
    unless_complete.disarm();
    Ok(ReadOutcome::Complete)
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
