//! Counting users online, in one statement.

use deskledger_domain::OnlineRequest;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types::{Array, Text, Timestamptz};

use crate::online::in_all_spans;
use crate::record::Dialect;

/// The users in each span of a grid that has any, by its number from 1.
///
/// `$1` is the project, `$2` the bounds of the grid, `$3` and `$4` the first and the last of them, `$5` until when what is
/// open is so.
///
/// A connection that overlaps the grid either ended within 24 hours of its beginning, and so began no earlier than 24 hours
/// before the grid: the index by time has these. Or it is one of the few in `connection_records_long`. Some are in both, which
/// does not matter where users are counted once.
const COUNT: &str = "\
    SELECT number, count(*) AS users FROM (\
        SELECT DISTINCT number, user_name_key FROM (\
            SELECT DISTINCT user_name_key, \
                greatest(width_bucket(opened, $2), 1) AS first, \
                least(width_bucket(last_open, $2), cardinality($2) - 1) AS last \
            FROM (\
                SELECT user_name_key, connection_setup_time AS opened, \
                    greatest(connection_setup_time, coalesce(connection_end_time, $5) - interval '1 microsecond') AS last_open \
                FROM connection_records \
                WHERE project_id = $1 AND user_name_key IS NOT NULL \
                    AND connection_start_time >= $3 - interval '24 hours' AND connection_start_time < $4 \
                    AND connection_setup_time < $4 \
                UNION ALL \
                SELECT user_name_key, connection_setup_time, \
                    greatest(connection_setup_time, coalesce(connection_end_time, $5) - interval '1 microsecond') \
                FROM connection_records \
                WHERE project_id = $1 AND user_name_key IS NOT NULL \
                    AND connection_setup_time IS NOT NULL AND connection_setup_time < $4 \
                    AND (connection_end_time IS NULL \
                        OR connection_setup_time < connection_start_time \
                        OR connection_setup_time - connection_start_time > interval '24 hours' \
                        OR connection_end_time - connection_start_time > interval '24 hours')\
            ) AS connection WHERE last_open >= $3\
        ) AS span, generate_series(first, last) AS number\
    ) AS seen GROUP BY number";

pub(super) fn count(
    connection: &mut PgConnection,
    request: &OnlineRequest,
) -> QueryResult<Vec<u64>> {
    let found = statement(request).load(connection)?;
    Ok(in_all_spans(&request.grid, found))
}

/// [`COUNT`] with its values.
pub(super) fn statement(request: &OnlineRequest) -> BoxedSqlQuery<'_, Pg, SqlQuery> {
    let [first, last] = request.grid.ends().map(Pg::bound);
    let bounds: Vec<_> = request
        .grid
        .bounds()
        .iter()
        .copied()
        .map(Pg::bound)
        .collect();
    diesel::sql_query(COUNT)
        .into_boxed()
        .bind::<Text, _>(request.scope.project_id().as_str())
        .bind::<Array<Timestamptz>, _>(bounds)
        .bind::<Timestamptz, _>(first)
        .bind::<Timestamptz, _>(last)
        .bind::<Timestamptz, _>(Pg::bound(request.now))
}
