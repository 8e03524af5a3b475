//! Counting users online, in one statement.

use deskledger_domain::OnlineRequest;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer};

use super::histogram::array;
use crate::moment::Moment;
use crate::online::in_all_spans;
use crate::record::{Dialect, Predicates, Statement, Value};

/// The number of a span, from 1, and how many users it has.
type Row = (Integer, BigInt);

pub(super) fn count(
    connection: &mut PgConnection,
    request: &OnlineRequest,
) -> QueryResult<Vec<u64>> {
    let found = statement(request).load(connection)?;
    Ok(in_all_spans(&request.grid, found))
}

/// The users in each span of a grid that has any.
///
/// A connection that overlaps the grid either ended within 24 hours of its beginning, and so began no earlier than 24 hours
/// before the grid: the index by time has these. Or it is one of the few in `connection_records_long`. Some are in both, which
/// does not matter where users are counted once.
pub(super) fn statement(request: &OnlineRequest) -> Statement<'_, Row> {
    let [first, last] = request
        .grid
        .ends()
        .map(|end| move || Value::Time(Moment(Pg::bound(end))));
    let now = || Value::Time(Moment(Pg::bound(request.now)));
    let bounds = || array(request.grid.bounds());
    let matches = || Predicates::of::<Pg>(&request.filter);
    Statement::new()
        .sql(
            "SELECT number, count(*) AS users FROM (\
                SELECT DISTINCT number, user_name_key FROM (\
                    SELECT DISTINCT user_name_key, greatest(width_bucket(opened, (SELECT ",
        )
        .value(bounds())
        .sql("::timestamptz[])), 1) AS first, least(width_bucket(last_open, (SELECT ")
        .value(bounds())
        .sql("::timestamptz[])), (SELECT cardinality(")
        .value(bounds())
        .sql(
            "::timestamptz[])) - 1) AS last FROM (\
                SELECT user_name_key, connection_setup_time AS opened, \
                    greatest(connection_setup_time, coalesce(connection_end_time, ",
        )
        .value(now())
        .sql(") - interval '1 microsecond') AS last_open FROM connection_records WHERE ")
        .all(matches())
        .sql(" AND user_name_key IS NOT NULL AND connection_start_time >= ")
        .value(first())
        .sql(" - interval '24 hours' AND connection_start_time < ")
        .value(last())
        .sql(" AND connection_setup_time < ")
        .value(last())
        .sql(
            " UNION ALL \
                SELECT user_name_key, connection_setup_time, \
                    greatest(connection_setup_time, coalesce(connection_end_time, ",
        )
        .value(now())
        .sql(") - interval '1 microsecond') FROM connection_records WHERE ")
        .all(matches())
        .sql(
            " AND user_name_key IS NOT NULL AND connection_setup_time IS NOT NULL \
                AND connection_setup_time < ",
        )
        .value(last())
        .sql(
            " AND (connection_end_time IS NULL \
                OR connection_setup_time < connection_start_time \
                OR connection_setup_time - connection_start_time > interval '24 hours' \
                OR connection_end_time - connection_start_time > interval '24 hours')\
            ) AS connection WHERE last_open >= ",
        )
        .value(first())
        .sql(
            ") AS span, generate_series(first, last) AS number\
            ) AS seen GROUP BY number",
        )
}
