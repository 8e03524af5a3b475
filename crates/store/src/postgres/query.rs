//! The statements that read, as Diesel builds them.

use deskledger_domain::ExportFilter;
use diesel::dsl::{SqlTypeOf, count_star};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Timestamptz};

use super::schema::{bound, connection_records};
use super::settings::Settings;
use crate::page::Place;
use crate::rows::{beginning, matching, selection};

pub(super) type Records<'a> = connection_records::BoxedQuery<'a, Pg, SqlTypeOf<selection!()>>;

/// All columns that are read, of all records.
fn everything<'a>() -> Records<'a> {
    connection_records::table.select(selection!()).into_boxed()
}

/// The records that `query` finds, newest first, ties by transaction.
fn newest_first<T>(
    query: connection_records::BoxedQuery<'_, Pg, T>,
) -> connection_records::BoxedQuery<'_, Pg, T> {
    query.order((
        connection_records::connection_start_time.desc(),
        connection_records::transaction_id.desc(),
    ))
}

/// That the key of a terminal type is stored whole: see
/// [`MatchKey::MAX_PLAIN_BYTES`](deskledger_domain::MatchKey::MAX_PLAIN_BYTES).
const PLAIN_TERMINAL_TYPE: &str = "octet_length(terminal_type_key) <= 512";

/// Narrows a query to the records that match, with their values as parameters.
macro_rules! matching_by_parameters {
    ($query:expr, $filter:expr) => {
        matching!(
            $query,
            $filter,
            text(_name, text) => text,
            time(_name, time) => bound(time),
            number(_name, number) => number,
            // By itself PostgreSQL takes the backslash for what escapes.
            like(column, pattern) => column.like(pattern),
            plain_terminal_type => PLAIN_TERMINAL_TYPE,
        )
    };
}

/// The records that match, newest first, ties by transaction.
pub(super) fn records(filter: &ExportFilter) -> Records<'_> {
    newest_first(matching_by_parameters!(everything(), filter))
}

/// At most `limit` of [`records`], from a position on, to which the filter is [`narrowed`](crate::page::narrowed).
pub(super) fn page<'a>(
    filter: &'a ExportFilter,
    place: Option<&'a Place>,
    limit: u32,
) -> Records<'a> {
    let query = records(filter).limit(limit.into());
    match place {
        Some(place) => beginning!(query, place, time(time) => bound(*time)),
        None => query,
    }
}

/// Where the record stands before which so many of [`records`] come. As long as the filter is in an index, nothing but that
/// index is read.
pub(super) fn place(
    filter: &ExportFilter,
    offset: u32,
) -> connection_records::BoxedQuery<'_, Pg, (Timestamptz, Text)> {
    let order = connection_records::table
        .select((
            connection_records::connection_start_time,
            connection_records::transaction_id,
        ))
        .into_boxed();
    newest_first(matching_by_parameters!(order, filter))
        .offset(offset.into())
        .limit(1)
}

/// As [`records`], with its values from settings of the transaction, for where a statement takes no parameters.
pub(super) fn records_by_settings(filter: &ExportFilter) -> (Records<'static>, Settings) {
    let mut settings = Settings::default();
    let query = newest_first(matching!(
        everything(),
        filter,
        text(name, text) => settings.text(name, text),
        time(name, time) => settings.time(name, bound(time)),
        number(name, number) => settings.number(name, number),
        like(column, pattern) => column.like(pattern),
            plain_terminal_type => PLAIN_TERMINAL_TYPE,
    ));
    (query, settings)
}

/// How many records match.
pub(super) fn count(filter: &ExportFilter) -> connection_records::BoxedQuery<'_, Pg, BigInt> {
    matching_by_parameters!(
        connection_records::table.select(count_star()).into_boxed(),
        filter
    )
}
