//! Removing numbers of days that are 0, project by project: a shard locks rows for statements of one project alone.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, SmallInt, Text};

use crate::count::postgres as count;
use crate::postgres::retention::{PROJECTS_WITH_RECORDS, Project};

const COUNTS: &str = "SELECT day, slot, records FROM record_counts WHERE project_id = $1 AND day <= $2 \
    ORDER BY day, slot FOR UPDATE SKIP LOCKED";

const DELETE_COUNTS: &str = "DELETE FROM record_counts AS count USING unnest($2, $3) AS empty (day, slot) \
    WHERE count.project_id = $1 AND count.day = empty.day AND count.slot = empty.slot";

#[derive(QueryableByName)]
struct SlotRow {
    #[diesel(sql_type = Integer)]
    day: i32,
    #[diesel(sql_type = SmallInt)]
    slot: i16,
    #[diesel(sql_type = BigInt)]
    records: i64,
}

/// Removes the numbers of days up to a time where they are 0 together; see [`tidy`](count::tidy).
pub(in crate::postgres) fn tidy(
    connection: &mut PgConnection,
    before: DateTime<Utc>,
) -> QueryResult<()> {
    let last = count::day_of(before);
    let projects: Vec<Project> = diesel::sql_query(PROJECTS_WITH_RECORDS)
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
