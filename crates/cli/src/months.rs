//! The partitions that an import needs.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveTime, TimeDelta, Utc};
use deskledger_domain::{Clock, ConnectionEvent};
use deskledger_store::{
    Cancellation, PartitionsMade, RetentionStore, StoreError, StoreErrorKind, WantedMonths,
};

/// Makes the partitions of months before the first records of each are written.
pub(crate) struct Months<'a> {
    retention: &'a dyn RetentionStore,
    now: DateTime<Utc>,
    /// The months that have one as far as is possible, by their first days.
    made: BTreeSet<NaiveDate>,
    /// Whether it makes no sense to try again.
    is_over: bool,
}

impl<'a> Months<'a> {
    pub(crate) fn new(retention: &'a dyn RetentionStore) -> Self {
        Self {
            retention,
            now: Clock::system().now(),
            made: BTreeSet::new(),
            is_over: false,
        }
    }

    /// Makes those of the months in which the connections started. Where that is not possible, says why: records of such months
    /// lie in an open partition.
    ///
    /// # Errors
    /// When the database is not available.
    pub(crate) fn make(
        &mut self,
        events: &[ConnectionEvent],
        say: impl FnOnce(String),
    ) -> Result<(), StoreError> {
        if self.is_over {
            return Ok(());
        }
        let starts = events
            .iter()
            .filter_map(|event| event.fields().connection_start_time);
        let mut latest = None;
        let mut missing = BTreeSet::new();
        for start in starts {
            let date = start.date_naive();
            let month = date - TimeDelta::days(date.day0().into());
            if latest.replace(month) != Some(month) && !self.made.contains(&month) {
                missing.insert(month);
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
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
                self.made.append(&mut missing);
                return Ok(());
            }
            Ok(PartitionsMade::Filled(partition)) => {
                format!("{partition} holds records, which `deskledger partitions --from` divides")
            }
            Ok(_) => "the role of database.url may not make them: the owner of the tables runs `deskledger partitions`"
                .to_owned(),
            Err(error) if error.kind() == StoreErrorKind::Busy => {
                "the records are in use; `deskledger partitions --from` makes them later".to_owned()
            }
            Err(error) => return Err(error),
        };
        self.is_over = true;
        say(format!(
            "months that are past have no partition of their own: {reason}"
        ));
        Ok(())
    }
}
