//! Exports from the server that holds the shard of a project.
//!
//! The coordinator would collect all of a result before it handed over the first row, partly in files.

use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;

use deskledger_domain::{ConnectionRecord, ExportFilter, RecordRef};
use diesel::prelude::*;

use super::from_shard::Shard;
use super::placement::{self, Placement};
use crate::count::hold_records;
use crate::postgres::query;
use crate::postgres::read::{self, Read};
use crate::postgres::reader::{Reader, on};
use crate::{Cancellation, ReadOutcome, StoreError, StoreErrorKind};

const ACTION: &str = "read records";

/// As many records are read through the coordinator where the server that holds them cannot be reached from here.
const FEW: u32 = 10_000;

/// How often a read begins, where the shard moves.
const ATTEMPTS: u32 = 2;

type Sink<'a> = dyn FnMut(RecordRef<'_>) -> ControlFlow<()> + 'a;

/// How an attempt ended of which nothing was handed over.
enum Attempt {
    Done(ReadOutcome),
    /// The shard is elsewhere.
    Moved,
    Failed {
        error: StoreError,
        /// Whether the server could be reached.
        is_connected: bool,
    },
}

impl Reader {
    /// Reads the shard of the filter's project. Where that moves before a record was handed over, it begins once more.
    pub(in crate::postgres) fn read_shard(
        &self,
        filter: &ExportFilter,
        cancellation: &Cancellation,
        sink: &mut Sink<'_>,
    ) -> Result<ReadOutcome, StoreError> {
        let mut placement = self.placement(filter)?;
        for _ in 0..ATTEMPTS {
            let attempt = self.attempt(&placement, filter, cancellation, sink)?;
            if let Attempt::Done(outcome) = attempt {
                return Ok(outcome);
            }
            if cancellation.is_cancelled() {
                return Ok(ReadOutcome::Stopped);
            }
            let now = self.placement(filter)?;
            if let Attempt::Failed {
                error,
                is_connected,
            } = attempt
                && now == placement
            {
                return if is_connected || error.kind() != StoreErrorKind::Unavailable {
                    Err(error)
                } else {
                    self.read_few(error, filter, cancellation, sink)
                };
            }
            tracing::info!("the shard of an export has moved");
            placement = now;
        }
        Err(StoreError::new(StoreErrorKind::Busy, ACTION).because("the shard moved again"))
    }

    /// Whether the server that holds the shard of the filter's project answers. A coordinator that waits for one which does not is
    /// taken for one that works, so that a statement which may take long is not begun.
    pub(in crate::postgres) fn answers(&self, filter: &ExportFilter) -> Result<bool, StoreError> {
        let placement = self.placement(filter)?;
        Ok(placement.is_at_coordinator()
            || (self.nodes().of(&placement).probe)
                .with(ACTION, |_| Ok(()))
                .is_ok())
    }

    fn placement(&self, filter: &ExportFilter) -> Result<Placement, StoreError> {
        self.query(ACTION, |connection| {
            placement::of_project(connection, filter.project_id().as_str())
        })
    }

    /// Reads a shard where it should be.
    ///
    /// # Errors
    /// Where records were handed over, and where the coordinator does not say where the shard is.
    fn attempt(
        &self,
        placement: &Placement,
        filter: &ExportFilter,
        cancellation: &Cancellation,
        sink: &mut Sink<'_>,
    ) -> Result<Attempt, StoreError> {
        let node = (!placement.is_at_coordinator()).then(|| self.nodes().of(placement));
        let (pool, service) = match &node {
            Some(node) => (&node.exports, &node.service),
            None => self.own_exports(),
        };
        let (has_moved, is_connected) = (Cell::new(false), Cell::new(false));
        let handed_over = Cell::new(false);
        let unknown = RefCell::new(None);
        let result = on(pool, ACTION, |session| {
            is_connected.set(true);
            let read = Read {
                filter,
                cancellation,
                service,
                shard: Some(Shard {
                    table: &placement.shard,
                    is_still_there: &|| match self.placement(filter) {
                        Ok(now) => now == *placement,
                        Err(error) => {
                            unknown.replace(Some(error));
                            false
                        }
                    },
                    has_moved: &has_moved,
                }),
            };
            self.either_way(&read, session, &mut |record| {
                handed_over.set(true);
                sink(record)
            })
        });
        if let Some(error) = unknown.take() {
            return Err(error);
        }
        match result {
            Ok(_) if has_moved.get() => Ok(Attempt::Moved),
            Ok(outcome) => Ok(Attempt::Done(outcome)),
            Err(error) if handed_over.get() => Err(error),
            Err(error) => Ok(Attempt::Failed {
                error,
                is_connected: is_connected.get(),
            }),
        }
    }

    /// Reads through the coordinator, where there are few records and it reaches a server that this process does not.
    fn read_few(
        &self,
        error: StoreError,
        filter: &ExportFilter,
        cancellation: &Cancellation,
        sink: &mut Sink<'_>,
    ) -> Result<ReadOutcome, StoreError> {
        let records = self.query(ACTION, |connection| few(connection, filter));
        let Ok(Some(records)) = records else {
            return Err(error);
        };
        for record in records {
            if cancellation.is_cancelled() || sink(record.as_ref()).is_break() {
                return Ok(ReadOutcome::Stopped);
            }
        }
        Ok(ReadOutcome::Complete)
    }
}

/// All records that match, unless they are many.
fn few(
    connection: &mut PgConnection,
    filter: &ExportFilter,
) -> QueryResult<Option<Vec<ConnectionRecord>>> {
    connection
        .build_transaction()
        .repeatable_read()
        .read_only()
        .run(|connection| {
            hold_records(connection)?;
            let query = query::page(filter, None, FEW + 1);
            let records = read::all(connection, filter, query)?;
            Ok((records.len() <= FEW as usize).then_some(records))
        })
}
