//! A partition with many records is divided by copies, while others read and write.
//!
//! The parts are partitions of a table of their own, `copied_records`, which nobody reads. Records are copied into it in steps. A
//! trigger notes what others change meanwhile in the partition, and what is noted is copied again. When hardly anything is
//! left, the table of records is locked for a moment, and the parts take the position of the partition.

use chrono::{DateTime, Utc};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Timestamptz};

use super::division::{Part, again_while_in_use, exchange, is_still};
use super::{
    Layout, Partition, RECORDS, alone, at, busy, from, lock, may_change, name_indexes, to,
};
use crate::Cancellation;
use crate::postgres::sharded::distribution;
use crate::record::column_names;

/// The table whose partitions are the copies.
pub(super) const COPIES: &str = "copied_records";

/// Where changes are noted, and the trigger that notes them, with its function.
const CHANGES: &str = "copied_record_changes";
const TRIGGER: &str = "note_change_of_copied_record";

/// The key of the lock that is held while a partition is copied: "dividing" in ASCII. The session holds it.
const LOCK: i64 = 0x6469_7669_6469_6e67;

/// How many records are copied in one step.
const STEP: i64 = 20_000;

/// As many changes are copied again while nobody uses the table.
const FEW_CHANGES: i64 = 1_000;

/// How often changes are copied again before that.
const ROUNDS: u32 = 100;

diesel::define_sql_function!(
    /// Takes a lock until the session ends; false where another session has it.
    fn pg_try_advisory_lock(key: BigInt) -> Bool
);
diesel::define_sql_function!(
    /// Lets go of a lock.
    fn pg_advisory_unlock(key: BigInt) -> Bool
);

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = BigInt)]
    copied: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    last_start: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    last_transaction: Option<String>,
}

#[derive(QueryableByName)]
struct Project {
    #[diesel(sql_type = Nullable<Text>)]
    project: Option<String>,
}

/// Makes an empty copy of each part. What it may hold is a constraint, so that no row is looked at when it is attached.
pub(super) fn prepare(
    connection: &mut PgConnection,
    layout: Layout,
    parts: &[Part],
) -> QueryResult<()> {
    connection.batch_execute(&format!(
        "CREATE TABLE {COPIES} (LIKE connection_records INCLUDING INDEXES) PARTITION BY RANGE (connection_start_time)"
    ))?;
    if layout == Layout::Sharded {
        distribution::distribute_beside(connection, COPIES)?;
    }
    for (number, part) in parts.iter().enumerate() {
        let within = [
            part.start
                .map(|start| format!("connection_start_time >= {}", at(start))),
            part.end
                .map(|end| format!("connection_start_time < {}", at(end))),
        ];
        let within: Vec<_> = within.into_iter().flatten().collect();
        for statement in [
            format!(
                "CREATE TABLE {COPIES}_{number} PARTITION OF {COPIES} FOR VALUES FROM ({}) TO ({}) \
                WITH (autovacuum_vacuum_insert_scale_factor = 0.01)",
                from(part.start),
                to(part.end)
            ),
            format!(
                "ALTER TABLE {COPIES}_{number} ADD CONSTRAINT is_within CHECK ({})",
                within.join(" AND ")
            ),
        ] {
            connection.batch_execute(&statement)?;
        }
    }
    Ok(())
}

/// Copies a partition at once.
pub(super) fn copy_all(connection: &mut PgConnection, partition: &Partition) -> QueryResult<()> {
    let columns = column_names().join(", ");
    connection.batch_execute(&format!(
        "INSERT INTO {COPIES} ({columns}) SELECT {columns} FROM {}",
        partition.name
    ))
}

/// Makes a copy a partition of the records.
pub(super) fn attach(
    connection: &mut PgConnection,
    layout: Layout,
    number: usize,
    part: &Part,
) -> QueryResult<()> {
    let name = &part.name;
    for statement in [
        format!("ALTER TABLE {COPIES} DETACH PARTITION {COPIES}_{number}"),
        format!("ALTER TABLE {COPIES}_{number} RENAME TO {name}"),
        format!(
            "ALTER TABLE connection_records ATTACH PARTITION {name} FOR VALUES FROM ({}) TO ({})",
            from(part.start),
            to(part.end)
        ),
        format!("ALTER TABLE {name} DROP CONSTRAINT is_within"),
    ] {
        connection.batch_execute(&statement)?;
    }
    name_indexes(connection, layout, name, name)
}

/// Removes what a process left that ended in the middle. Where one is at it, that stays.
pub(super) fn remove_what_is_left(connection: &mut PgConnection) -> QueryResult<()> {
    if is_anything_left(connection)? && may_change(connection)? && take(connection)? {
        let removed = remove(connection);
        let_go(connection)?;
        removed?;
    }
    Ok(())
}

