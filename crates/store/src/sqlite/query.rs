//! The statements that read, as Diesel builds them.

use deskledger_domain::ExportFilter;
use diesel::dsl::{SqlTypeOf, count_star};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel::sqlite::Sqlite;

use super::schema::{connection_records, micros};
use crate::page::Place;
use crate::rows::{beginning, matching, selection};

#[diesel::declare_sql_function]
extern "SQL" {
    /// True, or an error once the statement should stop. See [`super::read::Limit`].
    fn goes_on() -> Bool;
}

pub(super) type Records<'a> = connection_records::BoxedQuery<'a, Sqlite, SqlTypeOf<selection!()>>;

/// That the key of a terminal type is stored whole: see
/// [`MatchKey::MAX_PLAIN_BYTES`](deskledger_domain::MatchKey::MAX_PLAIN_BYTES).
const PLAIN_TERMINAL_TYPE: &str = "length(CAST(terminal_type_key AS BLOB)) <= 512";

/// Narrows a query to the records that match.
///
/// SQLite asks for each entry of the index whether the statement [`goes_on`], and does so before it looks the row up: an
/// entry that then does not match has asked too.
macro_rules! matching_while_it_goes_on {
    ($query:expr, $filter:expr) => {
        matching!(
            $query.into_boxed().filter(goes_on()),
            $filter,
            text(_name, text) => text,
            time(_name, time) => micros(time),
            number(_name, number) => number,
            like(column, pattern) => column.like(pattern).escape('\\'),
            plain_terminal_type => PLAIN_TERMINAL_TYPE,
        )
    };
}

/// What `query` finds, newest first, ties by transaction.
fn newest_first<T>(
    query: connection_records::BoxedQuery<'_, Sqlite, T>,
) -> connection_records::BoxedQuery<'_, Sqlite, T> {
    query.order((
        connection_records::connection_start_time.desc(),
        connection_records::transaction_id.desc(),
    ))
}

/// The records that match, newest first, ties by transaction.
pub(super) fn records(filter: &ExportFilter) -> Records<'_> {
    let all = connection_records::table.select(selection!());
    newest_first(matching_while_it_goes_on!(all, filter))
}

/// At most `limit` of [`records`], from a position on, to which the filter is [`narrowed`](crate::page::narrowed).
pub(super) fn page<'a>(
    filter: &'a ExportFilter,
    place: Option<&'a Place>,
    limit: u32,
) -> Records<'a> {
    let query = records(filter).limit(limit.into());
    match place {
        Some(place) => beginning!(query, place, time(time) => micros(*time)),
        None => query,
    }
}

/// Where the record stands before which so many of [`records`] come. As long as the filter is in an index, nothing but that
/// index is read.
pub(super) fn place(
    filter: &ExportFilter,
    offset: u32,
) -> connection_records::BoxedQuery<'_, Sqlite, (BigInt, Text)> {
    let order = connection_records::table.select((
        connection_records::connection_start_time,
        connection_records::transaction_id,
    ));
    newest_first(matching_while_it_goes_on!(order, filter))
        .offset(offset.into())
        .limit(1)
}

/// How many records match.
pub(super) fn count(filter: &ExportFilter) -> connection_records::BoxedQuery<'_, Sqlite, BigInt> {
    let all = connection_records::table.select(count_star());
    matching_while_it_goes_on!(all, filter)
}
