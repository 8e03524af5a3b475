//! The numbers of days: their table, how they are changed, and how records are counted by them.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use deskledger_domain::{ExportFilter, TimeRange};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::connection::{Connection, on_each};

diesel::table! {
    /// How many records a project has that started on a day, in days since 1970-01-01 of UTC: the sum of the slots.
    record_counts (project_id, day, slot) {
        project_id -> Text,
        day -> Integer,
        slot -> SmallInt,
        records -> BigInt,
    }
}

const DAY_SECONDS: i64 = 86_400;

/// A day in microseconds.
#[cfg(feature = "sqlite")]
pub(crate) const DAY_MICROS: i64 = DAY_SECONDS * 1_000_000;

/// The day of UTC on which a time is.
pub(crate) fn day_of(time: DateTime<Utc>) -> i32 {
    let day = time.timestamp().div_euclid(DAY_SECONDS);
    // No calendar of `chrono` goes beyond it.
    i32::try_from(day).unwrap_or(if day < 0 { i32::MIN } else { i32::MAX })
}

/// When a day begins; `None` where that is before all calendars.
pub(super) fn begin(day: i32) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(i64::from(day).checked_mul(DAY_SECONDS)?, 0)
}

/// What a transaction changes in the numbers of days.
#[derive(Debug, Default)]
pub(crate) struct Changes(BTreeMap<(String, i32), i64>);

impl Changes {
    /// So many records of a project more that started on the day of `time`, or fewer.
    pub(crate) fn add(&mut self, project: &str, time: DateTime<Utc>, records: i64) {
        self.add_on(project, day_of(time), records);
    }

    pub(crate) fn add_on(&mut self, project: &str, day: i32, records: i64) {
        *self.0.entry((project.to_owned(), day)).or_default() += records;
    }

    /// Project, day and change of each number that does change, in this order.
    pub(super) fn each(&self) -> impl Iterator<Item = (&str, i32, i64)> {
        let changes = self.0.iter().filter(|(_, records)| **records != 0);
        changes.map(|((project, day), records)| (project.as_str(), *day, *records))
    }

    /// Makes the changes, at the end of the transaction that made them necessary. A number that becomes 0 goes.
    #[cfg(feature = "sqlite")]
    pub(crate) fn store(self, connection: &mut SqliteConnection) -> QueryResult<()> {
        for (project, day, records) in self.each() {
            diesel::insert_into(record_counts::table)
                .values((
                    record_counts::project_id.eq(project),
                    record_counts::day.eq(day),
                    record_counts::slot.eq(0),
                    record_counts::records.eq(records),
                ))
                .on_conflict((
                    record_counts::project_id,
                    record_counts::day,
                    record_counts::slot,
                ))
                .do_update()
                .set(record_counts::records.eq(record_counts::records + records))
                .execute(connection)?;
            if records < 0 {
                let number = record_counts::table.find((project, day, 0));
                diesel::delete(number.filter(record_counts::records.eq(0))).execute(connection)?;
            }
        }
        Ok(())
    }
}

/// How many records a project has that started from a day on, and before another one.
fn sum(connection: &mut Connection<'_>, project: &str, from: i32, until: i32) -> QueryResult<i64> {
    let sum = record_counts::table
        .filter(record_counts::project_id.eq(project))
        .filter(record_counts::day.ge(from))
        .filter(record_counts::day.lt(until))
        .select(sql::<BigInt>("CAST(coalesce(sum(records), 0) AS bigint)"));
    on_each!(connection, |connection| sum.get_result(connection))
}

/// A database that counts records.
pub(crate) trait CountDays {
    /// The connection to it.
    fn connection(&mut self) -> Connection<'_>;

    /// How many records match, by a look at each.
    fn count_each(&mut self, filter: &ExportFilter) -> QueryResult<i64>;
}

/// How many records match, in what should be one snapshot.
///
/// A filter that asks for nothing but a range of time is answered by the numbers of days. Of the days at its two ends that are
/// not whole, the records of the shorter part are counted, which is an index alone; so no more than those of half a day.
pub(crate) fn records_in(database: &mut impl CountDays, filter: &ExportFilter) -> QueryResult<u64> {
    let count = if filter.is_by_time_alone() {
        by_days(database, filter)?
    } else {
        database.count_each(filter)?
    };
    Ok(count.max(0).unsigned_abs())
}

fn by_days(database: &mut impl CountDays, filter: &ExportFilter) -> QueryResult<i64> {
    let project = filter.project_id().as_str();
    let range = filter.time();
    let (start, end) = (range.start(), range.end());
    if let (Some(start), Some(end)) = (start, end)
        && day_of(start) == day_of(end)
        && end - start <= TimeDelta::hours(12)
    {
        return database.count_each(filter);
    }
    let from = start.map_or(i32::MIN, day_of);
    let until = end.map_or(i32::MAX, day_of);
    let mut count = if from < until {
        sum(&mut database.connection(), project, from, until)?
    } else {
        0
    };
    if let Some(start) = start {
        count -= earlier_on_the_day(database, filter, start)?;
    }
    if let Some(end) = end {
        count += earlier_on_the_day(database, filter, end)?;
    }
    Ok(count)
}

/// How many records of the filter's project started on the day of `time`, but before it.
fn earlier_on_the_day(
    database: &mut impl CountDays,
    filter: &ExportFilter,
    time: DateTime<Utc>,
) -> QueryResult<i64> {
    let day = day_of(time);
    // At the ends of all calendars a day may be no whole one.
    let first = begin(day).unwrap_or(time);
    let mut count = |from, until| match TimeRange::new(from, Some(until)) {
        Ok(part) => database.count_each(&filter.clone().with_time(part)),
        Err(_) => Ok(0),
    };
    match begin(day.saturating_add(1)) {
        Some(next) if next - time < time - first => {
            let later = count(time, next)?;
            let project = filter.project_id().as_str();
            Ok(sum(&mut database.connection(), project, day, day + 1)? - later)
        }
        _ => count(first, time),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_its_midnight_also_before_1970() {
        for (time, day) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01T23:59:59.999999Z", 0),
            ("1969-12-31T23:59:59.999999Z", -1),
            ("1969-12-31T00:00:00Z", -1),
            ("2026-11-28T12:00:00Z", 20_785),
            ("0001-01-01T00:00:00Z", -719_162),
        ] {
            let time: DateTime<Utc> = time.parse().unwrap();
            assert_eq!(day_of(time), day, "{time}");
            assert!(begin(day).unwrap() <= time && time < begin(day + 1).unwrap());
        }
    }
}