fn is_anything_left(connection: &mut PgConnection) -> QueryResult<bool> {
    let is_left =
        format!("to_regclass('{COPIES}') IS NOT NULL OR to_regclass('{CHANGES}') IS NOT NULL");
    diesel::select(diesel::dsl::sql::<Bool>(&is_left)).get_result(connection)
}

fn take(connection: &mut PgConnection) -> QueryResult<bool> {
    diesel::select(pg_try_advisory_lock(LOCK)).get_result(connection)
}

fn let_go(connection: &mut PgConnection) -> QueryResult<()> {
    diesel::select(pg_advisory_unlock(LOCK))
        .get_result::<bool>(connection)
        .map(|_| ())
}

/// The trigger goes with its function, for which nobody may write to the partition for a moment.
fn remove(connection: &mut PgConnection) -> QueryResult<()> {
    connection.transaction(|connection| {
        for statement in [
            format!("DROP FUNCTION IF EXISTS {TRIGGER}() CASCADE"),
            format!("DROP TABLE IF EXISTS {CHANGES}"),
            format!("DROP TABLE IF EXISTS {COPIES}"),
        ] {
            connection.batch_execute(&statement)?;
        }
        Ok(())
    })
}

/// Divides a partition; false where it is not what it was any more, or it was cancelled.
pub(super) fn divide(
    connection: &mut PgConnection,
    partition: &Partition,
    parts: &[Part],
    moved: &mut dyn FnMut(u64),
    cancellation: &Cancellation,
) -> QueryResult<bool> {
    if !take(connection)? {
        return Err(busy("another process divides a partition"));
    }
    let divided = again_while_in_use(cancellation, || remove(connection))
        .and_then(|()| {
            again_while_in_use(cancellation, || {
                connection.transaction(|connection| {
                    prepare(connection, Layout::Whole, parts)?;
                    note_changes(connection, partition)
                })
            })
        })
        .and_then(|()| copy(connection, partition, moved, cancellation))
        .and_then(|()| catch_up(connection, partition, cancellation))
        .and_then(|()| {
            if cancellation.is_cancelled() {
                return Ok(false);
            }
            again_while_in_use(cancellation, || finish(connection, partition, parts))
        });
    if !matches!(divided, Ok(true)) {
        // What cannot be removed now is removed by the next process that makes partitions.
        let _ = again_while_in_use(cancellation, || remove(connection));
    }
    // The lock goes with the session, if not before.
    let _ = let_go(connection);
    divided
}

fn note_changes(connection: &mut PgConnection, partition: &Partition) -> QueryResult<()> {
    #[derive(QueryableByName)]
    struct Schema {
        #[diesel(sql_type = Text)]
        schema: String,
    }
    let Schema { schema } = diesel::sql_query(
        "SELECT relnamespace::regnamespace::text AS schema FROM pg_class WHERE oid = 'connection_records'::regclass",
    )
    .get_result(connection)?;
    let note = |row: &str| {
        format!(
            "INSERT INTO {schema}.{CHANGES} VALUES ({row}.project_id, {row}.connection_start_time, {row}.transaction_id);"
        )
    };
    for statement in [
        format!(
            "CREATE TABLE {CHANGES} (project_id text COLLATE \"C\", connection_start_time timestamptz, \
                transaction_id text COLLATE \"C\")"
        ),
        // Who may change records need not have rights on the table of changes.
        format!(
            "CREATE FUNCTION {TRIGGER}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$ \
            BEGIN \
                IF TG_OP <> 'INSERT' THEN {} END IF; \
                IF TG_OP <> 'DELETE' THEN {} END IF; \
                RETURN NULL; \
            END $$",
            note("OLD"),
            note("NEW")
        ),
        format!(
            "CREATE TRIGGER {TRIGGER} AFTER INSERT OR UPDATE OR DELETE ON {} FOR EACH ROW EXECUTE FUNCTION {TRIGGER}()",
            partition.name
        ),
    ] {
        connection.batch_execute(&statement)?;
    }
    Ok(())
}

