//! Counting users online, in one statement.

use deskledger_domain::{OnlineRequest, TimeGrid};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer};
use diesel::sqlite::Sqlite;

use crate::moment::Moment;
use crate::online::in_all_spans;
use crate::record::{Predicates, Statement, Value};

#[diesel::declare_sql_function]
extern "SQL" {
    /// The number of the span of a grid that a time is in, from 1: 0 before the grid, one more than there are after it.
    ///
    /// PostgreSQL has `width_bucket` for it.
    fn span_of(time: BigInt) -> Integer;
}

/// The number of a span, from 1, and how many users it has.
type Row = (Integer, BigInt);

pub(super) fn count(
    connection: &mut SqliteConnection,
    request: &OnlineRequest,
) -> QueryResult<Vec<u64>> {
    know_spans(connection, &request.grid)?;
    let found = statement(request).load(connection)?;
    Ok(in_all_spans(&request.grid, found))
}

/// Lets [`statement`] find out which span of this grid a time is in.
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

/// The users in each span of a grid that has any.
///
/// A connection that overlaps the grid either ended within 24 hours of its beginning, and so began no earlier than 24 hours
/// before the grid: the indexes in the order of time have these. Or it is one of the few in `connection_records_long`. Some are in
/// both, which does not matter where users are counted once.
///
/// What spans more than one is taken on from each to the next.
pub(super) fn statement(request: &OnlineRequest) -> Statement<'_, Row> {
    let [first, last] = request
        .grid
        .ends()
        .map(|end| move || Value::Time(Moment(end)));
    let now = || Value::Time(Moment(request.now));
    let spans = i32::try_from(request.grid.labels().len()).unwrap_or(i32::MAX);
    let matches = || Predicates::of::<Sqlite>(&request.filter);
    let index = if request.filter.user_name().is_some() {
        "connection_records_by_user"
    } else if request.filter.computer_name().is_some() {
        "connection_records_by_computer"
    } else {
        "connection_records_by_time"
    };
    Statement::new()
        .sql(
            "WITH RECURSIVE span (user_name_key, number, last) AS (\
                SELECT user_name_key, max(span_of(opened), 1), min(span_of(last_open), ",
        )
        .value(Value::Number(spans))
        .sql(
            ") FROM (\
                SELECT user_name_key, connection_setup_time AS opened, \
                    max(connection_setup_time, coalesce(connection_end_time, ",
        )
        .value(now())
        .sql(") - 1) AS last_open FROM connection_records INDEXED BY ")
        .sql(index)
        .sql(" WHERE goes_on() AND ")
        .all(matches())
        .sql(" AND user_name_key IS NOT NULL AND connection_start_time >= ")
        .value(first())
        .sql(" - 86400000000 AND connection_start_time < ")
        .value(last())
        .sql(" AND connection_setup_time < ")
        .value(last())
        .sql(
            " UNION ALL \
                SELECT user_name_key, connection_setup_time, \
                    max(connection_setup_time, coalesce(connection_end_time, ",
        )
        .value(now())
        .sql(
            ") - 1) FROM connection_records INDEXED BY connection_records_long \
            WHERE goes_on() AND ",
        )
        .all(matches())
        .sql(
            " AND user_name_key IS NOT NULL AND connection_setup_time IS NOT NULL \
                AND connection_setup_time < ",
        )
        .value(last())
        .sql(
            " AND (connection_end_time IS NULL \
                OR connection_setup_time < connection_start_time \
                OR connection_setup_time - connection_start_time > 86400000000 \
                OR connection_end_time - connection_start_time > 86400000000)\
            ) WHERE last_open >= ",
        )
        .value(first())
        .sql(
            " UNION \
                SELECT user_name_key, number + 1, last FROM span WHERE number < last\
            ) SELECT number, count(DISTINCT user_name_key) AS users FROM span GROUP BY number",
        )
}
