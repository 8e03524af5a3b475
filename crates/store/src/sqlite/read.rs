//! Reading: row by row. In WAL mode one statement sees one snapshot.

use std::ops::ControlFlow;
use std::slice;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use deskledger_domain::{ConnectionRecord, ExportFilter, ProjectId, RecordRef};
use diesel::connection::{DefaultLoadingMode, LoadConnection};
use diesel::prelude::*;
use diesel::result::Error as DieselError;
use diesel::row::{Field as _, Row};
use diesel::serialize::{IsNull, Output, Result as SerializeResult, ToSql};
use diesel::sql_types::Bool;
use diesel::sqlite::{Sqlite, SqliteValue};

use super::query::{self, goes_on_utils};
use crate::error::Cause;
use crate::record::{FIELDS, Values, borrow};
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

    /// Whether the caller has cancelled.
    pub(super) fn is_cancelled(&self) -> bool {
        self.cancellation.is_cancelled()
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
            return Err("the statement was cancelled".into());
        }
        out.set_value(1_i32);
        Ok(IsNull::No)
    }
}

pub(super) fn rows(
    connection: &mut SqliteConnection,
    filter: &ExportFilter,
    limit: &Limit,
    sink: &mut dyn FnMut(RecordRef<'_>) -> ControlFlow<()>,
) -> QueryResult<ReadOutcome> {
    each(connection, filter, query::records(filter), |record| {
        if limit.is_cancelled() {
            return Ok(ControlFlow::Break(()));
        }
        Ok(sink(record))
    })
}

/// All records that a query on the filter's project finds; they are few.
pub(super) fn all(
    connection: &mut SqliteConnection,
    filter: &ExportFilter,
    query: query::Records<'_>,
) -> QueryResult<Vec<ConnectionRecord>> {
    let mut records = Vec::new();
    each(connection, filter, query, |record| {
        let record = record
            .to_record()
            .map_err(|error| DieselError::DeserializationError(Box::new(error)))?;
        records.push(record);
        Ok(ControlFlow::Continue(()))
    })
    .map(|_| records)
}

/// Passes each record that a query on the filter's project finds to `take`, until that breaks.
fn each(
    connection: &mut SqliteConnection,
    filter: &ExportFilter,
    query: query::Records<'_>,
    mut take: impl FnMut(RecordRef<'_>) -> QueryResult<ControlFlow<()>>,
) -> QueryResult<ReadOutcome> {
    for row in LoadConnection::<DefaultLoadingMode>::load(connection, query)? {
        let flow = borrow_row(filter.project_id(), &row?, &mut take)?;
        if flow.is_break() {
            return Ok(ReadOutcome::Stopped);
        }
    }
    Ok(ReadOutcome::Complete)
}

/// Borrows a record from a row.
pub(super) fn borrow_row<'r, T>(
    project: &ProjectId,
    row: &impl Row<'r, Sqlite>,
    take: impl FnOnce(RecordRef<'_>) -> QueryResult<T>,
) -> QueryResult<T> {
    let fields: [_; FIELDS] = std::array::from_fn(|column| row.get(column));
    let mut values = fields.each_ref().map(|field| field.as_ref()?.value());
    let record = borrow(project, &mut Native(values.iter_mut()))
        .map_err(DieselError::DeserializationError)?;
    take(record)
}

/// The values of a row, as SQLite holds them.
struct Native<'a, 'row>(slice::IterMut<'a, Option<SqliteValue<'row, 'row, 'row>>>);

impl<'a, 'row> Native<'a, 'row> {
    fn value(&mut self) -> Result<Option<&'a mut SqliteValue<'row, 'row, 'row>>, Cause> {
        match self.0.next() {
            Some(value) => Ok(value.as_mut()),
            None => Err("a row has too few values".into()),
        }
    }
}

impl<'a> Values<'a> for Native<'a, '_> {
    fn text(&mut self) -> Result<Option<&'a str>, Cause> {
        Ok(self.value()?.map(SqliteValue::read_text))
    }

    fn time(&mut self) -> Result<Option<DateTime<Utc>>, Cause> {
        let Some(value) = self.value()? else {
            return Ok(None);
        };
        match DateTime::from_timestamp_micros(value.read_long()) {
            Some(time) => Ok(Some(time)),
            None => Err("a time beyond all calendars".into()),
        }
    }

    fn boolean(&mut self) -> Result<Option<bool>, Cause> {
        Ok(self.value()?.map(|value| value.read_integer() != 0))
    }

    fn integer(&mut self) -> Result<Option<i32>, Cause> {
        Ok(self.value()?.map(SqliteValue::read_integer))
    }
}
