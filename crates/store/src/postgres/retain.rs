//! Partitions and what is too old, each time on a connection of its own.

use std::time::Instant;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::{PostgresStore, partition, retention, session};
use crate::pool::Connect as _;
use crate::{
    Cancellation, Deleted, Expired, PartitionStatus, PartitionsMade, RetentionStore, StoreError,
    StoreErrorKind, WantedMonths,
};

impl PostgresStore {
    /// Does `work`, which may take long, on a connection of its own.
    fn retain<T>(
        &self,
        action: &'static str,
        work: impl FnOnce(&mut PgConnection) -> QueryResult<T>,
    ) -> Result<T, StoreError> {
        let mut session = self.service.connect()?;
        let begin = Instant::now();
        let result = session.watched(|session| {
            let connection = &mut session.connection;
            session::override_read_only(connection, self.override_read_only)
                .and_then(|()| partition::be_impatient(connection))
                .and_then(|()| work(connection))
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
        self.retain("make partitions", |connection| {
            partition::make(connection, now)
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
        self.retain("make partitions", |connection| {
            partition::make_months(connection, wanted, moved, cancellation)
        })
    }

    fn expired(&self, before: DateTime<Utc>) -> Result<Expired, StoreError> {
        self.retain("look for expired records", |connection| {
            retention::expired(connection, before)
        })
    }

    fn delete_expired(
        &self,
        before: DateTime<Utc>,
        cancellation: &Cancellation,
    ) -> Result<Deleted, StoreError> {
        self.retain("delete expired records", |connection| {
            retention::delete(connection, before, cancellation)
        })
    }
}
