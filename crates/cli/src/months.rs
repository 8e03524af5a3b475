//! The partitions that an import needs.

use std::collections::BTreeSet;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveTime, TimeDelta, Utc};
use deskledger_domain::{Clock, ConnectionEvent};
use deskledger_store::{
    Cancellation, PartitionsMade, RetentionStore, StoreError, StoreErrorKind, WantedMonths,
};

/// Makes the partitions of months before the first records of each are written, by however many writers.
pub(crate) struct Months<'a> {
    retention: &'a dyn RetentionStore,
    now: DateTime<Utc>,
    /// Those who write hold it as readers: a partition is made while nobody else of this import writes, who might hold the tables
    /// for longer than it waits.
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    /// The months that have one as far as is possible, by their first days.
    made: BTreeSet<NaiveDate>,
    /// Whether it makes no sense to try again.
    is_over: bool,
}

/// While it is held, no partition is made.
pub(crate) struct Made<'a>(#[expect(dead_code, reason = "it is held")] RwLockReadGuard<'a, State>);

impl<'a> Months<'a> {
    pub(crate) fn new(retention: &'a dyn RetentionStore) -> Self {
        Self {
            retention,
            now: Clock::system().now(),
            state: RwLock::default(),
        }
    }

    /// Makes those of the months in which the connections started. Where that is not possible, says why: records of such months
    /// lie in an open partition. What it returns is to be held while the events are written.
    ///
    /// # Errors
    /// When the database is not available.
    pub(crate) fn make(
        &self,
        events: &[ConnectionEvent],
        say: impl FnOnce(String),
    ) -> Result<Made<'_>, StoreError> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        if state.missing(events).is_empty() {
            return Ok(Made(state));
        }
        drop(state);
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        // Another writer may have made them meanwhile.
        let missing = state.missing(events);
        if !missing.is_empty() {
            self.make_missing(&mut state, missing, say)?;
        }
        drop(state);
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        Ok(Made(state))
    }

    fn make_missing(
        &self,
        state: &mut State,
        mut missing: BTreeSet<NaiveDate>,
        say: impl FnOnce(String),
    ) -> Result<(), StoreError> {
        let wanted = WantedMonths {
            now: self.now,
            from: None,
            starts: missing
                .iter()
                .map(|month| month.and_time(NaiveTime::MIN).and_utc())
                .collect(),
            until: None,
            however_many: false,
        };
        let made = self
            .retention
            .make_months(&wanted, &mut |_| (), &Cancellation::new());
        let reason = match made {
            Ok(PartitionsMade::Made(_)) => {
                state.made.append(&mut missing);
                return Ok(());
            }
            Ok(PartitionsMade::Filled(partition)) => {
                format!(
                    "{partition} holds records, which `deskledger partitions --from` divides where they do not lie in shards"
                )
            }
            Ok(_) => "the role of database.url may not make them: the owner of the tables runs `deskledger partitions`"
                .to_owned(),
            Err(error) if error.kind() == StoreErrorKind::Busy => {
                "the records are in use; `deskledger partitions --from` makes them later".to_owned()
            }
            Err(error) => return Err(error),
        };
        state.is_over = true;
        say(format!(
            "months that are past have no partition of their own: {reason}"
        ));
        Ok(())
    }
}

impl State {
    /// The months in which connections started and that have no partition yet.
    fn missing(&self, events: &[ConnectionEvent]) -> BTreeSet<NaiveDate> {
        let mut missing = BTreeSet::new();
        if self.is_over {
            return missing;
        }
        let starts = events
            .iter()
            .filter_map(|event| event.fields().connection_start_time);
        let mut latest = None;
        for start in starts {
            let date = start.date_naive();
            let month = date - TimeDelta::days(date.day0().into());
            if latest.replace(month) != Some(month) && !self.made.contains(&month) {
                missing.insert(month);
            }
        }
        missing
    }
}
