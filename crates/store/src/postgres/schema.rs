//! The table and its rows.
#![expect(
    clippy::ref_option_ref,
    reason = "what Diesel's derives expand to for an `Option<&str>`"
)]

use chrono::{DateTime, TimeZone, Utc};
use diesel::Insertable;

use crate::rows::{event_row, record_table};

record_table!(connection_records, Timestamptz);
// A batch on its way into the table: temporary, and each connection's own.
record_table!(incoming_records, Timestamptz, nullable);
event_row!(
    IncomingRow,
    incoming_records,
    DateTime<Utc>,
    std::convert::identity,
    [Insertable],
    diesel(treat_none_as_default_value = false)
);

/// The time as a bound of a range: no earlier than the first that PostgreSQL knows, before which it keeps no record.
pub(super) fn bound(time: DateTime<Utc>) -> DateTime<Utc> {
    let first = Utc
        .with_ymd_and_hms(-4712, 1, 1, 0, 0, 0)
        .single()
        .unwrap_or(DateTime::UNIX_EPOCH);
    time.max(first)
}
