//! Distributing the tables of records over shards, as a part of a migration.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use super::everywhere;

/// The tables whose rows have a project. A shard of one is at the server of the same shard of the others. What is looked for
/// without a project stays with the coordinator: tasks, links, keys, audits and sessions.
const TABLES: [&str; 5] = [
    "connection_identities",
    "earlier_identities",
    "connection_records",
    "incomplete_records",
    "record_counts",
];

/// What a migration is called that does nothing but distribute.
const NAME: &str = "distribute_connection_records";

const HAS_EXTENSION: &str = "EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'citus')";

#[derive(QueryableByName)]
struct Table {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Those of the tables that lie with the coordinator alone, where the database has the extension.
fn undistributed(connection: &mut PgConnection) -> QueryResult<Vec<String>> {
    if !diesel::select(diesel::dsl::sql::<Bool>(HAS_EXTENSION)).get_result::<bool>(connection)? {
        return Ok(Vec::new());
    }
    let mut names = Vec::new();
    for table in TABLES {
        let found: Vec<Table> = diesel::sql_query(
            "SELECT $1 AS name WHERE to_regclass($1) IS NOT NULL \
            AND NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = to_regclass($1))",
        )
        .bind::<Text, _>(table)
        .load(connection)?;
        names.extend(found.into_iter().map(|table| table.name));
    }
    Ok(names)
}

/// The name of what [`distribute`] would do, where that is anything.
pub(in crate::postgres) fn pending(connection: &mut PgConnection) -> QueryResult<Option<String>> {
    let names = undistributed(connection)?;
    Ok((!names.is_empty()).then(|| NAME.to_owned()))
}

/// Distributes the tables that are not yet, with what they hold.
pub(in crate::postgres) fn distribute(
    connection: &mut PgConnection,
) -> QueryResult<Option<String>> {
    let names = undistributed(connection)?;
    if names.is_empty() {
        return Ok(None);
    }
    connection.transaction(|connection| {
        everywhere(connection)?;
        for name in &names {
            let beside = TABLES
                .iter()
                .find(|table| !names.iter().any(|name| name == *table))
                .or(TABLES.first().filter(|first| *first != name))
                .map_or_else(String::new, |table| format!(", colocate_with => '{table}'"));
            connection.batch_execute(&format!(
                "SELECT create_distributed_table('{name}', 'project_id'{beside})"
            ))?;
        }
        QueryResult::Ok(())
    })?;
    for name in &names {
        // The copies in the shards count; what is left here would be in the way of a backup.
        connection.batch_execute(&format!(
            "SELECT truncate_local_data_after_distributing_table('{name}')"
        ))?;
    }
    Ok(Some(NAME.to_owned()))
}

/// Distributes a new table beside those of the records.
pub(in crate::postgres) fn distribute_beside(
    connection: &mut PgConnection,
    name: &str,
) -> QueryResult<()> {
    connection.batch_execute(&format!(
        "SELECT create_distributed_table('{name}', 'project_id', colocate_with => 'connection_records')"
    ))
}

/// Lets migrations change tables that are distributed already, and says whether there may be such.
pub(in crate::postgres) fn allow_changes(connection: &mut PgConnection) -> QueryResult<bool> {
    let has_extension: bool =
        diesel::select(diesel::dsl::sql::<Bool>(HAS_EXTENSION)).get_result(connection)?;
    if has_extension {
        connection.batch_execute("SET citus.enable_ddl_propagation = on")?;
    }
    Ok(has_extension)
}
