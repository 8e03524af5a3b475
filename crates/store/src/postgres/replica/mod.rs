//! A second server that holds the same records a little later, and is read in place of the primary as long as that is little.

mod lag;

use std::error::Error as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use self::lag::Lag;
use super::reader::Reader;
use crate::{PoolStatus, ReplicaStatus, StoreError, StoreErrorKind, StoreSettings};

pub(super) struct Replica {
    reader: Reader,
    lag: Arc<Lag>,
    failures: AtomicU64,
}

impl Replica {
    /// The replica of the server that the settings name, where they name one.
    pub(super) fn of(settings: &StoreSettings) -> Option<Self> {
        let replica = StoreSettings {
            url: settings.read_url.clone()?,
            ..settings.clone()
        };
        Some(Self {
            reader: Reader::of_replica(&replica, ["replica_exports", "replica_queries"]),
            lag: Arc::new(Lag::new(settings, &replica)),
            failures: AtomicU64::new(0),
        })
    }

    /// Does `work` at the replica. `None` where the primary has to do it: the replica may not be read now, or failed in a way in
    /// which the primary may not, and `is_begun` does not say that somebody saw a part of it already.
    pub(super) fn try_to<T>(
        &self,
        work: impl FnOnce(&Reader) -> Result<T, StoreError>,
        is_begun: impl FnOnce() -> bool,
    ) -> Option<Result<T, StoreError>> {
        if !Lag::may_be_read(&self.lag) {
            return None;
        }
        let error = match work(&self.reader) {
            Err(error) if is_of_the_replica(&error) => error,
            result => return Some(result),
        };
        self.failures.fetch_add(1, Ordering::Relaxed);
        self.lag.distrust();
        let is_begun = is_begun();
        let cause = error.source().map(tracing::field::display);
        tracing::warn!(%error, cause, is_begun, "a read at the replica failed");
        is_begun.then(|| Err(error.of_replica()))
    }

    pub(super) fn pools(&self) -> impl Iterator<Item = PoolStatus> {
        self.reader.pools().chain(self.lag.pools())
    }

    pub(super) fn status(&self) -> ReplicaStatus {
        ReplicaStatus {
            lag: self.lag.now(),
            is_read: self.lag.is_read(),
            failures: self.failures.load(Ordering::Relaxed),
        }
    }
}

/// Whether the primary may do what the replica did not: it is not there, a change of the primary forbade it to go on, or it lacks
/// what a migration has just made. What takes too long or finds no room takes as long there.
fn is_of_the_replica(error: &StoreError) -> bool {
    match error.kind() {
        StoreErrorKind::Busy => error
            .source()
            .and_then(|source| source.downcast_ref::<DieselError>())
            .is_some_and(|error| {
                matches!(
                    error,
                    DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _)
                )
            }),
        kind => matches!(
            kind,
            StoreErrorKind::Unavailable
                | StoreErrorKind::InvalidUrl
                | StoreErrorKind::Unsuitable
                | StoreErrorKind::LacksRights
                | StoreErrorKind::Other
        ),
    }
}
