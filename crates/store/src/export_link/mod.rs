//! Links by which exports are taken: made, begun once, followed while they run, cancelled by anybody who may.

mod rows;
mod statements;
mod store;

use std::time::Duration;

use chrono::{DateTime, Utc};
use deskledger_domain::{ExportLink, LinkFilter, LinkId, ProjectScope, TaskId};

use crate::{PoolStatus, StoreError};

pub(crate) use store::ExportLinks;

/// The export links of all projects. Every method blocks; all may be called from several threads and processes at once.
///
/// A process that [begins](Self::begin) the download of a link [reports](Self::report) again and again how far it came, and
/// learns by that whether it was cancelled. One that does not, because it is gone, leaves a link that is broken once its
/// lease has ended: the methods that show a link say so by the time that they are given.
///
/// # Errors
/// All methods fail with
/// - [`Unavailable`](crate::StoreErrorKind::Unavailable) when the database is unavailable, or becomes so meanwhile
///   (it is then not known whether it was done);
/// - [`Busy`](crate::StoreErrorKind::Busy) when no connection, or on SQLite the lock, comes free within `connection_timeout`;
/// - [`Corrupt`](crate::StoreErrorKind::Corrupt) when a row is not a valid link;
/// - [`Other`](crate::StoreErrorKind::Other) when the database refuses.
pub trait ExportLinkStore: Send + Sync {
    /// What the connections do, pool by pool.
    fn pools(&self) -> Vec<PoolStatus>;

    /// Adds a link that waits, unless its project or its user has as many open ones as they may: that wait or run.
    ///
    /// # Errors
    /// As all methods.
    fn add(&self, link: &NewExportLink, most: MostLinks) -> Result<Added, StoreError>;

    /// The link whose secret has this SHA-256, where its download may begin at `now`.
    ///
    /// # Errors
    /// As all methods.
    fn waiting(
        &self,
        secret_hash: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Option<WaitingLink>, StoreError>;

    /// Begins the download of a link that waits, for the caller and nobody else, and leases it until `until`. False where it
    /// waits no more.
    ///
    /// # Errors
    /// As all methods.
    fn begin(
        &self,
        id: &LinkId,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<bool, StoreError>;

    /// Reports how far a download came, and extends its lease until `until`. False where it is not to go on: it was cancelled, or
    /// its lease had ended at `now`.
    ///
    /// # Errors
    /// As all methods.
    fn report(&self, id: &LinkId, report: &LinkReport) -> Result<bool, StoreError>;

    /// Writes down how a download ended. False where it had ended before: what was cancelled stays cancelled.
    ///
    /// # Errors
    /// As all methods.
    fn end(&self, id: &LinkId, end: &LinkEnd) -> Result<bool, StoreError>;

    /// The link of a project with an identifier, as it is at `now`.
    ///
    /// # Errors
    /// As all methods.
    fn find(
        &self,
        scope: &ProjectScope,
        id: &LinkId,
        now: DateTime<Utc>,
    ) -> Result<Option<ExportLink>, StoreError>;

    /// Links of a project as they are at `now`, newest first, ties by identifier in descending order of its bytes; and how many
    /// there are in all. Both come from one snapshot.
    ///
    /// # Errors
    /// As all methods.
    fn list(&self, filter: &LinkFilter, now: DateTime<Utc>) -> Result<LinkPage, StoreError>;

    /// Cancels a link of a project that waits or runs at `now`. One that has ended, or that is whole but for its last bytes,
    /// stays what it is. The process that sends the file learns of it when it reports.
    ///
    /// # Errors
    /// As all methods.
    fn cancel(
        &self,
        scope: &ProjectScope,
        id: &LinkId,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// Deletes links that were made before `before` and do not run at `now`, some thousands at a time. Returns how many those were.
    ///
    /// # Errors
    /// As all methods.
    fn sweep(&self, before: DateTime<Utc>, now: DateTime<Utc>) -> Result<u64, StoreError>;
}

/// A link on its way into the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewExportLink {
    /// Its identifier, nobody else's.
    pub id: LinkId,
    /// The tenant, where somebody may export.
    pub scope: ProjectScope,
    /// The name of the user who makes it.
    pub user: String,
    /// The session that must follow it; `None` where any client may.
    pub session: Option<String>,
    /// The SHA-256 of its secret.
    pub secret_hash: Vec<u8>,
    /// What is asked for, as the process reads it that begins the download.
    pub request: String,
    /// The task whose file it leads to, if it does.
    pub task_id: Option<TaskId>,
    /// How many records match; `None` for the file of a task.
    pub total_count: Option<u64>,
    /// How many bytes the file has, where that is known.
    pub total_bytes: Option<u64>,
    /// When it is made. Microseconds are kept.
    pub created_at: DateTime<Utc>,
    /// How long its download may wait to begin.
    pub waits: Duration,
}

/// The most open links: that wait or run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MostLinks {
    /// Of one project.
    pub of_project: u32,
    /// Of one user in one project.
    pub of_user: u32,
}

/// What became of the wish to add a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// It was added.
    Yes,
    /// It was not: the project has as many open links as it may have.
    ProjectIsFull,
    /// It was not: the user has as many open links as they may have.
    UserIsFull,
}

/// A link whose download may begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingLink {
    /// The link.
    pub link: ExportLink,
    /// The session that must follow it; `None` where any client may.
    pub session: Option<String>,
    /// What was asked for.
    pub request: String,
}

/// How far a download came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkReport {
    /// How many records were written.
    pub rows: u64,
    /// How many bytes of the file were handed over for sending.
    pub bytes: u64,
    /// When it is reported.
    pub now: DateTime<Utc>,
    /// Until when no other report may come.
    pub until: DateTime<Utc>,
    /// Whether the file is whole but for its last bytes, so that nobody can cancel it any more.
    pub ends: bool,
}

/// How a download ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkEnd {
    /// How many records were written.
    pub rows: u64,
    /// How many bytes of the file were handed over for sending.
    pub bytes: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// Whether all of the file was handed over.
    pub whole: bool,
    /// The code of the error that it broke with, if it did.
    pub error_code: Option<String>,
}

/// A part of the links of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkPage {
    /// How many match, whichever part was asked for.
    pub total: u64,
    /// Those that were asked for.
    pub links: Vec<ExportLink>,
}
