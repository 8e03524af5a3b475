//! The months that partitions are for.

use chrono::{DateTime, Datelike as _, Months, NaiveDate, NaiveTime, TimeDelta, Utc};

/// A month of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Month(NaiveDate);

impl Month {
    pub(super) fn of(time: DateTime<Utc>) -> Self {
        let date = time.date_naive();
        Self(date - TimeDelta::days(date.day0().into()))
    }

    pub(super) fn after(self, months: u32) -> Self {
        Self(self.0 + Months::new(months))
    }

    pub(super) fn start(self) -> DateTime<Utc> {
        self.0.and_time(NaiveTime::MIN).and_utc()
    }

    pub(super) fn partition(self) -> String {
        self.0.format("connection_records_%Y_%m").to_string()
    }
}
