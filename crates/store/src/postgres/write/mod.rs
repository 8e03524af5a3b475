//! Writing: what is known already is left alone, what is new is copied into the tables, and all else is merged there.

mod known;
mod new;
mod staged;

use deskledger_domain::{ConnectionEvent, Written};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// Fails where the transaction may not write, and changes nothing.
const WOULD_WRITE: &str =
    "UPDATE connection_identities SET connection_start_time = NULL WHERE FALSE";

pub(super) fn write(
    connection: &mut PgConnection,
    events: &[ConnectionEvent],
) -> QueryResult<Written> {
    let events = ConnectionEvent::merge(events);
    let events: Vec<_> = events.iter().map(AsRef::as_ref).collect();
    let inserted = match in_transaction(connection, |connection| attempt(connection, &events)) {
        // Another writer was the first to write one of them, after this one had looked.
        Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => {
            in_transaction(connection, |connection| staged::write(connection, &events))?
        }
        result => result?,
    };
    Ok(Written {
        inserted: inserted as u64,
        updated: (events.len() - inserted) as u64,
    })
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
    let known = known::look(connection, events)?;
    if known.rest.is_empty() {
        connection.batch_execute(WOULD_WRITE)?;
        Ok(0)
    } else if known.is_rest_new {
        new::write(connection, &known.rest)?;
        Ok(known.rest.len())
    } else {
        staged::write(connection, &known.rest)
    }
}
