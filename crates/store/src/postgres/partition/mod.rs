//! The partitions of the records: one for each month, and an open one at either end.

mod copying;
mod division;
mod indexing;
mod month;
mod status;

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::{BigInt, Bool, Nullable, Oid, Text, Timestamptz};

pub(super) use self::division::make_months;
pub(super) use self::indexing::index_transactions;
use self::month::Month;
pub(super) use self::status::statuses;
use super::{Count, Layout, sharded};
use crate::PartitionsMade;
use crate::count::postgres as count;
use crate::record::column_names;

/// How many months have a partition: this one and those that follow.
const MONTHS_AHEAD: u32 = 3;

/// The table of all records.
const RECORDS: &str = "connection_records";

/// The open partitions.
const EARLIER: &str = "connection_records_earlier";
const LATER: &str = "connection_records_later";

/// The key of the lock that is held while partitions are changed: "partitio" in ASCII.
const LOCK: i64 = 0x7061_7274_6974_696f;

/// How long to wait for the lock of the table. All statements that come meanwhile wait as well, exports included.
const PATIENCE: Duration = Duration::from_secs(1);

/// A partition, with its range; `None` where that is open.
#[derive(Debug, QueryableByName)]
pub(super) struct Partition {
    #[diesel(sql_type = Text)]
    pub(super) name: String,
    #[diesel(sql_type = Oid)]
    oid: u32,
    /// The range in the words of the server.
    #[diesel(sql_type = Text)]
    bounds: String,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(super) start: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(super) end: Option<DateTime<Utc>>,
}

/// The partitions, in the order of time.
pub(super) fn list(connection: &mut PgConnection) -> QueryResult<Vec<Partition>> {
    let partitions: Vec<Partition> = diesel::sql_query(
        "SELECT relname::text AS name, pg_class.oid, bounds, \
            substring(bounds FROM 'FROM [(]''([^'']+)''[)]')::timestamptz AS start, \
            substring(bounds FROM 'TO [(]''([^'']+)''[)]')::timestamptz AS \"end\" \
        FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid, pg_get_expr(relpartbound, inhrelid) AS bounds \
        WHERE inhparent = 'connection_records'::regclass \
        ORDER BY start NULLS FIRST",
    )
    .load(connection)?;
    check(&partitions)?;
    Ok(partitions)
}

/// Refuses what cannot be true: an open end in the middle of the time, or no partition at all. A caller that believed such
/// an answer would do nothing.
fn check(partitions: &[Partition]) -> QueryResult<()> {
    let [first, .., last] = partitions else {
        return Err(impossible(
            "connection_records has fewer than two partitions",
        ));
    };
    for (partition, open_start, open_end) in partitions.iter().map(|partition| {
        let is = |other: &Partition| partition.name == other.name;
        (partition, is(first), is(last))
    }) {
        if partition.start.is_none() != open_start || partition.end.is_none() != open_end {
            return Err(impossible(format!(
                "the bounds of {} cannot be what they look like: {}",
                partition.name, partition.bounds
            )));
        }
    }
    Ok(())
}

/// An answer of the catalogue that cannot be true.
fn impossible(reason: impl Into<String>) -> DieselError {
    DieselError::DeserializationError(reason.into().into())
}

/// Makes the partitions of the next months, of what is open at the end.
pub(super) fn make(
    connection: &mut PgConnection,
    layout: Layout,
    now: DateTime<Utc>,
) -> QueryResult<PartitionsMade> {
    copying::remove_what_is_left(connection)?;
    make_until(connection, layout, now, Month::of(now).after(MONTHS_AHEAD))
}

/// Makes the partitions of the months before `wanted`, of what is open at the end.
fn make_until(
    connection: &mut PgConnection,
    layout: Layout,
    now: DateTime<Utc>,
    wanted: Month,
) -> QueryResult<PartitionsMade> {
    let wanted = wanted.start();
    let open_from = |connection: &mut PgConnection| {
        let last = list(connection)?.into_iter().next_back();
        let start = last.and_then(|last| last.start);
        QueryResult::Ok(start.filter(|start| *start < wanted))
    };
    if open_from(connection)?.is_none() {
        return Ok(PartitionsMade::Made(Vec::new()));
    }
    if !may_change(connection)? {
        return Ok(PartitionsMade::NotAllowed);
    }
    let made = alone(connection, |connection| {
        // Another process may have been faster.
        let Some(start) = open_from(connection)? else {
            return Ok(Vec::new());
        };
        lock(connection, layout, RECORDS)?;
        split(connection, layout, Month::of(start), Month::of(now), wanted)
    })?;
    Ok(PartitionsMade::Made(made.unwrap_or_default()))
}

