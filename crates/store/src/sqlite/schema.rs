//! The table and its rows.
#![expect(
    clippy::ref_option_ref,
    reason = "what Diesel's derives expand to for an `Option<&str>`"
)]

use chrono::{DateTime, Utc};
use diesel::result::Error as DieselError;
use diesel::{AsChangeset, Insertable, QueryResult};

use crate::rows::{event_row, record_table};

record_table!(connection_records, BigInt);
// The same table for writing: what an event does not know is left as it is, the start too.
record_table!(written_records = "connection_records", BigInt, nullable);
record_table!(incomplete_records, BigInt, nullable);
event_row!(
    RecordRow,
    written_records,
    i64,
    micros,
    [Insertable, AsChangeset],
    diesel(treat_none_as_default_value = false),
    diesel(primary_key(project_id, transaction_id))
);
event_row!(
    IncompleteRow,
    incomplete_records,
    i64,
    micros,
    [Insertable, AsChangeset],
    diesel(treat_none_as_default_value = false),
    diesel(primary_key(project_id, transaction_id))
);

/// A time as it is stored: microseconds since 1970-01-01 UTC.
pub(super) fn micros(time: DateTime<Utc>) -> i64 {
    time.timestamp_micros()
}

/// The time that is stored so.
pub(super) fn of_micros(micros: i64) -> QueryResult<DateTime<Utc>> {
    DateTime::from_timestamp_micros(micros)
        .ok_or_else(|| DieselError::DeserializationError("a time is out of range".into()))
}
