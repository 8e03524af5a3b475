//! The statements that read, as Diesel builds them.

use chrono::{DateTime, TimeZone, Utc};
use deskledger_domain::ExportFilter;
use diesel::dsl::{SqlTypeOf, count_star};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::settings::Settings;
use crate::moment::Micros;
use crate::record::{Dialect, Position, Predicates, connection_records, selection};

pub(super) type Records<'a> = connection_records::BoxedQuery<'a, Pg, SqlTypeOf<selection!()>>;

impl Dialect for Pg {
    // By itself PostgreSQL takes the backslash for what escapes.
    const ESCAPE: &str = "";
    const BYTES: [&str; 2] = ["octet_length(", ")"];

    /// No earlier than the first time that PostgreSQL knows, before which it keeps no record.
    fn bound(time: DateTime<Utc>) -> DateTime<Utc> {
        let first = Utc
            .with_ymd_and_hms(-4712, 1, 1, 0, 0, 0)
            .single()
            .unwrap_or(DateTime::UNIX_EPOCH);
        time.max(first)
    }
}

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

/// As [`records`], with its values from settings of the transaction, for where a statement takes no parameters.
pub(super) fn records_by_settings(filter: &ExportFilter) -> (Records<'_>, Settings) {
    let mut settings = Settings::default();
    let predicates = Predicates::of::<Pg>(filter).map(|name, value| settings.take(name, value));
    (newest_first(predicates), settings)
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

/// How many records match.
pub(super) fn count(filter: &ExportFilter) -> connection_records::BoxedQuery<'_, Pg, BigInt> {
    connection_records::table
        .select(count_star())
        .into_boxed()
        .filter(Predicates::of::<Pg>(filter))
}