/// Makes the open partition, which begins with the month `open`, the one of that month, and all that follow until `wanted`,
/// where it now begins. What it holds stays where it lies: if nobody made partitions for long, it is that of several months.
fn split(
    connection: &mut PgConnection,
    layout: Layout,
    open: Month,
    now: Month,
    wanted: DateTime<Utc>,
) -> QueryResult<Vec<String>> {
    let columns = column_names().join(", ");
    let name = open.partition();
    let first = open.after(1).max(now.after(1));
    name_indexes(connection, layout, LATER, &name)?;
    connection.batch_execute(&format!(
        "ALTER TABLE connection_records DETACH PARTITION {LATER}"
    ))?;
    connection.batch_execute(&format!("ALTER TABLE {LATER} RENAME TO {name}"))?;
    let mut made = vec![name.clone()];
    let mut month = first;
    while month.start() < wanted {
        let (next, partition) = (month.after(1), month.partition());
        create(
            connection,
            layout,
            &partition,
            &at(month.start()),
            &at(next.start()),
        )?;
        made.push(partition);
        month = next;
    }
    create(connection, layout, LATER, &at(wanted), "MAXVALUE")?;
    let (start, end) = (at(open.start()), at(first.start()));
    // Nobody uses them meanwhile.
    for statement in [
        format!(
            "INSERT INTO connection_records ({columns}) SELECT {columns} FROM {name} WHERE connection_start_time >= {end}"
        ),
        format!("DELETE FROM {name} WHERE connection_start_time >= {end}"),
        format!(
            "ALTER TABLE connection_records ATTACH PARTITION {name} FOR VALUES FROM ({start}) TO ({end})"
        ),
    ] {
        connection.batch_execute(&statement)?;
    }
    Ok(made)
}

/// Those of the partitions that hold nothing which started at a time or later, in the order of time. What is open at the
/// beginning is not among them where it is empty.
pub(super) fn wholly_before(
    connection: &mut PgConnection,
    before: DateTime<Utc>,
) -> QueryResult<Vec<Partition>> {
    let mut partitions = list(connection)?;
    partitions.retain(|partition| partition.end.is_some_and(|end| end <= before));
    if let [earlier] = partitions.as_slice()
        && !has_more_than(connection, 0, &earlier.name)?
    {
        partitions.clear();
    }
    Ok(partitions)
}

/// Whether a partition has more than so many records.
fn has_more_than(connection: &mut PgConnection, few: u32, partition: &str) -> QueryResult<bool> {
    let Count { count } = diesel::sql_query(format!(
        "SELECT count(*) AS count FROM (SELECT 1 FROM {partition} LIMIT {}) AS first",
        few.saturating_add(1)
    ))
    .get_result(connection)?;
    Ok(count > few.into())
}

/// What was dropped.
#[derive(Debug, Default)]
pub(super) struct Dropped {
    /// The names of the partitions.
    pub(super) partitions: Vec<String>,
    /// How many records they had.
    pub(super) records: u64,
}

/// Drops the partitions that are wholly before a time. The open partition then covers their time.
pub(super) fn drop_before(
    connection: &mut PgConnection,
    layout: Layout,
    before: DateTime<Utc>,
) -> QueryResult<Dropped> {
    if wholly_before(connection, before)?.is_empty() || !may_change(connection)? {
        return Ok(Dropped::default());
    }
    let dropped = alone(connection, |connection| {
        lock(connection, layout, RECORDS)?;
        let partitions = wholly_before(connection, before)?;
        let Some(end) = partitions.last().and_then(|last| last.end) else {
            return Ok(Dropped::default());
        };
        let partitions: Vec<_> = partitions
            .into_iter()
            .map(|partition| partition.name)
            .collect();
        for name in &partitions {
            connection.batch_execute(&format!("DROP TABLE {name}"))?;
        }
        create(connection, layout, EARLIER, "MINVALUE", &at(end))?;
        // Nobody writes meanwhile, and a month begins with a day.
        let records = count::forget(connection, end)?.unsigned_abs();
        Ok(Dropped {
            partitions,
            records,
        })
    })?;
    Ok(dropped.unwrap_or_default())
}

/// Does `work` in a transaction, unless another process is at it.
pub(super) fn alone<T>(
    connection: &mut PgConnection,
    work: impl FnOnce(&mut PgConnection) -> QueryResult<T>,
) -> QueryResult<Option<T>> {
    connection.transaction(|connection| {
        let is_alone: bool =
            diesel::select(pg_try_advisory_xact_lock(LOCK)).get_result(connection)?;
        is_alone.then(|| work(connection)).transpose()
    })
}

