//! A histogram, in one pass over what matches; of a range of time alone over its index alone.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use deskledger_domain::{
    ConnectionState, ExportFilter, Histogram, HistogramRequest, InvalidFilter,
};
use diesel::connection::SimpleConnection as _;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable};

use super::query;
use crate::count::hold_records;
use crate::histogram::{Counts, ReadHistogram, read_histogram};
use crate::moment::Moment;
use crate::record::{Dialect, FAILED, Predicates, Statement, Value};

/// The number of a bucket, from 1, or none: how many records it has, how many of those failed; or how many users there are.
type Row = (Nullable<Integer>, BigInt, BigInt, BigInt);

/// For this transaction alone. Where a project has most of a month, the planner would read the month's table, which is larger than
/// its index by time; and it would sort what is counted, to count it.
pub(super) const PLAN: &str = "SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off";

pub(super) fn read(
    connection: &mut PgConnection,
    request: &HistogramRequest,
) -> QueryResult<Result<Histogram, InvalidFilter>> {
    connection
        .build_transaction()
        .repeatable_read()
        .read_only()
        .run(|connection| {
            hold_records(connection)?;
            connection.batch_execute(PLAN)?;
            read_histogram(connection, request)
        })
}

impl ReadHistogram for PgConnection {
    fn end(&mut self, filter: &ExportFilter, newest: bool) -> QueryResult<Option<DateTime<Utc>>> {
        let end: Option<Moment> = query::end(filter, newest).get_result(self).optional()?;
        Ok(end.map(|Moment(end)| end))
    }

    fn counts(&mut self, filter: &ExportFilter, bounds: &[DateTime<Utc>]) -> QueryResult<Counts> {
        let mut counts = Counts {
            buckets: vec![[0; 2]; bounds.len().saturating_sub(1)],
            users: 0,
        };
        if !filter.is_by_time_alone() {
            load(self, counts_and_users(filter, bounds, FAILED), &mut counts)?;
            return Ok(counts);
        }
        // Whether a connection failed is not in the index by time, and the index of those that did has no users.
        load(self, counts_and_users(filter, bounds, "FALSE"), &mut counts)?;
        let failed = filter.clone().with_state(ConnectionState::Failed);
        load(self, counts_of_failed(&failed, bounds), &mut counts)?;
        Ok(counts)
    }
}

fn load(
    connection: &mut PgConnection,
    statement: Statement<'_, Row>,
    counts: &mut Counts,
) -> QueryResult<()> {
    let rows: Vec<(Option<i32>, i64, i64, i64)> = statement.load(connection)?;
    for (bucket, total, failed, users) in rows {
        let Some(bucket) = bucket else {
            counts.users += users.unsigned_abs();
            continue;
        };
        let index = usize::try_from(bucket - 1).ok();
        if let Some(count) = index.and_then(|index| counts.buckets.get_mut(index)) {
            count[0] += total.unsigned_abs();
            count[1] += failed.unsigned_abs();
        }
    }
    Ok(())
}

/// The counts of each bucket, and those of users beside them, from one scan.
///
/// Both are counted in tables of hashes: `OFFSET 0` keeps the number of the bucket out of what is grouped, of which the server
/// would expect as many as there are times, and sort them. A user's row has no bucket; they are counted.
pub(super) fn counts_and_users<'f>(
    filter: &'f ExportFilter,
    bounds: &[DateTime<Utc>],
    failed: &'static str,
) -> Statement<'f, Row> {
    Statement::new()
        .sql(
            "SELECT bucket, sum(total)::bigint, sum(failed)::bigint, count(user_name_key) FROM (\
                SELECT bucket, user_name_key, count(*) AS total, count(*) FILTER (WHERE failed) AS failed \
                FROM (SELECT width_bucket(connection_start_time, (SELECT ",
        )
        .value(array(bounds))
        .sql("::timestamptz[])) AS bucket, user_name_key, ")
        .sql(failed)
        .sql(" AS failed FROM connection_records WHERE ")
        .all(Predicates::of::<Pg>(filter))
        .sql(
            " OFFSET 0) AS record GROUP BY GROUPING SETS ((bucket), (user_name_key))\
            ) AS grouped GROUP BY bucket",
        )
}

/// The counts of each bucket of connections that failed, which are in an index.
pub(super) fn counts_of_failed<'f>(
    failed: &'f ExportFilter,
    bounds: &[DateTime<Utc>],
) -> Statement<'f, Row> {
    Statement::new()
        .sql(
            "SELECT bucket, 0::bigint, count(*), 0::bigint FROM (\
                SELECT width_bucket(connection_start_time, (SELECT ",
        )
        .value(array(bounds))
        .sql("::timestamptz[])) AS bucket FROM connection_records WHERE ")
        .all(Predicates::of::<Pg>(failed))
        .sql(" OFFSET 0) AS record GROUP BY bucket")
}

/// Times as the text of an array. A subquery reads it once.
pub(super) fn array(bounds: &[DateTime<Utc>]) -> Value<'static> {
    let mut text = String::from("{");
    for (index, bound) in bounds.iter().enumerate() {
        let comma = if index > 0 { "," } else { "" };
        let bound = Pg::bound(*bound).format("%Y-%m-%d %H:%M:%S%.6f+00");
        // Writing to a string cannot fail.
        let _ = write!(text, "{comma}\"{bound}\"");
    }
    text.push('}');
    Value::Text(text.into())
}
