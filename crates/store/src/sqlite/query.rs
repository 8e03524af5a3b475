//! The statements that read, as Diesel builds them.
//!
//! SQLite asks for each entry of the index whether the statement [`goes_on`], and does so before it looks the row up: an
//! entry that then does not match has asked too.

use chrono::{DateTime, Utc};
use deskledger_domain::ipnet::IpNet;
use deskledger_domain::{AddressFilter, ExportFilter};
use diesel::dsl::{SqlTypeOf, count_star};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel::sqlite::Sqlite;

use crate::moment::Micros;
use crate::record::{Dialect, Position, Predicates, Token, Value, connection_records, selection};

#[diesel::declare_sql_function]
extern "SQL" {
    /// True, or an error once the statement should stop. See [`super::read::Limit`].
    fn goes_on() -> Bool;

    /// Whether a text is an address of a network.
    fn in_network(address: Nullable<Text>, network: Text) -> Bool;
}

/// Lets the statements of a connection ask whether an address is [`in_network`].
pub(super) fn know_networks(connection: &mut SqliteConnection) -> QueryResult<()> {
    in_network_utils::register_impl(connection, |address: Option<String>, network: String| {
        address.is_some_and(|address| {
            AddressFilter::new(&network).is_some_and(|network| network.contains(&address))
        })
    })
}

pub(super) type Records<'a> = connection_records::BoxedQuery<'a, Sqlite, SqlTypeOf<selection!()>>;

impl Dialect for Sqlite {
    const ESCAPE: &str = r" ESCAPE '\'";
    const BYTES: [&str; 2] = ["length(CAST(", " AS BLOB))"];
    const SECOND: &str = "1000000";

    fn bound(time: DateTime<Utc>) -> DateTime<Utc> {
        time
    }

    fn in_network<'f>(column: &'static str, _: &IpNet, value: Value<'f>) -> Vec<Token<'f>> {
        vec![
            Token::Sql("in_network("),
            Token::Column(column),
            Token::Sql(", "),
            Token::Value(column, value),
            Token::Sql(")"),
        ]
    }
}

/// The records that match, newest first, ties by transaction.
fn newest_first(predicates: Predicates<'_>) -> Records<'_> {
    connection_records::table
        .select(selection!())
        .into_boxed()
        .filter(goes_on())
        .filter(predicates)
        .order((
            connection_records::connection_start_time.desc(),
            connection_records::transaction_id.desc(),
        ))
}

/// The records that match, newest first, ties by transaction.
pub(super) fn records(filter: &ExportFilter) -> Records<'_> {
    newest_first(Predicates::of::<Sqlite>(filter))
}

/// At most `limit` of [`records`], from a position on, to which the filter is [`narrowed`](crate::record::narrowed).
pub(super) fn page<'a>(
    filter: &'a ExportFilter,
    position: Option<&'a Position>,
    limit: u32,
) -> Records<'a> {
    let predicates = Predicates::of::<Sqlite>(filter);
    newest_first(match position {
        Some(position) => predicates.from::<Sqlite>(position),
        None => predicates,
    })
    .limit(limit.into())
}

/// What matches a filter that one record matches at most, in no order: an order would make SQLite look for it by time.
pub(super) fn one(filter: &ExportFilter) -> Records<'_> {
    connection_records::table
        .select(selection!())
        .into_boxed()
        .filter(goes_on())
        .filter(Predicates::of::<Sqlite>(filter))
}

/// The position of the record before which so many of [`records`] come. As long as the filter is in an index, nothing but that
/// index is read.
pub(super) fn position(
    filter: &ExportFilter,
    offset: u32,
) -> connection_records::BoxedQuery<'_, Sqlite, (Micros, Text)> {
    let order = (
        connection_records::connection_start_time,
        connection_records::transaction_id,
    );
    connection_records::table
        .select(order)
        .into_boxed()
        .filter(goes_on())
        .filter(Predicates::of::<Sqlite>(filter))
        .order((
            connection_records::connection_start_time.desc(),
            connection_records::transaction_id.desc(),
        ))
        .offset(offset.into())
        .limit(1)
}

/// When the oldest, or the newest, of [`records`] began.
pub(super) fn end(
    filter: &ExportFilter,
    newest: bool,
) -> connection_records::BoxedQuery<'_, Sqlite, Micros> {
    let start = connection_records::connection_start_time;
    let query = connection_records::table
        .select(start)
        .into_boxed()
        .filter(goes_on())
        .filter(Predicates::of::<Sqlite>(filter))
        .limit(1);
    if newest {
        query.order(start.desc())
    } else {
        query.order(start.asc())
    }
}

/// How many records match.
pub(super) fn count(filter: &ExportFilter) -> connection_records::BoxedQuery<'_, Sqlite, BigInt> {
    connection_records::table
        .select(count_star())
        .into_boxed()
        .filter(goes_on())
        .filter(Predicates::of::<Sqlite>(filter))
}
