//! How many records each project has on each day, and whether that is right.

mod check;
mod days;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite;

use chrono::NaiveDate;

use crate::StoreError;

#[cfg(feature = "sqlite")]
pub(crate) use days::DAY_MICROS;
pub(crate) use days::{Changes, CountDays, records_in};
#[cfg(feature = "postgres")]
pub(crate) use postgres::hold_records;

/// Compares the numbers of records that a database keeps for each project and day with a count of the records. Every method blocks.
///
/// The transaction that writes records keeps the numbers, so they are right in every snapshot, whatever is written, deleted or
/// interrupted. They are wrong where somebody changed the tables by other means: by SQL of their own, by a restored table, or by a
/// version of the service that does not keep them.
pub trait CountCheckStore: Send + Sync {
    /// The first project behind `after` in the order of bytes that has a record or a number; `None` where no project follows.
    ///
    /// # Errors
    /// [`Unavailable`](crate::StoreErrorKind::Unavailable) when the database is unavailable, or becomes so meanwhile.
    fn next_project(&self, after: Option<&str>) -> Result<Option<String>, StoreError>;

    /// Compares the numbers of a project in one snapshot: what others write meanwhile makes no difference. It reads an entry of an
    /// index for each record of the project, and on PostgreSQL sorts their transactions too.
    ///
    /// # Errors
    /// - [`Unavailable`](crate::StoreErrorKind::Unavailable) when the database is unavailable, or becomes so meanwhile;
    /// - [`Corrupt`](crate::StoreErrorKind::Corrupt) when a number is kept for a day that no calendar has.
    fn check_counts(&self, project: &str) -> Result<CountCheck, StoreError>;

    /// Does the same, and corrects each number by its difference. On PostgreSQL others write meanwhile; on SQLite they wait.
    ///
    /// # Errors
    /// As [`check_counts`](Self::check_counts), and [`Busy`](crate::StoreErrorKind::Busy) when another process changes the same
    /// numbers again and again, or on SQLite when the lock does not come free within `connection_timeout`.
    fn repair_counts(&self, project: &str) -> Result<CountCheck, StoreError>;
}

/// What was found of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CountCheck {
    /// How many records the project has.
    pub records: u64,
    /// On how many days of UTC they started.
    pub days: u64,
    /// The days whose number is not that of its records, oldest first. After a repair: whose number was not.
    pub differences: Vec<CountDifference>,
    /// How many records there are beyond one for each connection. Always 0 on SQLite, whose primary key allows none.
    pub repeated: u64,
}

/// A day whose number is not that of its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountDifference {
    /// The day of UTC.
    pub day: NaiveDate,
    /// The number that is kept.
    pub kept: i64,
    /// How many records there are.
    pub records: u64,
}
