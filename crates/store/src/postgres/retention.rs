//! Deleting what is too old.

use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::{Array, BigInt, Integer, Text, Timestamptz};

use super::partition::Dropped;
use super::sharded::retention as of_project;
use super::{Count, Layout, partition};
use crate::Cancellation;
use crate::count::{Changes, postgres as count};
use crate::moment::{Micros, Moment};
use crate::record::Dialect as _;
use crate::retention::{Deleted, Expired, ExpiredMonth};

/// How many connections are deleted at once.
const BATCH: u32 = 2000;

/// How often the partitions that are wholly expired are tried to be dropped, and how long it waits in between.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_secs(2);

/// Which projects have anything that is too old.
pub(super) const PROJECTS_WITH_RECORDS: &str =
    "SELECT DISTINCT project_id AS project FROM record_counts WHERE day <= $1 ORDER BY 1";
const PROJECTS_WITH_INCOMPLETE: &str = "SELECT DISTINCT project_id AS project FROM incomplete_records WHERE received_at < $1 ORDER BY 1";

/// The oldest records of a project, of those that are expired and did not start before a time: what was deleted a moment ago is not
/// looked at again. Those that a writer has locked come next time.
const EXPIRED: &str = "SELECT transaction_id, connection_start_time AS start FROM connection_records \
    WHERE project_id = $1 AND connection_start_time < $2 AND connection_start_time >= $4 \
    ORDER BY connection_start_time, transaction_id LIMIT $3 FOR UPDATE SKIP LOCKED";

const DELETE_RECORDS: &str = "DELETE FROM connection_records AS record USING unnest($2, $3) AS expired (transaction_id, start) \
    WHERE record.project_id = $1 AND record.transaction_id = expired.transaction_id \
        AND record.connection_start_time = expired.start AND record.connection_start_time BETWEEN $4 AND $5 \
    RETURNING record.connection_start_time AS start, record.transaction_id";

/// As [`EXPIRED`], of connections whose start is not known.
const EXPIRED_INCOMPLETE: &str = "SELECT transaction_id, received_at AS start FROM incomplete_records \
    WHERE project_id = $1 AND received_at < $2 LIMIT $3 FOR UPDATE SKIP LOCKED";

const DELETE_INCOMPLETE: &str = "DELETE FROM incomplete_records AS record USING unnest($2) AS expired (transaction_id) \
    WHERE record.project_id = $1 AND record.transaction_id = expired.transaction_id";

#[derive(QueryableByName)]
pub(super) struct Project {
    #[diesel(sql_type = Text)]
    pub(super) project: String,
}

#[derive(QueryableByName)]
struct ExpiredRow {
    #[diesel(sql_type = Text)]
    transaction_id: String,
    #[diesel(sql_type = Micros)]
    start: Moment,
}

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
                FROM connection_records WHERE connection_start_time < $1 \
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
    let Dropped {
        partitions,
        mut records,
    } = drop_partitions(connection, layout, before, cancellation)?;
    let projects: Vec<Project> = diesel::sql_query(PROJECTS_WITH_RECORDS)
        .bind::<Integer, _>(count::day_of(before))
        .load(connection)?;
    for Project { project } in projects {
        let mut from = Moment(Pg::bound(DateTime::<Utc>::MIN_UTC));
        records += batches(cancellation, || {
            delete_records(connection, &project, &mut from, before)
        })?;
    }
    let mut incomplete = 0;
    let projects: Vec<Project> = diesel::sql_query(PROJECTS_WITH_INCOMPLETE)
        .bind::<Timestamptz, _>(before)
        .load(connection)?;
    for Project { project } in projects {
        incomplete += batches(cancellation, || {
            delete_incomplete(connection, &project, before)
        })?;
    }
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
) -> QueryResult<Dropped> {
    for attempt in 1..=ATTEMPTS {
        if cancellation.is_cancelled() {
            break;
        }
        let begin = Instant::now();
        match partition::drop_before(connection, layout, before) {
            Err(error) if partition::in_use(&error, begin) => {
                tracing::info!(attempt, "partitions that are expired are in use");
            }
            result => return result,
        }
        if attempt < ATTEMPTS && !cancellation.is_cancelled() {
            thread::sleep(PAUSE);
        }
    }
    Ok(Dropped::default())
}

/// Deletes batches until one is not full. What comes meanwhile has time.
fn batches(
    cancellation: &Cancellation,
    mut delete: impl FnMut() -> QueryResult<usize>,
) -> QueryResult<u64> {
    let mut total = 0;
    while !cancellation.is_cancelled() {
        match delete() {
            Ok(deleted) => {
                total += deleted as u64;
                if deleted < BATCH as usize {
                    break;
                }
            }
            // A writer has moved one of the records to another partition, just before it would have been locked.
            Err(DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(total)
}

/// Deletes a batch of what is expired of a project, and says how many connections that were. Their identities stay: should
/// something be heard of one again, it is a connection that has no record.
fn delete_records(
    connection: &mut PgConnection,
    project: &str,
    from: &mut Moment,
    before: DateTime<Utc>,
) -> QueryResult<usize> {
    let (deleted, last) = connection.transaction(|connection| {
        let expired: Vec<ExpiredRow> = find(EXPIRED, project, before)
            .bind::<Micros, _>(*from)
            .load(connection)?;
        let (Some(first), Some(last)) = (expired.first(), expired.last()) else {
            return QueryResult::Ok((0, *from));
        };
        let starts: Vec<_> = expired.iter().map(|row| row.start).collect();
        let deleted: Vec<ExpiredRow> = diesel::sql_query(DELETE_RECORDS)
            .bind::<Text, _>(project)
            .bind::<Array<Text>, _>(transactions(&expired))
            .bind::<Array<Micros>, _>(&starts)
            .bind::<Micros, _>(first.start)
            .bind::<Micros, _>(last.start)
            .load(connection)?;
        let mut changes = Changes::default();
        for row in &deleted {
            changes.add(project, row.start.0, -1);
        }
        count::store_in(connection, &changes, count::SLOT_OF_RETENTION)?;
        Ok((deleted.len(), last.start))
    })?;
    // Only now: what was rolled back is looked at again.
    *from = last;
    Ok(deleted)
}

/// The same of connections whose start is not known.
fn delete_incomplete(
    connection: &mut PgConnection,
    project: &str,
    before: DateTime<Utc>,
) -> QueryResult<usize> {
    connection.transaction(|connection| {
        let expired: Vec<ExpiredRow> =
            find(EXPIRED_INCOMPLETE, project, before).load(connection)?;
        if expired.is_empty() {
            return Ok(0);
        }
        diesel::sql_query(DELETE_INCOMPLETE)
            .bind::<Text, _>(project)
            .bind::<Array<Text>, _>(transactions(&expired))
            .execute(connection)?;
        Ok(expired.len())
    })
}

/// A statement that finds a batch of what is expired of a project.
fn find<'q>(
    expired: &'q str,
    project: &'q str,
    before: DateTime<Utc>,
) -> BoxedSqlQuery<'q, Pg, SqlQuery> {
    diesel::sql_query(expired)
        .into_boxed()
        .bind::<Text, _>(project)
        .bind::<Timestamptz, _>(before)
        .bind::<BigInt, _>(i64::from(BATCH))
}

fn transactions(expired: &[ExpiredRow]) -> Vec<&str> {
    expired
        .iter()
        .map(|row| row.transaction_id.as_str())
        .collect()
}
