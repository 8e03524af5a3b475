//! The statements that read, as Diesel builds them.

use deskledger_domain::ExportFilter;
use diesel::dsl::{SqlTypeOf, count_star};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::schema::{bound, connection_records};
use crate::rows::{matching, selection};

type Records<'a> = connection_records::BoxedQuery<'a, Pg, SqlTypeOf<selection!()>>;

/// The records that match, newest first, ties by transaction.
pub(super) fn records(filter: &ExportFilter) -> Records<'_> {
    let all = connection_records::table.select(selection!()).into_boxed();
    matching!(all, filter, bound).order((
        connection_records::connection_start_time.desc(),
        connection_records::transaction_id.desc(),
    ))
}

/// How many records match.
pub(super) fn count(filter: &ExportFilter) -> connection_records::BoxedQuery<'_, Pg, BigInt> {
    let all = connection_records::table.select(count_star()).into_boxed();
    matching!(all, filter, bound)
}
