//! Exports that go on as tasks: a queue that processes share, and what came of it.

mod queue;
mod requests;
mod rows;
mod store;

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use deskledger_domain::{
    ExportTask, ProjectId, ProjectScope, TaskFailure, TaskFile, TaskFilter, TaskId,
};

use crate::StoreError;

#[cfg(feature = "sqlite")]
pub(crate) use requests::strpos_utils;
pub(crate) use rows::corrupt;
pub(crate) use store::ExportTasks;

/// The export tasks of all projects. Every method blocks; all may be called from several threads and processes at once.
///
/// A worker [claims](Self::claim) a task and runs it until the time that the claim names. A worker that takes longer
/// [renews](Self::renew) the claim. One that does not, because its process is gone, loses the task to the next worker.
/// After that, nothing that it reports about the task has an effect.
///
/// # Errors
/// All methods fail with
/// - [`Unavailable`](crate::StoreErrorKind::Unavailable) when the database is unavailable, or becomes so meanwhile
///   (it is then not known whether it was done);
/// - [`Busy`](crate::StoreErrorKind::Busy) when no connection, or on SQLite the lock, comes free within `connection_timeout`;
/// - [`Corrupt`](crate::StoreErrorKind::Corrupt) when a row is not a valid task;
/// - [`Other`](crate::StoreErrorKind::Other) when the database refuses.
pub trait ExportTaskStore: Send + Sync {
    /// What the connections do, pool by pool.
    fn pools(&self) -> Vec<crate::PoolStatus>;

    /// Adds a task that waits, unless `most_waiting` of its project wait or run already. Says whether it was added.
    ///
    /// # Errors
    /// As all methods.
    fn add(&self, task: &NewExportTask, most_waiting: u32) -> Result<bool, StoreError>;

    /// [`claim_in_turn`](Self::claim_in_turn) of a caller that took none yet and leaves no project out.
    ///
    /// # Errors
    /// As all methods.
    fn claim(
        &self,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Option<ClaimedTask>, StoreError> {
        self.claim_in_turn(now, until, &ClaimTurn::default())
    }

    /// Takes a task that may be taken at `now`, to run it until `until`: of the projects with the fewest tasks that run, in
    /// all processes, the next in turn, and of that the task that has waited for the longest. No two callers ever get the
    /// same one at the same time; one that would have to wait for a row of another takes the next one instead.
    ///
    /// # Errors
    /// As all methods.
    fn claim_in_turn(
        &self,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
        turn: &ClaimTurn,
    ) -> Result<Option<ClaimedTask>, StoreError>;

    /// Lets every task fail that may be taken at `now` and was begun `most_attempts` times. Returns how many those were.
    ///
    /// # Errors
    /// As all methods.
    fn give_up(
        &self,
        now: DateTime<Utc>,
        most_attempts: u32,
        failure: &TaskFailure,
    ) -> Result<u64, StoreError>;

    /// Extends the claim until `until`, and reports how far the task came; false where the task is no longer the caller's.
    ///
    /// # Errors
    /// As all methods.
    fn renew(
        &self,
        lease: &TaskLease,
        until: DateTime<Utc>,
        progress: TaskProgress,
    ) -> Result<bool, StoreError>;

    /// Gives the task back. False where it is no longer the caller's: then nothing is changed, and nobody uses the caller's
    /// file.
    ///
    /// # Errors
    /// As all methods.
    fn settle(&self, lease: &TaskLease, settlement: &Settlement) -> Result<bool, StoreError>;

    /// Tasks of one project, in the order that is asked for, ties by identifier; and how many there are in all. Both come
    /// from one snapshot.
    ///
    /// # Errors
    /// As all methods.
    fn list(&self, filter: &TaskFilter) -> Result<TaskPage, StoreError>;

    /// The task of a project with an identifier, and the text of its request.
    ///
    /// # Errors
    /// As all methods.
    fn find(
        &self,
        scope: &ProjectScope,
        id: &TaskId,
    ) -> Result<Option<(ExportTask, String)>, StoreError>;

    /// Whether there is a task, of whichever project. One that was deleted does not count.
    ///
    /// # Errors
    /// As all methods.
    fn exists(&self, id: &TaskId) -> Result<bool, StoreError>;

    /// How far a task of a project came, as its worker said last; nothing where it was never begun.
    ///
    /// # Errors
    /// As all methods.
    fn progress(&self, scope: &ProjectScope, id: &TaskId) -> Result<TaskProgress, StoreError>;

    /// Remembers that the file of a task was downloaded.
    ///
    /// # Errors
    /// As all methods.
    fn mark_downloaded(&self, scope: &ProjectScope, id: &TaskId) -> Result<(), StoreError>;

    /// Deletes tasks of a project in any state, all or none. A worker that runs one of them finds out when it renews its
    /// claim.
    ///
    /// # Errors
    /// As all methods.
    fn delete(&self, scope: &ProjectScope, ids: &[TaskId]) -> Result<Deletion, StoreError>;

    /// Lets tasks expire whose file is not to be kept beyond `now`, some hundreds at a time. Returns the keys of their
    /// files, which nobody uses any more.
    ///
    /// # Errors
    /// As all methods.
    fn expire(&self, now: DateTime<Utc>) -> Result<Vec<String>, StoreError>;

    /// How many tasks wait and run at `now`, in all processes and projects.
    ///
    /// # Errors
    /// As all methods.
    fn census(&self, now: DateTime<Utc>) -> Result<TaskCensus, StoreError>;

    /// Those among the keys of files that are in use: that of a task which runs, or whose file can be downloaded.
    ///
    /// # Errors
    /// As all methods.
    fn in_use(&self, keys: &[String]) -> Result<HashSet<String>, StoreError>;
}

/// How many tasks there are that have no end yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TaskCensus {
    /// How many wait, also those whose process is gone.
    pub waiting: u64,
    /// How many a process runs.
    pub running: u64,
    /// When the oldest of those that wait was asked for.
    pub oldest: Option<DateTime<Utc>>,
}

