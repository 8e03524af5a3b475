//! A point in time as both databases keep it, so that tables and rows are written once.

use chrono::{DateTime, Utc};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::SqlType;

/// The SQL type of a time: `timestamptz` in PostgreSQL, and in SQLite an integer of microseconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, SqlType, diesel::query_builder::QueryId)]
#[diesel(postgres_type(oid = 1184, array_oid = 1185))]
#[diesel(sqlite_type(name = "Long"))]
pub struct Micros;

// It can be the least of several.
impl diesel::sql_types::SqlOrd for Micros {}

/// A time as it is bound to a statement, and as it is read. Microseconds are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Micros)]
pub(crate) struct Moment(pub(crate) DateTime<Utc>);

#[cfg(feature = "postgres")]
mod postgres {
    use diesel::pg::{Pg, PgValue};
    use diesel::sql_types::Timestamptz;

    use super::{DateTime, FromSql, Micros, Moment, Output, ToSql, Utc, deserialize, serialize};

    impl ToSql<Micros, Pg> for Moment {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
            ToSql::<Timestamptz, Pg>::to_sql(&self.0, out)
        }
    }

    impl FromSql<Micros, Pg> for Moment {
        fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
            <DateTime<Utc> as FromSql<Timestamptz, Pg>>::from_sql(value).map(Self)
        }
    }
}

#[cfg(feature = "sqlite")]
mod sqlite {
    use diesel::sql_types::BigInt;
    use diesel::sqlite::{Sqlite, SqliteValue};

    use super::{DateTime, FromSql, Micros, Moment, Output, ToSql, deserialize, serialize};

    impl ToSql<Micros, Sqlite> for Moment {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
            out.set_value(self.0.timestamp_micros());
            Ok(serialize::IsNull::No)
        }
    }

    impl FromSql<Micros, Sqlite> for Moment {
        fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
            let micros = <i64 as FromSql<BigInt, Sqlite>>::from_sql(value)?;
            DateTime::from_timestamp_micros(micros)
                .map(Self)
                .ok_or_else(|| "a time beyond all calendars".into())
        }
    }
}
