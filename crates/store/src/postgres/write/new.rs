//! Connections of which nothing is known: binary COPY into the tables where they belong.

use deskledger_domain::ConnectionEvent;
use diesel::prelude::*;

use super::known::{start_of, transaction_of};
use crate::count::{Changes, postgres as count};
use crate::moment::Moment;
use crate::record::{connection_identities, incomplete_records, values, written_records};

/// Writes events of connections of which nothing is known, in the order of project and `transaction_id`, one for each.
///
/// The identities come first and in the order of every other writer, as the locks of other batches do. COPY waits there for a
/// writer that adds the same one, and fails where that commits: nothing that another one wrote meanwhile is overwritten.
///
/// # Errors
/// A unique violation where something was known of one of them.
pub(super) fn write(connection: &mut PgConnection, events: &[&ConnectionEvent]) -> QueryResult<()> {
    let identities = events.iter().map(|event| {
        (
            connection_identities::project_id.eq(event.project_id().as_str()),
            connection_identities::transaction_id.eq(transaction_of(event)),
            connection_identities::connection_start_time.eq(start_of(event).map(Moment)),
        )
    });
    diesel::copy_from(connection_identities::table)
        .from_insertable(identities.collect::<Vec<_>>())
        .execute(connection)?;

    let (records, incomplete): (Vec<_>, Vec<_>) = events
        .iter()
        .copied()
        .partition(|event| start_of(event).is_some());
    if !incomplete.is_empty() {
        let rows = incomplete.iter().map(|event| {
            let event = event.as_ref();
            values!(incomplete_records, event)
        });
        diesel::copy_from(incomplete_records::table)
            .from_insertable(rows.collect::<Vec<_>>())
            .execute(connection)?;
    }
    let mut changes = Changes::default();
    copy_records(connection, records, &mut changes)?;
    // The numbers of records come last, as in every transaction: nobody holds one and waits for anything else.
    count::store(connection, &changes)
}

/// Writes the records of events that have a start, whose identities are written.
pub(super) fn copy_records(
    connection: &mut PgConnection,
    mut events: Vec<&ConnectionEvent>,
    changes: &mut Changes,
) -> QueryResult<()> {
    if events.is_empty() {
        return Ok(());
    }
    // So they lie as they are read, and what is next to be written in an index by time is near.
    events.sort_by_key(|event| start_of(event));
    for event in &events {
        if let Some(start) = start_of(event) {
            changes.add(event.project_id().as_str(), start, 1);
        }
    }
    let rows = events.iter().map(|event| {
        let event = event.as_ref();
        values!(written_records, event)
    });
    diesel::copy_from(written_records::table)
        .from_insertable(rows.collect::<Vec<_>>())
        .execute(connection)
        .map(|_| ())
}
