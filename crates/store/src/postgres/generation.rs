//! The two generations of identities: `connection_identities`, into which new ones go, and `earlier_identities` of before.
//!
//! A generation takes new ones for three months, and is kept for three more. So every start can be corrected for three months after
//! the first event of a connection, and no identity is kept for more than six. See `docs/decisions` on identities.

use std::time::Instant;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::Layout;
use super::partition::{alone, in_use, lock, may_change};

/// The only clock that all processes share is that of the database. Where it was ahead, the generation begins anew.
const AGE: &str = "SELECT now() - began > interval '92 days' AS is_old, began > now() AS is_ahead FROM identity_generation";

/// Both, in the order in which every statement of a writer takes them: else each might wait for the other.
const TABLES: &str = "earlier_identities, connection_identities";

/// What has no start yet must keep its identity for as long as it is kept itself.
const KEEP_INCOMPLETE: &str = "INSERT INTO connection_identities (project_id, transaction_id) \
    SELECT project_id, transaction_id FROM incomplete_records AS record \
    WHERE NOT EXISTS (SELECT 1 FROM earlier_identities AS identity \
        WHERE identity.project_id = record.project_id AND identity.transaction_id = record.transaction_id)";

#[derive(QueryableByName)]
struct Age {
    #[diesel(sql_type = Bool)]
    is_old: bool,
    #[diesel(sql_type = Bool)]
    is_ahead: bool,
}

/// Begins a new generation where the present one is old enough. Where writers do not let it happen, it is done the next time.
pub(super) fn rotate(connection: &mut PgConnection, layout: Layout) -> QueryResult<()> {
    // A role that is not the owner need not be able to read when it began.
    if !may_change(connection)? {
        return Ok(());
    }
    let age = age(connection)?;
    if age.is_ahead {
        connection.batch_execute("UPDATE identity_generation SET began = now()")?;
    }
    if !age.is_old {
        return Ok(());
    }
    let begin = Instant::now();
    let rotated = alone(connection, |connection| {
        lock(connection, layout, TABLES)?;
        // Another process may have been faster.
        if !self::age(connection)?.is_old {
            return Ok(false);
        }
        for statement in [
            "TRUNCATE earlier_identities",
            "ALTER TABLE earlier_identities RENAME TO emptied_identities",
            "ALTER TABLE connection_identities RENAME TO earlier_identities",
            "ALTER TABLE emptied_identities RENAME TO connection_identities",
            KEEP_INCOMPLETE,
            "UPDATE identity_generation SET began = now()",
        ] {
            connection.batch_execute(statement)?;
        }
        Ok(true)
    });
    match rotated {
        Ok(Some(true)) => tracing::info!("identities that were kept for long enough are gone"),
        Ok(_) => {}
        Err(error) if in_use(&error, begin) => {
            tracing::info!("identities are in use, and go the next time");
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

fn age(connection: &mut PgConnection) -> QueryResult<Age> {
    diesel::sql_query(AGE).get_result(connection)
}
