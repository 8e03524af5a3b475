//! A histogram, counted here while SQLite steps over what matches; of a range of time alone over its index alone.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};

use chrono::{DateTime, Utc};
use deskledger_domain::{
    ConnectionState, ExportFilter, Histogram, HistogramRequest, InvalidFilter,
};
use diesel::connection::{DefaultLoadingMode, LoadConnection};
use diesel::prelude::*;
use diesel::row::{Field as _, Row as _};
use diesel::sql_types::{BigInt, Bool, Nullable, Text};
use diesel::sqlite::{Sqlite, SqliteValue};

use super::query;
use crate::histogram::{Counts, ReadHistogram, read_histogram};
use crate::moment::Moment;
use crate::record::{FAILED, Predicates, Statement};

/// When a record began, its user, and whether it failed.
type Row = (BigInt, Nullable<Text>, Bool);

/// The most users that are counted here, by 16 bytes each. Where there are more, SQLite counts them, in a file if need be.
const MOST_USERS: usize = 1 << 20;

pub(super) fn read(
    connection: &mut SqliteConnection,
    request: &HistogramRequest,
) -> QueryResult<Result<Histogram, InvalidFilter>> {
    // In WAL mode a transaction sees one snapshot.
    connection.transaction(|connection| read_histogram(connection, request))
}

impl ReadHistogram for SqliteConnection {
    fn end(&mut self, filter: &ExportFilter, newest: bool) -> QueryResult<Option<DateTime<Utc>>> {
        let end: Option<Moment> = query::end(filter, newest).get_result(self).optional()?;
        Ok(end.map(|Moment(end)| end))
    }

    fn counts(&mut self, filter: &ExportFilter, bounds: &[DateTime<Utc>]) -> QueryResult<Counts> {
        let bounds: Vec<_> = bounds.iter().map(DateTime::timestamp_micros).collect();
        let mut tally = Tally::new(&bounds, MOST_USERS);
        if filter.is_by_time_alone() {
            // Whether a connection failed is not in the index by time, and the index of those that did has no users.
            step(
                self,
                counted(filter, "user_name_key", "FALSE"),
                |time, user, _| {
                    tally.add(time, user, [1, 0]);
                },
            )?;
            let failed = filter.clone().with_state(ConnectionState::Failed);
            step(self, counted(&failed, "NULL", "TRUE"), |time, _, _| {
                tally.add(time, None, [0, 1]);
            })?;
        } else {
            step(
                self,
                counted(filter, "user_name_key", FAILED),
                |time, user, failed| {
                    tally.add(time, user, [1, failed.into()]);
                },
            )?;
        }
        let users = match tally.users() {
            Some(users) => users,
            None => many_users(filter).get_result::<i64>(self)?.unsigned_abs(),
        };
        Ok(Counts {
            buckets: tally.buckets,
            users,
        })
    }
}

/// What is counted while rows come.
struct Tally<'b> {
    bounds: &'b [i64],
    buckets: Vec<[u64; 2]>,
    /// The bucket of the row before, in which the next one mostly is.
    bucket: usize,
    /// Hashes of the keys of users, so long that no two are equal. `None` once there are too many.
    users: Option<HashSet<u128>>,
    most_users: usize,
    hashers: [RandomState; 2],
}

impl<'b> Tally<'b> {
    fn new(bounds: &'b [i64], most_users: usize) -> Self {
        Self {
            bounds,
            buckets: vec![[0; 2]; bounds.len().saturating_sub(1)],
            bucket: 0,
            users: Some(HashSet::new()),
            most_users,
            hashers: [RandomState::new(), RandomState::new()],
        }
    }

    fn add(&mut self, time: i64, user: Option<&str>, count: [u64; 2]) {
        let is_in = |bucket: usize| {
            let [begin, end] = [bucket, bucket + 1].map(|bound| self.bounds.get(bound));
            begin.is_some_and(|begin| *begin <= time) && end.is_some_and(|end| time < *end)
        };
        if !is_in(self.bucket) {
            let after = self.bounds.partition_point(|bound| *bound <= time);
            self.bucket = after.saturating_sub(1);
        }
        if let Some([total, failed]) = self.buckets.get_mut(self.bucket) {
            *total += count[0];
            *failed += count[1];
        }
        if let (Some(user), Some(users)) = (user, &mut self.users) {
            let [high, low] = self.hashers.each_ref().map(|hasher| hasher.hash_one(user));
            users.insert(u128::from(high) << 64 | u128::from(low));
            if users.len() > self.most_users {
                self.users = None;
            }
        }
    }

    fn users(&self) -> Option<u64> {
        self.users.as_ref().map(|users| users.len() as u64)
    }
}

/// What is counted, in no order.
pub(super) fn counted<'f>(
    filter: &'f ExportFilter,
    user: &'static str,
    failed: &'static str,
) -> Statement<'f, Row> {
    Statement::new()
        .sql("SELECT connection_start_time, ")
        .sql(user)
        .sql(", ")
        .sql(failed)
        .sql(" FROM connection_records WHERE goes_on() AND ")
        .all(Predicates::of::<Sqlite>(filter))
}

/// How many users there are.
fn many_users(filter: &ExportFilter) -> Statement<'_, BigInt> {
    Statement::new()
        .sql("SELECT count(DISTINCT user_name_key) FROM connection_records WHERE goes_on() AND ")
        .all(Predicates::of::<Sqlite>(filter))
}

/// Passes each row to `take`.
fn step(
    connection: &mut SqliteConnection,
    statement: Statement<'_, Row>,
    mut take: impl FnMut(i64, Option<&str>, bool),
) -> QueryResult<()> {
    for row in LoadConnection::<DefaultLoadingMode>::load(connection, statement)? {
        let row = row?;
        let [time, user, failed] = [0, 1, 2].map(|column| row.get(column));
        let [mut time, mut user, mut failed] =
            [&time, &user, &failed].map(|field| field.as_ref().and_then(|field| field.value()));
        take(
            time.as_mut().map_or(0, SqliteValue::read_long),
            user.as_mut().map(SqliteValue::read_text),
            failed
                .as_mut()
                .is_some_and(|value| value.read_integer() != 0),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_there_are_too_many_users_they_are_not_kept() {
        let mut tally = Tally::new(&[0, 10, 20], 2);
        for (time, user) in [(0, "ann"), (19, "bob"), (10, "ann")] {
            tally.add(time, Some(user), [1, 0]);
        }
        assert_eq!(tally.users(), Some(2));
        tally.add(9, Some("carol"), [1, 1]);
        assert_eq!(tally.users(), None);
        assert_eq!(tally.buckets, [[2, 1], [2, 0]]);
    }
}
