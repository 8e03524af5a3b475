//! Writing: what is known already is left alone, what is new is copied into the tables, and all else is merged there.

mod known;
mod new;
mod staged;

use deskledger_domain::{ConnectionEvent, Written};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::connect::Session;
use super::sharded;
use crate::condition;

/// Fails where the transaction may not write, and changes nothing.
const WOULD_WRITE: &str =
    "UPDATE connection_identities SET connection_start_time = NULL WHERE FALSE";

/// Merges events with what may be known of their connections. How many connections are new.
type Merge = fn(&mut PgConnection, &[&ConnectionEvent]) -> QueryResult<usize>;

pub(super) fn write(session: &mut Session, events: &[ConnectionEvent]) -> QueryResult<Written> {
    let events = ConnectionEvent::merge(events);
    let events: Vec<_> = events.iter().map(AsRef::as_ref).collect();
    let merge: Merge = if session.is_sharded {
        sharded::write::write
    } else {
        staged::write
    };
    // COPY writes to all shards at once, so that of two batches of many projects each might wait for the other.
    let is_merged_at_once = session.is_sharded
        && events
            .windows(2)
            .any(|two| two[0].project_id() != two[1].project_id());
    let is_sharded = session.is_sharded;
    let connection = &mut session.connection;
    let attempted = if is_merged_at_once {
        in_transaction(connection, |connection| merge(connection, &events))
    } else {
        in_transaction(connection, |connection| attempt(connection, &events, merge))
    };
    let inserted = match attempted {
        // Another writer was the first to write one of them, after this one had looked.
        Err(error) if may_be_known(&error, is_sharded) => {
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
fn may_be_known(error: &DieselError, is_sharded: bool) -> bool {
    let DieselError::DatabaseError(kind, information) = error else {
        return false;
    };
    match kind {
        DatabaseErrorKind::UniqueViolation => true,
        DatabaseErrorKind::Unknown if is_sharded => {
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
fn attempt(
    connection: &mut PgConnection,
    events: &[&ConnectionEvent],
    merge: Merge,
) -> QueryResult<usize> {
    let known = known::look(connection, events)?;
    if known.rest.is_empty() {
        connection.batch_execute(WOULD_WRITE)?;
        Ok(0)
    } else if known.is_rest_new {
        new::write(connection, &known.rest)?;
        Ok(known.rest.len())
    } else {
        merge(connection, &known.rest)
    }
}
