//! The identities of connections: a row for each of which something was heard in the last months, in one of two
//! [generations](crate::postgres::generation).
//!
//! Each writer locks them first, those of `earlier_identities` before those of `connection_identities`, and each in the order of
//! project and `transaction_id`. So writers of one connection take turns, and no two wait for each other in a circle.

use std::collections::HashSet;

use deskledger_domain::ProjectId;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text};

use crate::moment::{Micros, Moment};

/// The identities that are there, with the numbers of their transactions, from 1. `OFFSET 0` keeps the planner, who may know little
/// of the tables, from anything but a look into the index for each.
const FIND: &str = "SELECT key.number, identity.start \
    FROM unnest($2) WITH ORDINALITY AS key (transaction_id, number), LATERAL (\
        SELECT connection_start_time AS start FROM earlier_identities AS known \
            WHERE known.project_id = $1 AND known.transaction_id = key.transaction_id \
        UNION ALL SELECT connection_start_time FROM connection_identities AS known \
            WHERE known.project_id = $1 AND known.transaction_id = key.transaction_id OFFSET 0) AS identity";

/// Locks the identities of the generation before, and says of which transactions they are. Nobody adds any there.
const LOCK_EARLIER: &str = "SELECT known.transaction_id FROM earlier_identities AS known \
    WHERE known.project_id = $1 AND known.transaction_id = ANY ($2) ORDER BY known.transaction_id FOR UPDATE";

/// Adds the identities that are new and locks those that are known. The condition is what locks and does not change. What is
/// returned is new: there are servers whose command tag counts what was selected.
const LOCK: &str = "INSERT INTO connection_identities AS known (project_id, transaction_id, connection_start_time) \
    SELECT $1, transaction_id, start FROM unnest($2, $3) AS incoming (transaction_id, start) \
    ON CONFLICT (project_id, transaction_id) DO UPDATE SET connection_start_time = NULL WHERE FALSE \
    RETURNING transaction_id";

/// Notes starts in one of the tables.
const NOTE: [&str; 2] = [
    "UPDATE earlier_identities AS identity SET connection_start_time = started.start \
    FROM unnest($2, $3) AS started (transaction_id, start) \
    WHERE identity.project_id = $1 AND identity.transaction_id = started.transaction_id",
    "UPDATE connection_identities AS identity SET connection_start_time = started.start \
    FROM unnest($2, $3) AS started (transaction_id, start) \
    WHERE identity.project_id = $1 AND identity.transaction_id = started.transaction_id",
];

/// What is known of the start of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Identity {
    /// Nothing was heard of the connection.
    Unknown,
    WithoutStart,
    Started(Moment),
}

/// A transaction, and when it started, if that is known.
pub(super) type Started<'e> = (&'e str, Option<Moment>);

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = Nullable<Micros>)]
    start: Option<Moment>,
}

#[derive(QueryableByName)]
struct Transaction {
    #[diesel(sql_type = Text)]
    transaction_id: String,
}

/// The identities of transactions of a project, in their order.
pub(super) fn find(
    connection: &mut PgConnection,
    project: &ProjectId,
    transactions: &[&str],
) -> QueryResult<Vec<Identity>> {
    let mut identities = vec![Identity::Unknown; transactions.len()];
    let found: Vec<Found> = diesel::sql_query(FIND)
        .bind::<Text, _>(project.as_str())
        .bind::<Array<Text>, _>(transactions)
        .load(connection)?;
    for Found { number, start } in found {
        if let Some(identity) = super::index(number).and_then(|index| identities.get_mut(index)) {
            *identity = start.map_or(Identity::WithoutStart, Identity::Started);
        }
    }
    Ok(identities)
}

/// Locks the identities of transactions of a project, which are in order, and adds those that are missing. Which of them are new.
pub(super) fn lock(
    connection: &mut PgConnection,
    project: &ProjectId,
    started: &[Started<'_>],
) -> QueryResult<HashSet<String>> {
    let transactions: Vec<_> = started.iter().map(|(transaction, _)| transaction).collect();
    let earlier: Vec<Transaction> = diesel::sql_query(LOCK_EARLIER)
        .bind::<Text, _>(project.as_str())
        .bind::<Array<Text>, _>(transactions)
        .load(connection)?;
    let earlier = names(earlier);
    let (transactions, starts): (Vec<_>, Vec<_>) = started
        .iter()
        .copied()
        .filter(|(transaction, _)| !earlier.contains(*transaction))
        .unzip();
    let new = diesel::sql_query(LOCK)
        .bind::<Text, _>(project.as_str())
        .bind::<Array<Text>, _>(transactions)
        .bind::<Array<Nullable<Micros>>, _>(starts)
        .load(connection)?;
    Ok(names(new))
}

/// Notes when connections started, whose identities are locked.
pub(super) fn note(
    connection: &mut PgConnection,
    project: &ProjectId,
    started: &[(&str, Moment)],
) -> QueryResult<()> {
    if started.is_empty() {
        return Ok(());
    }
    let (transactions, starts): (Vec<_>, Vec<_>) = started.iter().copied().unzip();
    for statement in NOTE {
        diesel::sql_query(statement)
            .bind::<Text, _>(project.as_str())
            .bind::<Array<Text>, _>(&transactions)
            .bind::<Array<Micros>, _>(&starts)
            .execute(connection)?;
    }
    Ok(())
}

fn names(transactions: Vec<Transaction>) -> HashSet<String> {
    let names = transactions.into_iter().map(|row| row.transaction_id);
    names.collect()
}
