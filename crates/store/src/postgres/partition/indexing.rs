//! Making an index of partitions one by one, before a migration makes one of them all.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

/// The partitions that have no such index, or one that was begun and not ended, with the name of the index. None before there are
/// partitions, and none once the index is that of the whole table.
const WITHOUT: &str = "SELECT inhrelid::regclass::text AS partition, relname || '_by_transaction' AS index \
    FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid \
    WHERE inhparent = to_regclass('connection_records') AND to_regclass('connection_records_by_transaction') IS NULL \
        AND NOT EXISTS (SELECT FROM pg_index \
            WHERE indexrelid = to_regclass(quote_ident(relname || '_by_transaction')) AND indisvalid) \
    ORDER BY relname";

#[derive(QueryableByName)]
struct Without {
    #[diesel(sql_type = Text)]
    partition: String,
    #[diesel(sql_type = Text)]
    index: String,
}

/// Makes the indexes by transaction while others read and write, so it is in no transaction. What was interrupted is done again,
/// and what was done stays.
pub(in crate::postgres) fn index_transactions(connection: &mut PgConnection) -> QueryResult<()> {
    let partitions: Vec<Without> = diesel::sql_query(WITHOUT).load(connection)?;
    for (done, Without { partition, index }) in partitions.iter().enumerate() {
        tracing::info!(
            partition,
            done,
            of = partitions.len(),
            "an index of transactions is made"
        );
        for statement in [
            format!("DROP INDEX CONCURRENTLY IF EXISTS {index}"),
            format!(
                "CREATE INDEX CONCURRENTLY {index} ON {partition} (project_id, transaction_id)"
            ),
        ] {
            connection.batch_execute(&statement)?;
        }
    }
    Ok(())
}
