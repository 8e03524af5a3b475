//! Connections of which something is known: binary COPY into a temporary table, and from there into the real ones.

use std::sync::LazyLock;

use deskledger_domain::ConnectionEvent;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::Error as DieselError;

use crate::count::postgres::{self as count, day};
use crate::postgres::Count;
use crate::record::{column_names, incoming_records, values};

/// COPY cannot update, so a batch lands in a table of its own first. It is emptied when the transaction ends, and
/// gone when the connection is. Created so, it takes an event without a start. Beside it is one for what the batch changes in
/// the numbers of records of days.
const CREATE: &str = "CREATE TEMPORARY TABLE IF NOT EXISTS incoming_records \
    ON COMMIT DELETE ROWS AS TABLE connection_records WITH NO DATA; \
    CREATE TEMPORARY TABLE IF NOT EXISTS incoming_changes \
        (project_id text COLLATE \"C\", day integer, records bigint) ON COMMIT DELETE ROWS";

/// Adds the identities that are new and locks those that are known, in the order of every other writer. The condition is
/// what locks and does not change.
///
/// How many are new is counted by the rows that it returns, never by its command tag: there are servers whose tag counts what
/// was selected, upon which known connections would be taken for new ones, and events for records.
const LOCK: &str = "WITH added AS (\
        INSERT INTO connection_identities (project_id, transaction_id, connection_start_time) \
        SELECT project_id, transaction_id, connection_start_time FROM incoming_records \
        ORDER BY project_id, transaction_id \
        ON CONFLICT (project_id, transaction_id) DO UPDATE SET connection_start_time = NULL WHERE FALSE \
        RETURNING 1) \
    SELECT count(*) AS count FROM added";

/// What joins an event with the identity of its connection, and with its record as long as that has the start of the
/// identity.
const IDENTITY: &str = "incoming_records AS incoming JOIN connection_identities AS identity USING (project_id, transaction_id)";

/// Merges a batch. While the locks are held, each connection is in at most one of the two tables.
static MERGE: LazyLock<String> = LazyLock::new(|| {
    const KEYS: [&str; 2] = ["project_id", "transaction_id"];
    let fields: Vec<_> = column_names()
        .into_iter()
        .filter(|column| !KEYS.contains(column))
        .collect();
    let list = |item: &dyn Fn(&str) -> String| {
        let items: Vec<_> = fields.iter().map(|field| item(field)).collect();
        items.join(", ")
    };
    let columns = [&KEYS[..], &fields].concat().join(", ");
    let merged = list(&|field| format!("coalesce(incoming.{field}, known.{field})"));
    // A record whose start changes moves to where that belongs.
    let update = format!(
        "UPDATE connection_records AS known SET {} FROM {IDENTITY} \
        WHERE known.project_id = identity.project_id AND known.transaction_id = identity.transaction_id \
            AND known.connection_start_time = identity.connection_start_time \
            AND ({}) IS DISTINCT FROM ({merged}) \
        RETURNING identity.project_id, identity.connection_start_time AS earlier, known.connection_start_time AS later",
        list(&|field| format!("{field} = coalesce(incoming.{field}, known.{field})")),
        list(&|field| format!("known.{field}")),
    );
    // The identity may be of a record that is not kept any more.
    let insert = format!(
        "INSERT INTO connection_records ({columns}) \
        SELECT incoming.project_id, incoming.transaction_id, {} FROM {IDENTITY} \
            LEFT JOIN incomplete_records AS known USING (project_id, transaction_id) \
        WHERE coalesce(incoming.connection_start_time, identity.connection_start_time) IS NOT NULL \
            AND NOT EXISTS (SELECT FROM connection_records AS record \
                WHERE record.project_id = incoming.project_id AND record.transaction_id = incoming.transaction_id \
                AND record.connection_start_time \
                    = coalesce(incoming.connection_start_time, identity.connection_start_time)) \
        RETURNING project_id, connection_start_time",
        list(&|field| match field {
            "connection_start_time" =>
                "coalesce(incoming.connection_start_time, identity.connection_start_time)"
                    .to_owned(),
            field => format!("coalesce(incoming.{field}, known.{field})"),
        }),
    );
    let delete = "DELETE FROM incomplete_records AS known USING incoming_records AS incoming \
        WHERE known.project_id = incoming.project_id AND known.transaction_id = incoming.transaction_id \
            AND incoming.connection_start_time IS NOT NULL";
    let keep = format!(
        "INSERT INTO incomplete_records AS known ({columns}) \
        SELECT incoming.project_id, incoming.transaction_id, {} FROM {IDENTITY} \
        WHERE incoming.connection_start_time IS NULL AND identity.connection_start_time IS NULL \
        ON CONFLICT (project_id, transaction_id) DO UPDATE SET received_at = now(), {}",
        list(&|field| format!("incoming.{field}")),
        list(&|field| format!("{field} = coalesce(EXCLUDED.{field}, known.{field})")),
    );
    let identify = "UPDATE connection_identities AS identity SET connection_start_time = incoming.connection_start_time \
        FROM incoming_records AS incoming \
        WHERE identity.project_id = incoming.project_id AND identity.transaction_id = incoming.transaction_id \
            AND identity.connection_start_time IS DISTINCT FROM incoming.connection_start_time \
            AND incoming.connection_start_time IS NOT NULL";
    // What was written is counted by what the statements say that they wrote.
    let moved = format!(
        "WITH moved AS ({update}) INSERT INTO incoming_changes \
        SELECT project_id, {}, change FROM moved, LATERAL (VALUES (earlier, -1), (later, 1)) AS moves (time, change) \
        WHERE earlier <> later",
        day("time")
    );
    let inserted = format!(
        "WITH written AS ({insert}) INSERT INTO incoming_changes \
        SELECT project_id, {}, count(*) FROM written GROUP BY 1, 2",
        day("connection_start_time")
    );
    let counted = count::add(
        "SELECT project_id, day, sum(records)::bigint",
        "FROM incoming_changes GROUP BY 1, 2 HAVING sum(records) <> 0",
        count::SLOT_OF_WRITER,
    );
    format!("{moved}; {inserted}; {delete}; {keep}; {identify}; {counted}")
});

/// Writes events in the order of project and `transaction_id`, one for each connection, whatever is known of them. How many
/// connections are new.
pub(super) fn write(
    connection: &mut PgConnection,
    events: &[&ConnectionEvent],
) -> QueryResult<usize> {
    let rows = events.iter().map(|event| {
        let event = event.as_ref();
        values!(incoming_records, event)
    });
    let rows: Vec<_> = rows.collect();
    connection.batch_execute(CREATE)?;
    diesel::copy_from(incoming_records::table)
        .from_insertable(rows)
        .execute(connection)?;
    let Count { count } = diesel::sql_query(LOCK).get_result(connection)?;
    let inserted = usize::try_from(count).unwrap_or(usize::MAX);
    if inserted > events.len() {
        return Err(DieselError::DeserializationError(
            "more connections are new than were written".into(),
        ));
    }
    connection.batch_execute(&MERGE)?;
    Ok(inserted)
}
