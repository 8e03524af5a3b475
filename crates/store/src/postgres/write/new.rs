//! Connections of which nothing is known: binary COPY into the tables where they belong.

use deskledger_domain::ConnectionEvent;
use diesel::prelude::*;

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
            connection_identities::transaction_id.eq(event.fields().transaction_id.as_str()),
            connection_identities::connection_start_time
                .eq(event.fields().connection_start_time.map(Moment)),
        )
    });
    diesel::copy_from(connection_identities::table)
        .from_insertable(identities.collect::<Vec<_>>())
        .execute(connection)?;

    let mut changes = Changes::default();
    let mut records = Vec::with_capacity(events.len());
    let mut incomplete = Vec::new();
    for event in events {
        match event.fields().connection_start_time {
            Some(start) => {
                changes.add(event.project_id().as_str(), start, 1);
                records.push((start, *event));
            }
            None => incomplete.push(*event),
        }
    }
    if !incomplete.is_empty() {
        let rows = incomplete.iter().map(|event| {
            let event = event.as_ref();
            values!(incomplete_records, event)
        });
        diesel::copy_from(incomplete_records::table)
            .from_insertable(rows.collect::<Vec<_>>())
            .execute(connection)?;
    }
    if !records.is_empty() {
        // So they lie as they are read, and what is next to be written in an index by time is near.
        records.sort_by_key(|(start, _)| *start);
        let rows = records.iter().map(|(_, event)| {
            let event = event.as_ref();
            values!(written_records, event)
        });
        diesel::copy_from(written_records::table)
            .from_insertable(rows.collect::<Vec<_>>())
            .execute(connection)?;
    }
    // The numbers of records come last, as in every transaction: nobody holds one and waits for anything else.
    count::store(connection, &changes)
}
