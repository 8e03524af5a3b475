//! Writing: binary COPY into a temporary table, then one statement from there into the real one.

use std::sync::LazyLock;

use deskledger_domain::ConnectionRecord;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::schema::{NewRecord, incoming_records};
use crate::rows::column_names;
use crate::{Written, batch};

/// COPY cannot update, so a batch lands in a table of its own first. It is emptied when the transaction ends, and
/// gone when the connection is.
const CREATE: &str = "CREATE TEMPORARY TABLE IF NOT EXISTS incoming_records \
    (LIKE connection_records) ON COMMIT DELETE ROWS";

/// A row that was inserted, not updated, has no `xmax`. The order is that of every other writer (see [`batch`]).
static MERGE: LazyLock<String> = LazyLock::new(|| {
    let columns = column_names!();
    let values = columns
        .into_iter()
        .filter(|column| !matches!(*column, "project_id" | "transaction_id"))
        .map(|column| format!("{column} = EXCLUDED.{column}"))
        .collect::<Vec<_>>()
        .join(", ");
    let columns = columns.join(", ");
    format!(
        "WITH written AS (\
            INSERT INTO connection_records ({columns}) \
            SELECT {columns} FROM incoming_records ORDER BY project_id, transaction_id \
            ON CONFLICT (project_id, transaction_id) DO UPDATE SET {values} \
            RETURNING xmax = 0 AS inserted) \
        SELECT count(*) FILTER (WHERE inserted) AS inserted, \
            count(*) FILTER (WHERE NOT inserted) AS updated \
        FROM written"
    )
});

#[derive(QueryableByName)]
struct Counts {
    #[diesel(sql_type = BigInt)]
    inserted: i64,
    #[diesel(sql_type = BigInt)]
    updated: i64,
}

pub(super) fn write(
    connection: &mut PgConnection,
    records: &[ConnectionRecord],
) -> QueryResult<Written> {
    let rows: Vec<_> = batch::last_of_each(records)
        .into_iter()
        .map(NewRecord::new)
        .collect();
    // Whatever the server's own default is: a stricter level would refuse what another writer updates meanwhile.
    let counts: Counts = connection
        .build_transaction()
        .read_committed()
        .read_write()
        .run(|connection| {
            connection.batch_execute(CREATE)?;
            diesel::copy_from(incoming_records::table)
                .from_insertable(rows)
                .execute(connection)?;
            diesel::sql_query(MERGE.as_str()).get_result(connection)
        })?;
    Ok(Written {
        inserted: counts.inserted.unsigned_abs(),
        updated: counts.updated.unsigned_abs(),
    })
}
