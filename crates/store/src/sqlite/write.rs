//! Writing: prepared statements, one event after the other, in one transaction.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use deskledger_domain::{ConnectionEvent, Written};
use diesel::connection::{DefaultLoadingMode, LoadConnection};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::count::Changes;
use crate::moment::{Micros, Moment};
use crate::record::{
    changes, column_names, connection_records, incomplete_records, selection, values,
    written_records,
};
use crate::sqlite::read::borrow_row;

/// Makes a record of what was known without a start. The values are the start and the identity.
static COMPLETE: LazyLock<String> = LazyLock::new(|| {
    let columns = column_names();
    let values: Vec<_> = columns
        .iter()
        .map(|column| match *column {
            "connection_start_time" => "?",
            known => known,
        })
        .collect();
    format!(
        "INSERT INTO connection_records ({}) SELECT {} FROM incomplete_records WHERE project_id = ? AND transaction_id = ?",
        columns.join(", "),
        values.join(", ")
    )
});

/// What is known of a batch while it is written.
struct Batch {
    /// Whether there may be an incomplete record.
    any_incomplete: bool,
    /// Whether the connection of the event before was known. So are those of the next ones, usually.
    expects_known: bool,
    changes: Changes,
}

pub(super) fn write(
    connection: &mut SqliteConnection,
    events: &[ConnectionEvent],
) -> QueryResult<Written> {
    let events = ConnectionEvent::merge(events);
    // The write lock is taken at once: a transaction that takes it after a read may have to give up.
    connection.immediate_transaction(|connection| {
        let mut written = Written::default();
        // Usually there is no incomplete record, and no event has to look for one.
        let incomplete = incomplete_records::table.select(incomplete_records::project_id);
        let mut batch = Batch {
            any_incomplete: diesel::select(exists(incomplete)).get_result(connection)?,
            expects_known: false,
            changes: Changes::default(),
        };
        for event in &events {
            let was_known = batch.any_incomplete
                && update_incomplete(connection, event, &mut batch.changes)?
                || update_or_insert(connection, event, &mut batch)?;
            if was_known {
                written.updated += 1;
            } else {
                written.inserted += 1;
            }
        }
        batch.changes.store(connection)?;
        Ok(written)
    })
}

/// Writes an event of a connection whose start was not known; false where there is no such connection.
fn update_incomplete(
    connection: &mut SqliteConnection,
    event: &ConnectionEvent,
    changes: &mut Changes,
) -> QueryResult<bool> {
    let (project, transaction) = identity(event);
    let known = incomplete_records::table.find((project, transaction));
    let Some(start) = event.fields().connection_start_time else {
        let fields = event.as_ref();
        let updated = diesel::update(known)
            .set(changes!(incomplete_records, fields))
            .execute(connection)
            .optional_empty_changeset()?;
        return match updated {
            Some(updated) => Ok(updated > 0),
            None => diesel::select(exists(known)).get_result(connection),
        };
    };
    let completed = diesel::sql_query(COMPLETE.as_str())
        .bind::<Micros, _>(Moment(start))
        .bind::<Text, _>(project)
        .bind::<Text, _>(transaction)
        .execute(connection)?;
    if completed == 0 {
        return Ok(false);
    }
    diesel::delete(known).execute(connection)?;
    changes.add(project, start, 1);
    update_record(connection, event)
}

/// Writes an event of a connection of which there is a record, or nothing yet; whether there was one. An event that would change
/// nothing is only looked for.
fn update_or_insert(
    connection: &mut SqliteConnection,
    event: &ConnectionEvent,
    batch: &mut Batch,
) -> QueryResult<bool> {
    let fields = event.as_ref();
    if let Some(start) = fields.connection_start_time {
        let mut known = None;
        if batch.expects_known {
            known = says(connection, event)?;
        }
        if known.is_none() {
            // An upsert would not say which of the two it did.
            let inserted = diesel::insert_into(written_records::table)
                .values(values!(written_records, fields))
                .on_conflict_do_nothing()
                .execute(connection)?;
            batch.expects_known = inserted == 0;
            if inserted > 0 {
                batch.changes.add(event.project_id().as_str(), start, 1);
                return Ok(false);
            }
            known = says(connection, event)?;
        }
        if known == Some(true) {
            return Ok(true);
        }
        note_move(connection, event, start, &mut batch.changes)?;
        return update_record(connection, event);
    }
    match says(connection, event)? {
        Some(true) => return Ok(true),
        Some(false) => return update_record(connection, event),
        None => {}
    }
    diesel::insert_into(incomplete_records::table)
        .values(values!(incomplete_records, fields))
        .execute(connection)?;
    batch.any_incomplete = true;
    Ok(false)
}

/// Whether the record of a connection says already what an event says; `None` where there is no record.
fn says(connection: &mut SqliteConnection, event: &ConnectionEvent) -> QueryResult<Option<bool>> {
    let query = connection_records::table
        .find(identity(event))
        .select(selection!());
    let mut rows = LoadConnection::<DefaultLoadingMode>::load(connection, query)?;
    let Some(row) = rows.next() else {
        return Ok(None);
    };
    let says = borrow_row(event.project_id(), &row?, |record| {
        Ok(record.says(&event.as_ref()))
    });
    // A record that is not valid says nothing.
    Ok(Some(says.unwrap_or(false)))
}

/// Notes that a record is about to start at another time, where it is.
fn note_move(
    connection: &mut SqliteConnection,
    event: &ConnectionEvent,
    start: DateTime<Utc>,
    changes: &mut Changes,
) -> QueryResult<()> {
    let known: Option<Option<Moment>> = written_records::table
        .find(identity(event))
        .select(written_records::connection_start_time)
        .get_result(connection)
        .optional()?;
    if let Some(Some(Moment(earlier))) = known
        && earlier != start
    {
        let project = event.project_id().as_str();
        changes.add(project, earlier, -1);
        changes.add(project, start, 1);
    }
    Ok(())
}

/// Adds what the event knows to the record; false where there is no record.
fn update_record(connection: &mut SqliteConnection, event: &ConnectionEvent) -> QueryResult<bool> {
    let (known, fields) = (written_records::table.find(identity(event)), event.as_ref());
    let updated = diesel::update(known)
        .set(changes!(written_records, fields))
        .execute(connection)
        .optional_empty_changeset()?;
    match updated {
        Some(updated) => Ok(updated > 0),
        // It knows nothing but the connection.
        None => diesel::select(exists(known)).get_result(connection),
    }
}

fn identity(event: &ConnectionEvent) -> (&str, &str) {
    (event.project_id().as_str(), &event.fields().transaction_id)
}
