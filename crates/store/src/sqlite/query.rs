//! The statements that read, as Diesel builds them.

use deskledger_domain::ExportFilter;
use diesel::dsl::{SqlTypeOf, count_star};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel::sqlite::Sqlite;

use super::schema::{connection_records, micros};
use crate::rows::{matching, selection};

#[diesel::declare_sql_function]
extern "SQL" {
    /// True, or an error once the statement should stop. See [`super::read::Limit`].
    fn goes_on() -> Bool;
}

type Records<'a> = connection_records::BoxedQuery<'a, Sqlite, SqlTypeOf<selection!()>>;

/// The records that match, newest first, ties by transaction.
///
/// SQLite asks for each entry of the index whether the statement [`goes_on`], and does so before it looks the row up: an
/// entry that then does not match has asked too.
pub(super) fn records(filter: &ExportFilter) -> Records<'_> {
    let all = connection_records::table
        .select(selection!())
        .into_boxed()
        .filter(goes_on());
    matching!(all, filter, text(_name, text) => text, time(_name, time) => micros(time)).order((
        connection_records::connection_start_time.desc(),
        connection_records::transaction_id.desc(),
    ))
}

/// How many records match.
pub(super) fn count(filter: &ExportFilter) -> connection_records::BoxedQuery<'_, Sqlite, BigInt> {
    let all = connection_records::table
        .select(count_star())
        .into_boxed()
        .filter(goes_on());
    matching!(all, filter, text(_name, text) => text, time(_name, time) => micros(time))
}
