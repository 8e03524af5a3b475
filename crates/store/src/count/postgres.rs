//! Checks and repairs on PostgreSQL.

use chrono::{DateTime, Utc};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::{Array, BigInt, Integer, Text};

use super::check::{Comparison, DayRow, FIRST_PROJECT, KEPT, NEXT_PROJECT, ProjectRow, compare};
pub(crate) use super::days::day_of;
use super::{Changes, CountCheck};

/// The slot of a connection that writes: another one for each of the next connections of a server.
pub(crate) const SLOT_OF_WRITER: &str = "(pg_catalog.pg_backend_pid() % 16)";

/// The slot that retention and repairs change.
pub(crate) const SLOT_OF_RETENTION: &str = "16";

/// The day of a time, in days since 1970-01-01 of UTC.
pub(crate) fn day(time: &str) -> String {
    format!("({time} AT TIME ZONE 'UTC')::date - DATE '1970-01-01'")
}

/// The end of a statement that adds to the numbers of days. `select` names project, day and change; a slot is theirs alone
/// or that of one connection. All transactions take the rows in the same order, so none waits for another in a circle.
pub(crate) fn add(select: &str, from: &str, slot: &str) -> String {
    format!(
        "INSERT INTO record_counts AS known (project_id, day, records, slot) {select}, {slot} {from} ORDER BY 1, 2 \
        ON CONFLICT (project_id, day, slot) DO UPDATE SET records = known.records + EXCLUDED.records"
    )
}

/// Makes changes at the end of the transaction that made them necessary.
pub(crate) fn store(connection: &mut PgConnection, changes: &Changes) -> QueryResult<()> {
    store_in(connection, changes, SLOT_OF_WRITER)
}

/// The same in a slot.
pub(crate) fn store_in(
    connection: &mut PgConnection,
    changes: &Changes,
    slot: &str,
) -> QueryResult<()> {
    let store = add(
        // In the order in which every other statement takes them.
        "SELECT project_id COLLATE \"C\", day, records",
        "FROM unnest($1, $2, $3) AS changes (project_id, day, records)",
        slot,
    );
    let mut projects = Vec::new();
    let (mut days, mut records) = (Vec::new(), Vec::new());
    for (project, day, change) in changes.each() {
        projects.push(project);
        days.push(day);
        records.push(change);
    }
    if projects.is_empty() {
        return Ok(());
    }
    diesel::sql_query(store)
        .bind::<Array<Text>, _>(projects)
        .bind::<Array<Integer>, _>(days)
        .bind::<Array<BigInt>, _>(records)
        .execute(connection)
        .map(|_| ())
}

/// How often a repair begins again because another process changed the same numbers.
const ATTEMPTS: u32 = 20;

/// A start that is corrected once its connection has no identity any more makes a second record.
const REPEATED: &str = "SELECT count(*) - count(DISTINCT transaction_id) AS records, 0 AS day \
    FROM connection_records WHERE project_id = $1";

/// Keeps partitions from being dropped or exchanged until the transaction ends. It comes first in a transaction of one
/// snapshot, which it takes thereafter. Else records might move to another partition between the snapshot and the look at
/// them, which then finds neither where they were nor where they are; or a month might be dropped, and its number still be seen.
pub(crate) fn hold_records(connection: &mut PgConnection) -> QueryResult<()> {
    connection.batch_execute("LOCK TABLE ONLY connection_records IN ACCESS SHARE MODE")
}

/// Removes the numbers of days up to a time where they are 0 together, so that they do not grow for ever. It waits for no writer: a
/// number that one changes stays until the next time. Whichever slots are found, to remove what is 0 together changes nothing.
pub(crate) fn tidy(connection: &mut PgConnection, before: DateTime<Utc>) -> QueryResult<()> {
    const TIDY: &str = "WITH known AS (\
            SELECT project_id, day, slot, records FROM record_counts WHERE day <= $1 \
            ORDER BY project_id, day, slot FOR UPDATE SKIP LOCKED), \
        empty AS (SELECT project_id, day FROM known GROUP BY 1, 2 HAVING sum(records) = 0) \
        DELETE FROM record_counts AS count USING known JOIN empty USING (project_id, day) \
        WHERE count.project_id = known.project_id AND count.day = known.day AND count.slot = known.slot";
    diesel::sql_query(TIDY)
        .bind::<Integer, _>(day_of(before))
        .execute(connection)
        .map(|_| ())
}

/// Removes the numbers of the days before that of a time, of which all records go, and says how many records that were.
pub(crate) fn forget(connection: &mut PgConnection, before: DateTime<Utc>) -> QueryResult<i64> {
    let day = day_of(before);
    let DayRow { records, .. } = diesel::sql_query(
        "SELECT $1 AS day, coalesce(sum(records), 0)::bigint AS records FROM record_counts WHERE day < $1",
    )
    .bind::<Integer, _>(day)
    .get_result(connection)?;
    diesel::sql_query("DELETE FROM record_counts WHERE day < $1")
        .bind::<Integer, _>(day)
        .execute(connection)?;
    Ok(records)
}

pub(crate) fn next_project(
    connection: &mut PgConnection,
    after: Option<&str>,
) -> QueryResult<Option<String>> {
    let row: ProjectRow = match after {
        None => diesel::sql_query(FIRST_PROJECT).get_result(connection),
        Some(after) => diesel::sql_query(NEXT_PROJECT)
            .bind::<Text, _>(after)
            .get_result(connection),
    }?;
    Ok(row.project)
}

pub(crate) fn check(connection: &mut PgConnection, project: &str) -> QueryResult<CountCheck> {
    connection
        .build_transaction()
        .repeatable_read()
        .read_only()
        .run(|connection| Ok(find(connection, project)?.check))
}

/// In one snapshot: a repair of another process that comes in between makes this one begin again, and is not repeated.
pub(crate) fn repair(connection: &mut PgConnection, project: &str) -> QueryResult<CountCheck> {
    let mut attempt = 0;
    loop {
        let repaired = connection
            .build_transaction()
            .repeatable_read()
            .read_write()
            .run(|connection| {
                let Comparison { check, missing } = find(connection, project)?;
                if !missing.is_empty() {
                    // It is right at any time: what others change meanwhile, they change in numbers and records alike.
                    let (days, records): (Vec<_>, Vec<_>) = missing.into_iter().unzip();
                    let missing = add(
                        "SELECT $1, day, records",
                        "FROM unnest($2, $3) AS missing (day, records)",
                        SLOT_OF_RETENTION,
                    );
                    diesel::sql_query(missing)
                        .bind::<Text, _>(project)
                        .bind::<Array<Integer>, _>(days)
                        .bind::<Array<BigInt>, _>(records)
                        .execute(connection)?;
                }
                Ok(check)
            });
        match repaired {
            Err(DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _))
                if attempt < ATTEMPTS =>
            {
                attempt += 1;
            }
            result => return result,
        }
    }
}

fn find(connection: &mut PgConnection, project: &str) -> QueryResult<Comparison> {
    hold_records(connection)?;
    let mut days = |statement: &str| {
        diesel::sql_query(statement)
            .bind::<Text, _>(project)
            .load::<DayRow>(connection)
    };
    let count = format!(
        "SELECT {} AS day, count(*) AS records FROM connection_records WHERE project_id = $1 GROUP BY 1",
        day("connection_start_time")
    );
    let mut comparison = compare(days(KEPT)?, days(&count)?)?;
    let repeated: i64 = days(REPEATED)?.iter().map(|row| row.records).sum();
    comparison.check.repeated = repeated.unsigned_abs();
    Ok(comparison)
}
