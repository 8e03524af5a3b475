//! The statements that read, as Diesel builds them.

use chrono::{DateTime, TimeZone, Utc};
use deskledger_domain::ipnet::IpNet;
use deskledger_domain::{ExportFilter, ProjectId};
use diesel::dsl::{SqlTypeOf, count_star};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::constants::Constants;
use crate::moment::Micros;
use crate::record::{Dialect, Position, Predicates, Token, Value, connection_records, selection};

pub(super) type Records<'a> = connection_records::BoxedQuery<'a, Pg, SqlTypeOf<selection!()>>;

impl Dialect for Pg {
    // By itself PostgreSQL takes the backslash for what escapes.
    const ESCAPE: &str = "";
    const BYTES: [&str; 2] = ["octet_length(", ")"];
    const SECOND: &str = "interval '1 second'";

    /// No earlier than the first time that PostgreSQL knows, before which it keeps no record.
    fn bound(time: DateTime<Utc>) -> DateTime<Utc> {
        let first = Utc
            .with_ymd_and_hms(-4712, 1, 1, 0, 0, 0)
            .single()
            .unwrap_or(DateTime::UNIX_EPOCH);
        time.max(first)
    }

    /// A cast of a text that is no address would fail, so only what looks like one is cast.
    fn in_network<'f>(column: &'static str, network: &IpNet, value: Value<'f>) -> Vec<Token<'f>> {
        let looks_like_one = match network {
            IpNet::V4(_) => IPV4,
            IpNet::V6(_) => IPV6,
        };
        vec![
            Token::Sql("CASE WHEN "),
            Token::Column(column),
            Token::Sql(looks_like_one),
            Token::Sql(" THEN "),
            Token::Column(column),
            Token::Sql("::inet <<= "),
            Token::Value(column, value),
            Token::Sql("::inet ELSE FALSE END"),
        ]
    }
}

/// What an IPv4 address looks like, in the one form that [`AddressFilter`](deskledger_domain::AddressFilter) takes for one.
const IPV4: &str = concat!(
    " ~ '^((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])[.]){3}",
    "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])$'"
);

/// The same for IPv6.
const IPV6: &str = concat!(
    " ~* '^(([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|([0-9a-f]{1,4}:){1,7}:|([0-9a-f]{1,4}:){1,6}:[0-9a-f]{1,4}",
    "|([0-9a-f]{1,4}:){1,5}(:[0-9a-f]{1,4}){1,2}|([0-9a-f]{1,4}:){1,4}(:[0-9a-f]{1,4}){1,3}",
    "|([0-9a-f]{1,4}:){1,3}(:[0-9a-f]{1,4}){1,4}|([0-9a-f]{1,4}:){1,2}(:[0-9a-f]{1,4}){1,5}",
    "|[0-9a-f]{1,4}:(:[0-9a-f]{1,4}){1,6}|:((:[0-9a-f]{1,4}){1,7}|:))$'"
);

/// The records that match, newest first, ties by transaction.
fn newest_first(predicates: Predicates<'_>) -> Records<'_> {
    connection_records::table
        .select(selection!())
        .into_boxed()
        .filter(predicates)
        .order((
            connection_records::connection_start_time.desc(),
            connection_records::transaction_id.desc(),
        ))
}

/// The records that match, newest first, ties by transaction.
pub(super) fn records(filter: &ExportFilter) -> Records<'_> {
    newest_first(Predicates::of::<Pg>(filter))
}

/// As [`records`], with its values handed over to the transaction, for where a statement takes no parameters.
pub(super) fn records_by_constants<'f>(
    connection: &mut PgConnection,
    filter: &'f ExportFilter,
) -> QueryResult<Records<'f>> {
    let predicates = Predicates::of::<Pg>(filter);
    let constants = Constants::hand_over(connection, predicates.values())?;
    let predicates = predicates.map(|name, value| constants.stand_for(name, value));
    Ok(newest_first(predicates))
}

/// At most `limit` of [`records`], from a position on, to which the filter is [`narrowed`](crate::record::narrowed).
pub(super) fn page<'a>(
    filter: &'a ExportFilter,
    position: Option<&'a Position>,
    limit: u32,
) -> Records<'a> {
    let predicates = Predicates::of::<Pg>(filter);
    newest_first(match position {
        Some(position) => predicates.from::<Pg>(position),
        None => predicates,
    })
    .limit(limit.into())
}

/// When a connection started, for each record that it has. It is looked for in each partition, by the index by transaction.
pub(super) fn starts_of<'a>(
    project: &'a ProjectId,
    transaction_id: &'a str,
) -> connection_records::BoxedQuery<'a, Pg, Micros> {
    connection_records::table
        .select(connection_records::connection_start_time)
        .into_boxed()
        .filter(connection_records::project_id.eq(project.as_str()))
        .filter(connection_records::transaction_id.eq(transaction_id))
}

/// The position of the record before which so many of [`records`] come. As long as the filter is in an index, nothing but that
/// index is read.
pub(super) fn position(
    filter: &ExportFilter,
    offset: u32,
) -> connection_records::BoxedQuery<'_, Pg, (Micros, Text)> {
    let order = (
        connection_records::connection_start_time,
        connection_records::transaction_id,
    );
    connection_records::table
        .select(order)
        .into_boxed()
        .filter(Predicates::of::<Pg>(filter))
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
) -> connection_records::BoxedQuery<'_, Pg, Micros> {
    let start = connection_records::connection_start_time;
    let query = connection_records::table
        .select(start)
        .into_boxed()
        .filter(Predicates::of::<Pg>(filter))
        .limit(1);
    if newest {
        query.order(start.desc())
    } else {
        query.order(start.asc())
    }
}

/// How many records match.
pub(super) fn count(filter: &ExportFilter) -> connection_records::BoxedQuery<'_, Pg, BigInt> {
    connection_records::table
        .select(count_star())
        .into_boxed()
        .filter(Predicates::of::<Pg>(filter))
}
