//! The statements that read, as Diesel builds them.

use deskledger_domain::ExportFilter;
use diesel::dsl::{SqlTypeOf, count_star};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::schema::{bound, connection_records};
use super::settings::Settings;
use crate::rows::{matching, selection};

type Records<'a> = connection_records::BoxedQuery<'a, Pg, SqlTypeOf<selection!()>>;

/// All columns that are read, of all records.
fn everything<'a>() -> Records<'a> {
    connection_records::table.select(selection!()).into_boxed()
}

/// The records that `query` finds, newest first, ties by transaction.
fn newest_first(query: Records<'_>) -> Records<'_> {
    query.order((
        connection_records::connection_start_time.desc(),
        connection_records::transaction_id.desc(),
    ))
}

/// The records that match, newest first, ties by transaction.
pub(super) fn records(filter: &ExportFilter) -> Records<'_> {
    newest_first(matching!(
        everything(),
        filter,
        text(_name, text) => text,
        time(_name, time) => bound(time),
    ))
}

/// As [`records`], with its values from settings of the transaction, for where a statement takes no parameters.
pub(super) fn records_by_settings(filter: &ExportFilter) -> (Records<'static>, Settings) {
    let mut settings = Settings::default();
    let query = newest_first(matching!(
        everything(),
        filter,
        text(name, text) => settings.text(name, text),
        time(name, time) => settings.time(name, bound(time)),
    ));
    (query, settings)
}

/// How many records match.
pub(super) fn count(filter: &ExportFilter) -> connection_records::BoxedQuery<'_, Pg, BigInt> {
    matching!(
        connection_records::table.select(count_star()).into_boxed(),
        filter,
        text(_name, text) => text,
        time(_name, time) => bound(time),
    )
}
