//! Writing: what is known already is left alone, what is new is copied into the tables, and all else is merged there.

mod columns;
mod identity;
mod known;
mod merge;
mod new;

use deskledger_domain::{ConnectionEvent, Written};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use self::identity::Identity;
use self::known::{Glance, Known, start_of, transaction_of};
use super::Layout;
use crate::condition;
use crate::count::{Changes, postgres as count};
use crate::moment::Moment;

/// Fails where the transaction may not write, and changes nothing.
const WOULD_WRITE: &str =
    "UPDATE connection_identities SET connection_start_time = NULL WHERE FALSE";

pub(super) fn write(
    connection: &mut PgConnection,
    layout: Layout,
    events: &[ConnectionEvent],
) -> QueryResult<Written> {
    let events = ConnectionEvent::merge(events);
    let events: Vec<_> = events.iter().map(AsRef::as_ref).collect();
    // COPY writes to all shards at once, so that of two batches of many projects each might wait for the other.
    let is_merged_at_once = layout == Layout::Sharded
        && events
            .windows(2)
            .any(|two| two[0].project_id() != two[1].project_id());
    let attempted = if is_merged_at_once {
        in_transaction(connection, |connection| merge(connection, &events))
    } else {
        in_transaction(connection, |connection| attempt(connection, &events))
    };
    let inserted = match attempted {
        // Another writer was the first to write one of them, after this one had looked; or one is older than any identity.
        Err(error) if may_be_known(&error, layout) => {
            in_transaction(connection, |connection| merge(connection, &events))?
        }
        result => result?,
    };
    Ok(Written {
        inserted: inserted as u64,
        updated: (events.len() - inserted) as u64,
    })
}

/// Whether an error may say that something is known of what was taken for new. What a worker says of a COPY comes without its code.
fn may_be_known(error: &DieselError, layout: Layout) -> bool {
    let DieselError::DatabaseError(kind, information) = error else {
        return false;
    };
    match kind {
        DatabaseErrorKind::UniqueViolation => true,
        DatabaseErrorKind::Unknown if layout == Layout::Sharded => {
            condition::of_words(information.message(), information.hint()).is_none()
        }
        _ => false,
    }
}

/// A stricter level would refuse what another writer updates meanwhile. Whether the transaction may write is what the
/// database says by default: who puts a brake on it is obeyed.
fn in_transaction<T>(
    connection: &mut PgConnection,
    work: impl FnOnce(&mut PgConnection) -> QueryResult<T>,
) -> QueryResult<T> {
    connection.build_transaction().read_committed().run(work)
}

/// Does no more than is necessary, as far as can be known without a lock. How many connections are new.
fn attempt(connection: &mut PgConnection, events: &[&ConnectionEvent]) -> QueryResult<usize> {
    let mut rest = Vec::with_capacity(events.len());
    let mut is_rest_new = true;
    for batch in events.chunk_by(|a, b| a.project_id() == b.project_id()) {
        let Some(project) = batch.first().map(|event| event.project_id()) else {
            continue;
        };
        let glances = known::glance(connection, project, batch)?;
        is_rest_new &= !glances.contains(&Glance::Something);
        let events = batch.iter().copied().zip(glances);
        rest.extend(events.filter_map(|(event, glance)| (glance != Glance::Said).then_some(event)));
    }
    if rest.is_empty() {
        connection.batch_execute(WOULD_WRITE)?;
        Ok(0)
    } else if is_rest_new {
        new::write(connection, &rest)?;
        Ok(rest.len())
    } else {
        merge(connection, &rest)
    }
}

/// Writes events in the order of project and `transaction_id`, one for each connection, whatever is known of them. How many
/// connections are new.
fn merge(connection: &mut PgConnection, events: &[&ConnectionEvent]) -> QueryResult<usize> {
    let mut changes = Changes::default();
    let mut inserted = 0;
    for batch in events.chunk_by(|a, b| a.project_id() == b.project_id()) {
        inserted += merge_batch(connection, batch, &mut changes)?;
    }
    // The numbers of records come last, as in every transaction: nobody holds one and waits for anything else.
    count::store(connection, &changes)?;
    Ok(inserted)
}

/// Writes events of one project. While the identities are locked, each connection is in at most one of the two tables.
fn merge_batch(
    connection: &mut PgConnection,
    batch: &[&ConnectionEvent],
    changes: &mut Changes,
) -> QueryResult<usize> {
    let Some(project) = batch.first().map(|event| event.project_id()) else {
        return Ok(0);
    };
    let started: Vec<_> = batch
        .iter()
        .map(|event| (transaction_of(event), start_of(event).map(Moment)))
        .collect();
    let new = identity::lock(connection, project, &started)?;
    let known = known::look(connection, project, batch, &new)?;
    let nothing = known.iter().filter(|(known, _)| *known == Known::Nothing);
    let inserted = nothing.count();
    let (mut added, mut updated) = (Vec::new(), Vec::new());
    let (mut completed, mut kept) = (Vec::new(), Vec::new());
    let mut starts = Vec::new();
    for (event, (known, identity)) in batch.iter().copied().zip(known) {
        let start = start_of(event).map(Moment);
        match known {
            Known::Record { start, is_said } if !is_said => updated.push((event, start)),
            Known::Record { .. } => {}
            Known::Nothing if start.is_some() => added.push(event),
            Known::Incomplete if start.is_some() => completed.push(event),
            Known::Nothing | Known::Incomplete => kept.push(event),
        }
        let start = start.or(match known {
            Known::Record { start, .. } => Some(start),
            Known::Nothing | Known::Incomplete => None,
        });
        if let Some(start) = start
            && identity != Identity::Started(start)
        {
            starts.push((transaction_of(event), start));
        }
    }
    // Retention locks no identity, so that it may delete one of them now. Then nothing is known of the connection any more.
    let mut gone = merge::change(connection, project, updated, changes)?;
    gone.extend(merge::complete(connection, project, completed, changes)?);
    let (started, unstarted): (Vec<_>, Vec<_>) = gone
        .into_iter()
        .partition(|event| start_of(event).is_some());
    added.extend(started);
    kept.extend(unstarted);
    new::copy_records(connection, added, changes)?;
    merge::keep(connection, project, &kept)?;
    identity::note(connection, project, &starts)?;
    Ok(inserted)
}

/// The index from 0 of a number from 1.
fn index(number: i64) -> Option<usize> {
    usize::try_from(number.checked_sub(1)?).ok()
}