/// How far a task came, this time that it runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TaskProgress {
    /// How many records were written.
    pub rows: u64,
    /// How many bytes of the file were written.
    pub bytes: u64,
    /// How many records matched when it was begun, where that is known.
    pub total: Option<u64>,
}

/// A task on its way into the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewExportTask {
    /// Its identifier, nobody else's.
    pub id: TaskId,
    /// The tenant, where somebody may export.
    pub scope: ProjectScope,
    /// The name that its file has for people.
    pub file_name: String,
    /// What is asked for, as the one who runs it reads it.
    pub request: String,
    /// When it was asked for. Microseconds are kept.
    pub created_at: DateTime<Utc>,
}

/// Whose turn it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaimTurn {
    /// The project whose task the caller took last: the next one in order comes before it.
    pub last: Option<ProjectId>,
    /// The projects whose tasks the caller cannot run now.
    pub left_out: Vec<ProjectId>,
}

impl ClaimTurn {
    /// Projects with tasks that may be taken, in the order of their turns. `running` names the project of each task that
    /// runs.
    pub(crate) fn order(&self, mut due: Vec<String>, running: &[String]) -> Vec<String> {
        due.retain(|project| !self.left_out.iter().any(|out| out.as_str() == project));
        let last = self.last.as_ref().map(ProjectId::as_str);
        due.sort_by_cached_key(|project| {
            let runs = running.iter().filter(|other| *other == project).count();
            let had_its_turn = last.is_some_and(|last| project.as_str() <= last);
            (runs, had_its_turn, project.clone())
        });
        due
    }
}

/// A task that the caller runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedTask {
    /// The proof that the task is the caller's.
    pub lease: TaskLease,
    /// The tenant.
    pub project_id: ProjectId,
    /// What is asked for.
    pub request: String,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// How often it was begun, this time included.
    pub attempt: u32,
}

/// The right to run a task. It is good until another process takes the task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskLease {
    pub(crate) id: TaskId,
    pub(crate) fence: i64,
}

impl TaskLease {
    /// The identifier of the task.
    pub const fn id(&self) -> &TaskId {
        &self.id
    }

    /// The name in the storage that the file must have. No other lease, of this task or another, has the same.
    pub fn file_key(&self) -> String {
        format!("{}-{}", self.id, self.fence)
    }
}

/// How a task is given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// Its file is whole, under the key of the lease.
    Succeeded {
        /// How many bytes the file has.
        bytes: u64,
        /// When it was whole.
        at: DateTime<Utc>,
        /// Until when it is kept.
        expires_at: DateTime<Utc>,
    },
    /// It came to no file and will not.
    Failed {
        /// Why.
        failure: TaskFailure,
        /// When.
        at: DateTime<Utc>,
    },
    /// It is to be begun again, not before `at`.
    Again {
        /// From when on.
        at: DateTime<Utc>,
    },
    /// As [`Again`](Self::Again), and this time does not count, for it was not begun at all or not to blame.
    Postponed {
        /// From when on.
        at: DateTime<Utc>,
    },
}

/// What became of the wish to delete tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// They are deleted. Nobody uses these files any more.
    Deleted {
        /// The files that were whole.
        files: Vec<TaskFile>,
    },
    /// None is deleted, since the project has no such task.
    Unknown(TaskId),
}

/// A part of the tasks of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskPage {
    /// How many match, whichever part was asked for.
    pub total: u64,
    /// Those that were asked for.
    pub tasks: Vec<ExportTask>,
}
