//! Reading: row by row. In WAL mode one statement sees one snapshot.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use deskledger_domain::{ConnectionRecord, ExportFilter};
use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;
use diesel::result::Error as DieselError;
use diesel::serialize::{IsNull, Output, Result as SerializeResult, ToSql};
use diesel::sql_types::Bool;
use diesel::sqlite::Sqlite;

use super::query::{self, goes_on_utils};
use super::schema::StoredRecord;
use crate::{Cancellation, ReadOutcome};

/// When a statement should stop.
///
/// Diesel does not offer `sqlite3_interrupt`. So the statement itself asks for every row that it visits, through a function
/// of ours whose result SQLite takes as an error once it should stop.
#[derive(Clone)]
pub(super) struct Limit {
    cancellation: Cancellation,
    deadline: Option<Instant>,
}

impl Limit {
    pub(super) fn new(cancellation: &Cancellation, timeout: Option<Duration>) -> Self {
        Self {
            cancellation: cancellation.clone(),
            deadline: timeout.and_then(|timeout| Instant::now().checked_add(timeout)),
        }
    }

    /// Whether the time is over.
    pub(super) fn is_passed(&self) -> bool {
        self.deadline
            .is_some_and(|deadline| deadline <= Instant::now())
    }

    /// Answers what the next statement of `connection` asks. The limit of the statement before is forgotten.
    pub(super) fn watch_over(&self, connection: &mut SqliteConnection) -> QueryResult<()> {
        /// How many rows are visited from one look at the clock to the next.
        const ROWS: u32 = 256;
        let limit = self.clone();
        let mut visited = 0_u32;
        goes_on_utils::register_nondeterministic_impl(connection, move || {
            let looks = visited.is_multiple_of(ROWS);
            visited = visited.wrapping_add(1);
            GoesOn(!(limit.cancellation.is_cancelled() || looks && limit.is_passed()))
        })
    }
}

/// Whether a statement goes on. SQLite gets a "no" as an error.
#[derive(Debug)]
struct GoesOn(bool);

impl ToSql<Bool, Sqlite> for GoesOn {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> SerializeResult {
        if !self.0 {
            return Err("the statement was told to stop".into());
        }
        out.set_value(1_i32);
        Ok(IsNull::No)
    }
}

pub(super) fn rows(
    connection: &mut SqliteConnection,
    filter: &ExportFilter,
    limit: &Limit,
    sink: &mut dyn FnMut(ConnectionRecord) -> ControlFlow<()>,
) -> QueryResult<ReadOutcome> {
    let rows = query::records(filter).load_iter::<StoredRecord, DefaultLoadingMode>(connection)?;
    for row in rows {
        let record = row?
            .into_record(filter.project_id().clone())
            .map_err(DieselError::DeserializationError)?;
        if limit.cancellation.is_cancelled() || sink(record).is_break() {
            return Ok(ReadOutcome::Stopped);
        }
    }
    Ok(ReadOutcome::Complete)
}
