//! Partitions and what is too old, each time on a connection of its own.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;

use super::watchdog::Patience;
use super::{Layout, PostgresStore, generation, partition, retention, session};
use crate::pool::Connect as _;
use crate::{
    Cancellation, Deleted, Expired, PartitionStatus, PartitionsMade, RetentionStore, StoreError,
    StoreErrorKind, WantedMonths,
};

/// How long a worker that holds a shard may take for a statement of retention, before the coordinator gives it up.
const LONGEST_STATEMENT: Duration = Duration::from_secs(5 * 60);

fn end_after(connection: &mut PgConnection, limit: Duration) -> QueryResult<()> {
    let millis = limit.as_millis();
    connection.batch_execute(&format!("SET statement_timeout = {millis}"))
}

impl PostgresStore {
    /// Does `work`, which may take long, on a connection of its own.
    fn retain<T>(
        &self,
        action: &'static str,
        work: impl FnOnce(&mut PgConnection, Layout) -> QueryResult<T>,
    ) -> Result<T, StoreError> {
        let mut session = self.service.connect()?;
        let begin = Instant::now();
        let layout = session.layout();
        if layout == Layout::Sharded {
            // A coordinator that waits for a worker is taken for one that works.
            session.patience = Patience::with_statements(self.silence, Some(LONGEST_STATEMENT));
        }
        let result = session.watched(|session| {
            let connection = &mut session.connection;
            session::override_read_only(connection, self.override_read_only)
                .and_then(|()| partition::be_impatient(connection))
                .and_then(|()| match layout {
                    Layout::Whole => Ok(()),
                    Layout::Sharded => end_after(connection, LONGEST_STATEMENT),
                })
                .and_then(|()| work(connection, layout))
        });
        result.map_err(|error| {
            if session.watched.is_cut() {
                StoreError::new(StoreErrorKind::Unavailable, action).because(error)
            } else if partition::in_use(&error, begin) {
                StoreError::new(StoreErrorKind::Busy, action).because(error)
            } else {
                StoreError::of_statement(action, error)
            }
        })
    }
}

impl RetentionStore for PostgresStore {
    fn make_partitions(&self, now: DateTime<Utc>) -> Result<PartitionsMade, StoreError> {
        self.retain("make partitions", |connection, layout| {
            let made = partition::make(connection, layout, now)?;
            generation::rotate(connection, layout)?;
            Ok(made)
        })
    }

    fn partitions(&self) -> Result<Vec<PartitionStatus>, StoreError> {
        self.retain("list partitions", partition::statuses)
    }

    fn make_months(
        &self,
        wanted: &WantedMonths,
        moved: &mut dyn FnMut(u64),
        cancellation: &Cancellation,
    ) -> Result<PartitionsMade, StoreError> {
        self.retain("make partitions", |connection, layout| {
            partition::make_months(connection, layout, wanted, moved, cancellation)
        })
    }

    fn expired(&self, before: DateTime<Utc>) -> Result<Expired, StoreError> {
        self.retain("look for expired records", |connection, _| {
            retention::expired(connection, before)
        })
    }

    fn delete_expired(
        &self,
        before: DateTime<Utc>,
        cancellation: &Cancellation,
    ) -> Result<Deleted, StoreError> {
        self.retain("delete expired records", |connection, layout| {
            retention::delete(connection, layout, before, cancellation)
        })
    }
}
