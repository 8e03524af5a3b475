//! Deleting what is too old.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::count::Changes;
use crate::moment::{Micros, Moment};
use crate::retention::{Expired, ExpiredMonth};

/// How many records are deleted at once.
pub(super) const BATCH: u32 = 1000;

/// The expired records, found in the index by time: each project takes a step in it, and then its oldest records.
const EXPIRED_RECORDS: &str = "connection_records WHERE connection_start_time < ? AND project_id IN (\
    WITH RECURSIVE projects (id) AS (\
        SELECT min(project_id) FROM connection_records \
        UNION ALL \
        SELECT (SELECT min(project_id) FROM connection_records WHERE project_id > id) \
        FROM projects WHERE id IS NOT NULL) \
    SELECT id FROM projects WHERE id IS NOT NULL)";

/// The records for each month.
fn months() -> String {
    format!(
        "SELECT count(*) AS records, min(connection_start_time) AS oldest, max(connection_start_time) AS newest \
        FROM {EXPIRED_RECORDS} \
        GROUP BY strftime('%Y-%m', connection_start_time / 1000000.0, 'unixepoch') ORDER BY oldest"
    )
}

fn delete_records() -> String {
    format!(
        "DELETE FROM connection_records WHERE rowid IN (SELECT rowid FROM {EXPIRED_RECORDS} LIMIT ?) \
        RETURNING project_id, connection_start_time"
    )
}

const DELETE_INCOMPLETE: &str = "DELETE FROM incomplete_records WHERE rowid IN \
    (SELECT rowid FROM incomplete_records WHERE received_at < ? LIMIT ?)";

#[derive(QueryableByName)]
struct MonthRow {
    #[diesel(sql_type = BigInt)]
    records: i64,
    #[diesel(sql_type = Micros)]
    oldest: Moment,
    #[diesel(sql_type = Micros)]
    newest: Moment,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

pub(super) fn expired(
    connection: &mut SqliteConnection,
    before: DateTime<Utc>,
) -> QueryResult<Expired> {
    connection.transaction(|connection| {
        let months: Vec<MonthRow> = diesel::sql_query(months())
            .bind::<Micros, _>(Moment(before))
            .load(connection)?;
        let Count { count } = diesel::sql_query(
            "SELECT count(*) AS count FROM incomplete_records WHERE received_at < ?",
        )
        .bind::<Micros, _>(Moment(before))
        .get_result(connection)?;
        let months = months.into_iter().map(|month| ExpiredMonth {
            records: month.records.unsigned_abs(),
            oldest: month.oldest.0,
            newest: month.newest.0,
        });
        Ok(Expired {
            months: months.collect(),
            partitions: Vec::new(),
            incomplete: count.unsigned_abs(),
        })
    })
}

/// What is deleted, a batch at a time.
#[derive(Clone, Copy, Debug)]
pub(super) enum What {
    Records,
    Incomplete,
}

#[derive(QueryableByName)]
struct DeletedRow {
    #[diesel(sql_type = Text)]
    project_id: String,
    #[diesel(sql_type = Micros)]
    connection_start_time: Moment,
}

/// Deletes a batch, and returns how many rows it had.
pub(super) fn delete(
    connection: &mut SqliteConnection,
    what: What,
    before: DateTime<Utc>,
) -> QueryResult<u64> {
    match what {
        What::Records => connection
            .immediate_transaction(|connection| delete_batch_of_records(connection, before)),
        What::Incomplete => delete_batch_of_incomplete(connection, before),
    }
}

fn delete_batch_of_records(
    connection: &mut SqliteConnection,
    before: DateTime<Utc>,
) -> QueryResult<u64> {
    let deleted: Vec<DeletedRow> = diesel::sql_query(delete_records())
        .bind::<Micros, _>(Moment(before))
        .bind::<BigInt, _>(i64::from(BATCH))
        .load(connection)?;
    let mut changes = Changes::default();
    for record in &deleted {
        changes.add(&record.project_id, record.connection_start_time.0, -1);
    }
    changes.store(connection)?;
    Ok(deleted.len() as u64)
}

fn delete_batch_of_incomplete(
    connection: &mut SqliteConnection,
    before: DateTime<Utc>,
) -> QueryResult<u64> {
    let deleted = diesel::sql_query(DELETE_INCOMPLETE)
        .bind::<Micros, _>(Moment(before))
        .bind::<BigInt, _>(i64::from(BATCH))
        .execute(connection)?;
    Ok(deleted as u64)
}
