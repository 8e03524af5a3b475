//! Deleting what is too old, project by project: a shard locks rows for statements of one project alone.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, SmallInt, Text, Timestamptz};

use crate::count::{Changes, postgres as count};
use crate::moment::{Micros, Moment};
use crate::postgres::Count;

/// Which projects have anything that is too old.
const PROJECTS: [&str; 2] = [
    "SELECT DISTINCT project_id AS project FROM connection_identities WHERE connection_start_time < $1 ORDER BY 1",
    "SELECT DISTINCT project_id AS project FROM incomplete_records WHERE received_at < $1 ORDER BY 1",
];

const PROJECTS_WITH_COUNTS: &str =
    "SELECT DISTINCT project_id AS project FROM record_counts WHERE day <= $1 ORDER BY 1";

/// The identities of a batch, which are locked as by every writer. Those that one has locked come next time.
const EXPIRED: &str = "SELECT transaction_id, connection_start_time AS start FROM connection_identities \
    WHERE project_id = $1 AND connection_start_time < $2 \
    ORDER BY connection_start_time LIMIT $3 FOR UPDATE SKIP LOCKED";

const DELETE_RECORDS: &str = "DELETE FROM connection_records AS record USING unnest($2, $3) AS expired (transaction_id, start) \
    WHERE record.project_id = $1 AND record.transaction_id = expired.transaction_id \
        AND record.connection_start_time = expired.start AND record.connection_start_time < $4 \
    RETURNING record.connection_start_time AS start, record.transaction_id";

const DELETE_IDENTITIES: &str = "DELETE FROM connection_identities AS identity USING unnest($2) AS expired (transaction_id) \
    WHERE identity.project_id = $1 AND identity.transaction_id = expired.transaction_id RETURNING 1::bigint AS count";

/// As [`EXPIRED`], of connections whose start is not known.
const EXPIRED_INCOMPLETE: &str = "SELECT identity.transaction_id, received_at AS start \
    FROM incomplete_records AS record JOIN connection_identities AS identity USING (project_id, transaction_id) \
    WHERE record.project_id = $1 AND identity.project_id = $1 AND received_at < $2 LIMIT $3 FOR UPDATE SKIP LOCKED";

const DELETE_INCOMPLETE: &str = "DELETE FROM incomplete_records AS record USING unnest($2) AS expired (transaction_id) \
    WHERE record.project_id = $1 AND record.transaction_id = expired.transaction_id";

const COUNTS: &str = "SELECT day, slot, records FROM record_counts WHERE project_id = $1 AND day <= $2 \
    ORDER BY day, slot FOR UPDATE SKIP LOCKED";

const DELETE_COUNTS: &str = "DELETE FROM record_counts AS count USING unnest($2, $3) AS empty (day, slot) \
    WHERE count.project_id = $1 AND count.day = empty.day AND count.slot = empty.slot";

/// What is deleted.
#[derive(Clone, Copy, Debug)]
pub(in crate::postgres) enum Sort {
    Records,
    Incomplete,
}

#[derive(QueryableByName)]
struct Project {
    #[diesel(sql_type = Text)]
    project: String,
}

#[derive(QueryableByName)]
struct Expired {
    #[diesel(sql_type = Text)]
    transaction_id: String,
    #[diesel(sql_type = Micros)]
    start: Moment,
}

#[derive(QueryableByName)]
struct SlotRow {
    #[diesel(sql_type = Integer)]
    day: i32,
    #[diesel(sql_type = SmallInt)]
    slot: i16,
    #[diesel(sql_type = BigInt)]
    records: i64,
}

/// The projects that have anything of a sort which is too old.
pub(in crate::postgres) fn projects(
    connection: &mut PgConnection,
    sort: Sort,
    before: DateTime<Utc>,
) -> QueryResult<Vec<String>> {
    let projects: Vec<Project> = diesel::sql_query(PROJECTS[sort as usize])
        .bind::<Timestamptz, _>(before)
        .load(connection)?;
    Ok(projects.into_iter().map(|row| row.project).collect())
}

/// Deletes at most so many connections of a project, and says how many they were. It is in a transaction of one snapshot.
pub(in crate::postgres) fn delete_batch(
    connection: &mut PgConnection,
    sort: Sort,
    project: &str,
    before: DateTime<Utc>,
    most: u32,
) -> QueryResult<u64> {
    let expired = match sort {
        Sort::Records => EXPIRED,
        Sort::Incomplete => EXPIRED_INCOMPLETE,
    };
    let expired: Vec<Expired> = diesel::sql_query(expired)
        .bind::<Text, _>(project)
        .bind::<Timestamptz, _>(before)
        .bind::<BigInt, _>(i64::from(most))
        .load(connection)?;
    if expired.is_empty() {
        return Ok(0);
    }
    let starts: Vec<_> = expired.iter().map(|row| row.start).collect();
    let transactions: Vec<_> = expired
        .iter()
        .map(|row| row.transaction_id.as_str())
        .collect();
    let mut changes = Changes::default();
    match sort {
        Sort::Records => {
            let deleted: Vec<Expired> = diesel::sql_query(DELETE_RECORDS)
                .bind::<Text, _>(project)
                .bind::<Array<Text>, _>(&transactions)
                .bind::<Array<Micros>, _>(&starts)
                .bind::<Timestamptz, _>(before)
                .load(connection)?;
            for row in deleted {
                changes.add(project, row.start.0, -1);
            }
        }
        Sort::Incomplete => {
            diesel::sql_query(DELETE_INCOMPLETE)
                .bind::<Text, _>(project)
                .bind::<Array<Text>, _>(&transactions)
                .execute(connection)?;
        }
    }
    let gone: Vec<Count> = diesel::sql_query(DELETE_IDENTITIES)
        .bind::<Text, _>(project)
        .bind::<Array<Text>, _>(&transactions)
        .load(connection)?;
    count::store_in(connection, &changes, count::SLOT_OF_RETENTION)?;
    Ok(gone.len() as u64)
}

/// Removes the numbers of days up to a time where they are 0 together; see [`tidy`](count::tidy).
pub(in crate::postgres) fn tidy(
    connection: &mut PgConnection,
    before: DateTime<Utc>,
) -> QueryResult<()> {
    let last = count::day_of(before);
    let projects: Vec<Project> = diesel::sql_query(PROJECTS_WITH_COUNTS)
        .bind::<Integer, _>(last)
        .load(connection)?;
    for Project { project } in projects {
        connection.transaction(|connection| {
            let slots: Vec<SlotRow> = diesel::sql_query(COUNTS)
                .bind::<Text, _>(&project)
                .bind::<Integer, _>(last)
                .load(connection)?;
            let days = slots.chunk_by(|a, b| a.day == b.day);
            let empty = days.filter(|day| day.iter().map(|slot| slot.records).sum::<i64>() == 0);
            let (days, slots): (Vec<_>, Vec<_>) =
                empty.flatten().map(|slot| (slot.day, slot.slot)).unzip();
            if days.is_empty() {
                return Ok(());
            }
            diesel::sql_query(DELETE_COUNTS)
                .bind::<Text, _>(&project)
                .bind::<Array<Integer>, _>(days)
                .bind::<Array<SmallInt>, _>(slots)
                .execute(connection)
                .map(|_| ())
        })?;
    }
    Ok(())
}
