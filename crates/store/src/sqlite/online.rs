//! Counting users online, in one statement.

use deskledger_domain::{OnlineRequest, TimeGrid};
use diesel::prelude::*;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types::{BigInt, Integer, Text};
use diesel::sqlite::Sqlite;

use crate::online::in_all_spans;

#[diesel::declare_sql_function]
extern "SQL" {
    /// The number of the span of a grid that a time is in, from 1: 0 before the grid, one more than there are after it.
    ///
    /// PostgreSQL has `width_bucket` for it.
    fn span_of(time: BigInt) -> Integer;
}

/// The users in each span of a grid that has any, by its number from 1.
///
/// `?1` is the project, `?2` how many spans the grid has, `?3` and `?4` when it begins and ends, `?5` until when what is open is
/// so.
///
/// A connection that overlaps the grid either ended within 24 hours of its beginning, and so began no earlier than 24 hours
/// before the grid: the index by time has these. Or it is one of the few in `connection_records_long`. Some are in both, which
/// does not matter where users are counted once.
///
/// What spans more than one is taken on from each to the next.
const COUNT: &str = "\
    WITH RECURSIVE span (user_name_key, number, last) AS (\
        SELECT user_name_key, max(span_of(opened), 1), min(span_of(last_open), ?2) \
        FROM (\
            SELECT user_name_key, connection_setup_time AS opened, \
                max(connection_setup_time, coalesce(connection_end_time, ?5) - 1) AS last_open \
            FROM connection_records INDEXED BY connection_records_by_time \
            WHERE goes_on() AND project_id = ?1 AND user_name_key IS NOT NULL \
                AND connection_start_time >= ?3 - 86400000000 AND connection_start_time < ?4 \
                AND connection_setup_time < ?4 \
            UNION ALL \
            SELECT user_name_key, connection_setup_time, \
                max(connection_setup_time, coalesce(connection_end_time, ?5) - 1) \
            FROM connection_records INDEXED BY connection_records_long \
            WHERE goes_on() AND project_id = ?1 AND user_name_key IS NOT NULL \
                AND connection_setup_time IS NOT NULL AND connection_setup_time < ?4 \
                AND (connection_end_time IS NULL \
                    OR connection_setup_time < connection_start_time \
                    OR connection_setup_time - connection_start_time > 86400000000 \
                    OR connection_end_time - connection_start_time > 86400000000)\
        ) WHERE last_open >= ?3 \
        UNION \
        SELECT user_name_key, number + 1, last FROM span WHERE number < last\
    ) SELECT number, count(DISTINCT user_name_key) AS users FROM span GROUP BY number";

pub(super) fn count(
    connection: &mut SqliteConnection,
    request: &OnlineRequest,
) -> QueryResult<Vec<u64>> {
    know_spans(connection, &request.grid)?;
    let found = statement(request).load(connection)?;
    Ok(in_all_spans(&request.grid, found))
}

/// Lets [`COUNT`] find out which span of this grid a time is in.
pub(super) fn know_spans(connection: &mut SqliteConnection, grid: &TimeGrid) -> QueryResult<()> {
    let bounds: Vec<_> = grid
        .bounds()
        .iter()
        .copied()
        .map(|time| time.timestamp_micros())
        .collect();
    span_of_utils::register_nondeterministic_impl(connection, move |time: i64| {
        i32::try_from(bounds.partition_point(|bound| *bound <= time)).unwrap_or(i32::MAX)
    })
}

/// [`COUNT`] with its values.
pub(super) fn statement(request: &OnlineRequest) -> BoxedSqlQuery<'_, Sqlite, SqlQuery> {
    let [first, last] = request.grid.ends().map(|time| time.timestamp_micros());
    let spans = i32::try_from(request.grid.labels().len()).unwrap_or(i32::MAX);
    diesel::sql_query(COUNT)
        .into_boxed()
        .bind::<Text, _>(request.scope.project_id().as_str())
        .bind::<Integer, _>(spans)
        .bind::<BigInt, _>(first)
        .bind::<BigInt, _>(last)
        .bind::<BigInt, _>(request.now.timestamp_micros())
}