/// Copies all records, project by project, each step in the order of the index by time.
fn copy(
    connection: &mut PgConnection,
    partition: &Partition,
    moved: &mut dyn FnMut(u64),
    cancellation: &Cancellation,
) -> QueryResult<()> {
    let name = &partition.name;
    let columns = column_names().join(", ");
    let step = format!(
        "WITH step AS (\
            SELECT {columns} FROM {name} \
            WHERE project_id = $1 AND (connection_start_time, transaction_id) < ($2, $3) \
            ORDER BY connection_start_time DESC, transaction_id DESC LIMIT {STEP}), \
        copied AS (INSERT INTO {COPIES} ({columns}) SELECT {columns} FROM step RETURNING 1), \
        last AS (SELECT connection_start_time, transaction_id FROM step ORDER BY 1, 2 LIMIT 1) \
        SELECT (SELECT count(*) FROM copied) AS copied, (SELECT connection_start_time FROM last) AS last_start, \
            (SELECT transaction_id FROM last) AS last_transaction"
    );
    let first = step.replace(
        "AND (connection_start_time, transaction_id) < ($2, $3) ",
        "",
    );
    let mut total = 0;
    let mut project = next_project(connection, name, None)?;
    while let Some(id) = project {
        let mut done: Step = diesel::sql_query(&first)
            .bind::<Text, _>(&id)
            .get_result(connection)?;
        loop {
            total += done.copied.unsigned_abs();
            moved(total);
            if cancellation.is_cancelled() {
                return Ok(());
            }
            if done.copied < STEP {
                break;
            }
            done = diesel::sql_query(&step)
                .bind::<Text, _>(&id)
                .bind::<Nullable<Timestamptz>, _>(done.last_start)
                .bind::<Nullable<Text>, _>(done.last_transaction)
                .get_result(connection)?;
        }
        project = next_project(connection, name, Some(&id))?;
    }
    Ok(())
}

fn next_project(
    connection: &mut PgConnection,
    partition: &str,
    after: Option<&str>,
) -> QueryResult<Option<String>> {
    let Project { project } = match after {
        None => diesel::sql_query(format!(
            "SELECT min(project_id) AS project FROM {partition}"
        ))
        .get_result(connection)?,
        Some(after) => diesel::sql_query(format!(
            "SELECT min(project_id) AS project FROM {partition} WHERE project_id > $1"
        ))
        .bind::<Text, _>(after)
        .get_result(connection)?,
    };
    Ok(project)
}

/// Copies what was changed meanwhile, until hardly anything is left.
fn catch_up(
    connection: &mut PgConnection,
    partition: &Partition,
    cancellation: &Cancellation,
) -> QueryResult<()> {
    for _ in 0..ROUNDS {
        if cancellation.is_cancelled() {
            return Ok(());
        }
        let copied = connection.transaction(|connection| copy_changes(connection, partition))?;
        if copied <= FEW_CHANGES {
            return Ok(());
        }
    }
    Err(busy("others write faster than their changes can be copied"))
}

/// Copies what was changed as it is now, and returns how many records that were. The statements see one another's time: what is
/// changed after the first has its own note.
fn copy_changes(connection: &mut PgConnection, partition: &Partition) -> QueryResult<i64> {
    let columns = column_names().join(", ");
    let same = |one: &str| {
        format!(
            "{one}.project_id = changed.project_id AND {one}.connection_start_time = changed.connection_start_time \
            AND {one}.transaction_id = changed.transaction_id"
        )
    };
    for statement in [
        format!(
            "CREATE TEMPORARY TABLE IF NOT EXISTS changed (LIKE {CHANGES}) ON COMMIT DELETE ROWS"
        ),
        format!(
            "WITH noted AS (DELETE FROM {CHANGES} RETURNING *) INSERT INTO changed SELECT DISTINCT * FROM noted"
        ),
        format!(
            "DELETE FROM {COPIES} AS copied USING changed WHERE {}",
            same("copied")
        ),
        format!(
            "INSERT INTO {COPIES} ({columns}) SELECT {} FROM {} AS record JOIN changed ON {}",
            column_names()
                .iter()
                .map(|column| format!("record.{column}"))
                .collect::<Vec<_>>()
                .join(", "),
            partition.name,
            same("record")
        ),
    ] {
        connection.batch_execute(&statement)?;
    }
    diesel::select(diesel::dsl::sql::<BigInt>("(SELECT count(*) FROM changed)"))
        .get_result(connection)
}

/// Copies what is left, and exchanges the partition for its copies, while nobody uses the table.
fn finish(
    connection: &mut PgConnection,
    partition: &Partition,
    parts: &[Part],
) -> QueryResult<bool> {
    let finished = alone(connection, |connection| {
        lock(connection, Layout::Whole, RECORDS)?;
        if !is_still(connection, partition)? {
            return Ok(false);
        }
        copy_changes(connection, partition)?;
        exchange(connection, Layout::Whole, partition, parts)?;
        for statement in [
            format!("DROP FUNCTION {TRIGGER}()"),
            format!("DROP TABLE {CHANGES}"),
        ] {
            connection.batch_execute(&statement)?;
        }
        Ok(true)
    })?;
    finished.ok_or_else(|| busy("another process changes partitions"))
}
