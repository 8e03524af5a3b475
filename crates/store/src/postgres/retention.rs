//! Deleting what is too old.

use std::sync::LazyLock;
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::{BigInt, Timestamptz};

use super::sharded::retention::{self as of_project, Sort};
use super::{Count, Layout, partition};
use crate::Cancellation;
use crate::count::postgres as count;
use crate::retention::{Deleted, Expired, ExpiredMonth};

/// How many connections are deleted at once.
const BATCH: u32 = 2000;

/// How often the partitions that are wholly expired are tried to be dropped, and how long it waits in between.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_secs(2);

/// Deletes a batch of expired records. Their identities are locked first, as by every writer; those that a writer has locked
/// come next time. Records of partitions that were dropped are gone already, and so are their numbers.
static DELETE_RECORDS: LazyLock<String> = LazyLock::new(|| {
    let counted = count::add(
        &format!(
            "SELECT project_id, {}, -count(*)",
            count::day("connection_start_time")
        ),
        "FROM deleted GROUP BY 1, 2",
        count::SLOT_OF_RETENTION,
    );
    format!(
        "WITH expired AS (\
            SELECT project_id, transaction_id, connection_start_time FROM connection_identities \
            WHERE connection_start_time < $1 ORDER BY connection_start_time LIMIT $2 FOR UPDATE SKIP LOCKED), \
        deleted AS (\
            DELETE FROM connection_records AS record USING expired \
            WHERE record.project_id = expired.project_id AND record.transaction_id = expired.transaction_id \
                AND record.connection_start_time = expired.connection_start_time \
            RETURNING record.project_id, record.connection_start_time), \
        counted AS ({counted}), \
        gone AS (\
            DELETE FROM connection_identities AS identity USING expired \
            WHERE identity.project_id = expired.project_id AND identity.transaction_id = expired.transaction_id RETURNING 1) \
        SELECT count(*) AS count FROM gone"
    )
});

/// As [`DELETE_RECORDS`], of connections whose start is not known.
const DELETE_INCOMPLETE: &str = "\
    WITH expired AS (\
        SELECT identity.project_id, identity.transaction_id \
        FROM incomplete_records AS record JOIN connection_identities AS identity USING (project_id, transaction_id) \
        WHERE received_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED), \
    deleted AS (\
        DELETE FROM incomplete_records AS record USING expired \
        WHERE record.project_id = expired.project_id AND record.transaction_id = expired.transaction_id), \
    gone AS (\
        DELETE FROM connection_identities AS identity USING expired \
        WHERE identity.project_id = expired.project_id AND identity.transaction_id = expired.transaction_id RETURNING 1) \
    SELECT count(*) AS count FROM gone";

#[derive(QueryableByName)]
struct MonthRow {
    #[diesel(sql_type = BigInt)]
    records: i64,
    #[diesel(sql_type = Timestamptz)]
    oldest: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    newest: DateTime<Utc>,
}

pub(super) fn expired(
    connection: &mut PgConnection,
    before: DateTime<Utc>,
) -> QueryResult<Expired> {
    connection
        .build_transaction()
        .repeatable_read()
        .read_only()
        .run(|connection| {
            count::hold_records(connection)?;
            let months: Vec<MonthRow> = diesel::sql_query(
                "SELECT count(*) AS records, min(connection_start_time) AS oldest, max(connection_start_time) AS newest \
                FROM connection_identities WHERE connection_start_time < $1 \
                GROUP BY date_trunc('month', connection_start_time AT TIME ZONE 'UTC') ORDER BY oldest",
            )
            .bind::<Timestamptz, _>(before)
            .load(connection)?;
            let Count { count: incomplete } =
                diesel::sql_query("SELECT count(*) AS count FROM incomplete_records WHERE received_at < $1")
                    .bind::<Timestamptz, _>(before)
                    .get_result(connection)?;
            let partitions = partition::wholly_before(connection, before)?;
            Ok(Expired {
                months: months
                    .into_iter()
                    .map(|month| ExpiredMonth {
                        records: month.records.unsigned_abs(),
                        oldest: month.oldest,
                        newest: month.newest,
                    })
                    .collect(),
                partitions: partitions.into_iter().map(|partition| partition.name).collect(),
                incomplete: incomplete.unsigned_abs(),
            })
        })
}

pub(super) fn delete(
    connection: &mut PgConnection,
    layout: Layout,
    before: DateTime<Utc>,
    cancellation: &Cancellation,
) -> QueryResult<Deleted> {
    let partitions = drop_partitions(connection, layout, before, cancellation)?;
    let mut delete = |sort| match layout {
        Layout::Whole => {
            let statement = match sort {
                Sort::Records => &DELETE_RECORDS,
                Sort::Incomplete => DELETE_INCOMPLETE,
            };
            batches(connection, cancellation, |connection| {
                let Count { count } = diesel::sql_query(statement)
                    .bind::<Timestamptz, _>(before)
                    .bind::<BigInt, _>(i64::from(BATCH))
                    .get_result(connection)?;
                Ok(count.unsigned_abs())
            })
        }
        Layout::Sharded => {
            let mut total = 0;
            for project in of_project::projects(connection, sort, before)? {
                total += batches(connection, cancellation, |connection| {
                    of_project::delete_batch(connection, sort, &project, before, BATCH)
                })?;
            }
            Ok(total)
        }
    };
    let (records, incomplete) = (delete(Sort::Records)?, delete(Sort::Incomplete)?);
    match layout {
        Layout::Whole => count::tidy(connection, before)?,
        Layout::Sharded => of_project::tidy(connection, before)?,
    }
    Ok(Deleted {
        records,
        partitions,
        incomplete,
    })
}

/// Drops what can be dropped. Where exports do not let it happen, the records go in batches, and the partition next time.
fn drop_partitions(
    connection: &mut PgConnection,
    layout: Layout,
    before: DateTime<Utc>,
    cancellation: &Cancellation,
) -> QueryResult<Vec<String>> {
    for attempt in 1..=ATTEMPTS {
        let begin = Instant::now();
        match partition::drop_before(connection, layout, before) {
            Err(error) if partition::in_use(&error, begin) => {
                tracing::info!(attempt, "partitions that are expired are in use");
            }
            result => return result,
        }
        if cancellation.is_cancelled() || attempt == ATTEMPTS {
            break;
        }
        thread::sleep(PAUSE);
    }
    Ok(Vec::new())
}

/// Deletes batches until one is not full. What comes meanwhile has time.
fn batches(
    connection: &mut PgConnection,
    cancellation: &Cancellation,
    delete: impl Fn(&mut PgConnection) -> QueryResult<u64>,
) -> QueryResult<u64> {
    let mut total = 0;
    while !cancellation.is_cancelled() {
        // In one snapshot: what a writer changed meanwhile is refused, not half deleted.
        let deleted = connection
            .build_transaction()
            .repeatable_read()
            .run(|connection| {
                count::hold_records(connection)?;
                delete(connection)
            });
        match deleted {
            Ok(deleted) => {
                total += deleted;
                if deleted < BATCH.into() {
                    break;
                }
            }
            Err(DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(total)
}