/// Makes a connection wait for no lock for longer than a short while.
pub(super) fn be_impatient(connection: &mut PgConnection) -> QueryResult<()> {
    connection.batch_execute(&format!("SET lock_timeout = {}", PATIENCE.as_millis()))
}

/// Waits until nobody uses tables. Where they lie in shards, that is nobody who asks the coordinator; what changes a shard
/// then waits for those who read it, for no longer.
pub(super) fn lock(connection: &mut PgConnection, layout: Layout, tables: &str) -> QueryResult<()> {
    connection.batch_execute(&format!("LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE"))?;
    if layout == Layout::Sharded {
        sharded::everywhere(connection)?;
        connection.batch_execute(&format!(
            "SET LOCAL lock_timeout = {}",
            PATIENCE.as_millis()
        ))?;
    }
    Ok(())
}

/// An error that another attempt may not find again.
pub(super) fn busy(reason: &str) -> DieselError {
    DieselError::DatabaseError(
        DatabaseErrorKind::Unknown,
        Box::new(format!("lock timeout: {reason}")),
    )
}

/// Whether an error may mean that the records were in use for too long. Diesel does not hand over the code that says so, and
/// the message may be in any language.
pub(super) fn in_use(error: &DieselError, begin: Instant) -> bool {
    let DieselError::DatabaseError(DatabaseErrorKind::Unknown, information) = error else {
        return false;
    };
    information.message().contains("lock timeout") || begin.elapsed() >= PATIENCE
}

/// Whether the role may make and drop partitions, for which it must be the owner.
pub(super) fn may_change(connection: &mut PgConnection) -> QueryResult<bool> {
    diesel::select(diesel::dsl::sql::<Bool>(
        "(SELECT pg_has_role(relowner, 'USAGE') AND has_schema_privilege(relnamespace, 'CREATE') \
        FROM pg_class WHERE oid = 'connection_records'::regclass)",
    ))
    .get_result(connection)
}

/// Makes a partition. It is vacuumed early: lists count in an index alone where rows are known to be visible to all.
pub(super) fn create(
    connection: &mut PgConnection,
    layout: Layout,
    name: &str,
    start: &str,
    end: &str,
) -> QueryResult<()> {
    connection.batch_execute(&format!(
        "CREATE TABLE {name} PARTITION OF connection_records FOR VALUES FROM ({start}) TO ({end}) \
        WITH (autovacuum_vacuum_insert_scale_factor = 0.01)"
    ))?;
    name_indexes(connection, layout, name, name)
}

/// Names the indexes of a partition after those of the whole table, as if it bore a name, so that plans can be read. In shards they
/// keep the names that they have: to rename them would take as long as to make them, while nobody reads.
fn name_indexes(
    connection: &mut PgConnection,
    layout: Layout,
    partition: &str,
    name: &str,
) -> QueryResult<()> {
    if layout == Layout::Sharded {
        return Ok(());
    }
    connection.batch_execute(&format!(
        "DO $$ \
        DECLARE index record; \
        BEGIN \
            FOR index IN \
                SELECT part.oid::regclass AS old, replace(whole.relname, 'connection_records', '{name}') AS new, part.relname \
                FROM pg_index JOIN pg_inherits ON inhrelid = indexrelid \
                    JOIN pg_class AS part ON part.oid = inhrelid JOIN pg_class AS whole ON whole.oid = inhparent \
                WHERE indrelid = '{partition}'::regclass \
            LOOP \
                IF index.new <> index.relname THEN \
                    EXECUTE format('ALTER INDEX %s RENAME TO %I', index.old, index.new); \
                END IF; \
            END LOOP; \
        END $$"
    ))
}

/// The start of a range as SQL.
fn from(start: Option<DateTime<Utc>>) -> String {
    start.map_or_else(|| "MINVALUE".to_owned(), at)
}

/// The end of a range as SQL.
fn to(end: Option<DateTime<Utc>>) -> String {
    end.map_or_else(|| "MAXVALUE".to_owned(), at)
}

/// A time as SQL.
fn at(time: DateTime<Utc>) -> String {
    format!("'{}'", time.format("%Y-%m-%d %H:%M:%SZ"))
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// Takes a lock until the transaction ends; false where another session has it.
    fn pg_try_advisory_xact_lock(key: BigInt) -> Bool;
}
