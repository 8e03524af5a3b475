//! The export tasks of a database, over its connections.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use deskledger_domain::{ExportTask, ProjectScope, TaskFailure, TaskFilter, TaskId};

use super::{
    ClaimTurn, ClaimedTask, Deletion, ExportTaskStore, NewExportTask, Settlement, TaskCensus,
    TaskLease, TaskPage, TaskProgress, queue, requests,
};
use crate::connection::RowConnections;
use crate::{PoolStatus, StoreError};

/// Export tasks in a database.
pub(crate) struct ExportTasks<C>(pub(crate) C);

impl<C: RowConnections> ExportTaskStore for ExportTasks<C> {
    fn pools(&self) -> Vec<PoolStatus> {
        self.0.pools()
    }

    fn add(&self, task: &NewExportTask, most_waiting: u32) -> Result<bool, StoreError> {
        self.0.write("add an export task", |connection| {
            queue::add(connection, task, most_waiting)
        })
    }

    fn claim_in_turn(
        &self,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
        turn: &ClaimTurn,
    ) -> Result<Option<ClaimedTask>, StoreError> {
        self.0.write("take an export task", |connection| {
            queue::claim(connection, now, until, turn)
        })
    }

    fn give_up(
        &self,
        now: DateTime<Utc>,
        most_attempts: u32,
        failure: &TaskFailure,
    ) -> Result<u64, StoreError> {
        self.0.write("give up export tasks", |connection| {
            queue::give_up(connection, now, most_attempts, failure)
        })
    }

    fn renew(
        &self,
        lease: &TaskLease,
        until: DateTime<Utc>,
        progress: TaskProgress,
    ) -> Result<bool, StoreError> {
        self.0.write("keep an export task", |connection| {
            queue::renew(connection, lease, until, progress)
        })
    }

    fn settle(&self, lease: &TaskLease, settlement: &Settlement) -> Result<bool, StoreError> {
        self.0.write("give back an export task", |connection| {
            queue::settle(connection, lease, settlement)
        })
    }

    fn list(&self, filter: &TaskFilter) -> Result<TaskPage, StoreError> {
        self.0.read("list export tasks", |connection| {
            requests::list(connection, filter)
        })
    }

    fn find(
        &self,
        scope: &ProjectScope,
        id: &TaskId,
    ) -> Result<Option<(ExportTask, String)>, StoreError> {
        self.0.read("find an export task", |connection| {
            requests::find(connection, scope, id)
        })
    }

    fn exists(&self, id: &TaskId) -> Result<bool, StoreError> {
        self.0.read("find an export task", |connection| {
            requests::exists(connection, id)
        })
    }

    fn progress(&self, scope: &ProjectScope, id: &TaskId) -> Result<TaskProgress, StoreError> {
        self.0.read("find an export task", |connection| {
            requests::progress(connection, scope, id)
        })
    }

    fn mark_downloaded(&self, scope: &ProjectScope, id: &TaskId) -> Result<(), StoreError> {
        self.0.write("mark an export task", |connection| {
            requests::mark_downloaded(connection, scope, id)
        })
    }

    fn delete(&self, scope: &ProjectScope, ids: &[TaskId]) -> Result<Deletion, StoreError> {
        self.0.write("delete export tasks", |connection| {
            queue::delete(connection, scope, ids)
        })
    }

    fn expire(&self, now: DateTime<Utc>) -> Result<Vec<String>, StoreError> {
        self.0.write("let export tasks expire", |connection| {
            queue::expire(connection, now)
        })
    }

    fn census(&self, now: DateTime<Utc>) -> Result<TaskCensus, StoreError> {
        self.0.read("count export tasks", |connection| {
            queue::census(connection, now)
        })
    }

    fn in_use(&self, keys: &[String]) -> Result<HashSet<String>, StoreError> {
        self.0.read("find the tasks of files", |connection| {
            requests::in_use(connection, keys)
        })
    }
}
