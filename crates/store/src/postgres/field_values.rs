//! The values of a field, counted in one statement over the newest records.

use deskledger_domain::{ExportFilter, FieldValues, ValueField, ValuesRequest};
use diesel::connection::SimpleConnection as _;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::histogram::PLAN;
use crate::count::hold_records;
use crate::field_values::{columns, in_order};
use crate::record::{Predicates, Statement, Value, key};

/// A value and how many records have it; without a value how many were looked at.
type Row = (Nullable<Text>, BigInt);

/// The key of the domain at the end of the key of a user's name.
const DOMAIN: &str = "CASE WHEN octet_length(user_name_key) <= 512 THEN substring(user_name_key FROM '@([^@]*)$') END";

pub(super) fn read(
    connection: &mut PgConnection,
    request: &ValuesRequest,
) -> QueryResult<FieldValues> {
    let by_index = request.filter.in_an_index();
    let rows: Vec<(Option<String>, i64)> = connection
        .build_transaction()
        .repeatable_read()
        .read_only()
        .run(|connection| {
            hold_records(connection)?;
            connection.batch_execute(PLAN)?;
            statement(request, &by_index).load(connection)
        })?;
    let (mut values, mut seen) = (Vec::new(), 0);
    for (value, count) in rows {
        let count = count.unsigned_abs();
        match value {
            Some(value) => values.push((value, count)),
            None => seen = count,
        }
    }
    let exact = seen < u64::from(request.most_records);
    Ok(in_order(values, request.limit, exact))
}

/// The newest records by what is in an index, in their order; which of them match; and how often each value is there.
pub(super) fn statement<'f>(
    request: &'f ValuesRequest,
    by_index: &'f ExportFilter,
) -> Statement<'f, Row> {
    let [key, value] = match request.field {
        ValueField::Domain => [DOMAIN, DOMAIN],
        field => columns(field),
    };
    let number = |number: u32| Value::Number(i32::try_from(number).unwrap_or(i32::MAX));
    let mut statement = Statement::new()
        .sql(
            "WITH grouped AS (\
                SELECT CASE WHEN matches THEN key END AS key, CASE WHEN matches THEN value END AS value, \
                    count(*) AS count, max(started) AS newest \
                FROM (SELECT ",
        )
        .sql(key)
        .sql(" AS key, ")
        .sql(value)
        .sql(" AS value, connection_start_time AS started, (")
        .all(Predicates::of::<Pg>(&request.filter))
        .sql(") AS matches FROM connection_records WHERE ")
        .all(Predicates::of::<Pg>(by_index))
        .sql(" ORDER BY connection_start_time DESC, transaction_id DESC LIMIT ")
        .value(number(request.most_records))
        .sql(
            ") AS record GROUP BY 1, 2) \
            SELECT value, count FROM (\
                SELECT (array_agg(value ORDER BY newest DESC, value COLLATE \"C\"))[1] COLLATE \"C\" AS value, \
                    sum(count)::bigint AS count \
                FROM grouped WHERE key IS NOT NULL AND value IS NOT NULL",
        );
    if let Some(prefix) = request.key_prefix() {
        let pattern = Value::Text(key::prefix_pattern_of(&prefix).into());
        statement = statement.sql(" AND key LIKE ").value(pattern);
        if request.field.ignores_case() {
            statement = statement.sql(" AND octet_length(key) <= 512");
        }
    }
    statement
        .sql(" GROUP BY key ORDER BY count DESC, value LIMIT ")
        .value(number(request.limit))
        .sql(") AS most UNION ALL SELECT NULL, coalesce(sum(count), 0)::bigint FROM grouped")
}
