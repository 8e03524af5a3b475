//! Audits of exports: added to, and listed, never changed.

mod rows;
mod statements;

use chrono::{DateTime, Utc};
use deskledger_domain::{AuditFilter, AuditId, ExportAudit, ExportEnding};

use crate::{PoolStatus, StoreError};

pub(crate) use rows::stored;
pub(crate) use statements::{after, append, interrupt, list, unended};

/// The audits of all exports. Every method blocks; all may be called from several threads at once.
pub trait AuditStore: Send + Sync {
    /// The log of a process that is about to run exports. `instance` is a random number, which is this process's alone.
    ///
    /// On PostgreSQL, other processes can see that this process lives as long as the log exists. The log ends with the
    /// process, however that ends.
    fn log(&self, instance: i64) -> Box<dyn AuditLog>;

    /// Audits of one project, newest `started_at` first, ties by identifier in descending order of its bytes; and how many
    /// there are in all. Both come from one snapshot.
    ///
    /// # Errors
    /// - [`Unavailable`](crate::StoreErrorKind::Unavailable) when the database is unavailable, or becomes so meanwhile;
    /// - [`Busy`](crate::StoreErrorKind::Busy) when no connection comes free within `connection_timeout`;
    /// - [`TimedOut`](crate::StoreErrorKind::TimedOut) when it takes longer than `statement_timeout`, on PostgreSQL;
    /// - [`Corrupt`](crate::StoreErrorKind::Corrupt) when a row is not a valid audit.
    fn list(&self, filter: &AuditFilter) -> Result<AuditPage, StoreError>;

    /// At most `most` of the audits that a filter means, in the order of [`list`](Self::list): those that come after a position,
    /// or the first ones. `offset` and `limit` of the filter do not count. They come from one snapshot.
    ///
    /// Page after page reads every audit once that was there before the first: audits are only ever added, and none moves. What
    /// is added meanwhile may be among them, and so may the end of one that ran.
    ///
    /// # Errors
    /// As for [`list`](Self::list).
    fn after(
        &self,
        filter: &AuditFilter,
        position: Option<&AuditPosition>,
        most: u32,
    ) -> Result<Vec<ExportAudit>, StoreError>;

    /// What the connections do that list audits, and that of the log that was opened last, as long as there is one.
    fn pools(&self) -> Vec<PoolStatus>;
}

/// Where one process writes what it exports. Every method blocks.
pub trait AuditLog: Send + Sync {
    /// Adds events, all or none. Once this returns they outlast a loss of power. Adding one again changes nothing.
    ///
    /// # Errors
    /// - [`Unavailable`](crate::StoreErrorKind::Unavailable) when the database is unavailable, or becomes so meanwhile
    ///   (it is then not known whether they were added: add them again);
    /// - [`Busy`](crate::StoreErrorKind::Busy) when on SQLite the lock does not come free within `connection_timeout`;
    /// - [`TimedOut`](crate::StoreErrorKind::TimedOut) when on PostgreSQL a statement takes longer than that;
    /// - [`Other`](crate::StoreErrorKind::Other) when the database refuses one: the end of what never began, for one.
    fn append(&self, events: &[AuditEvent]) -> Result<(), StoreError>;

    /// Adds to every export that has no end, and whose process is gone, that it was interrupted, as found at `noticed_at`.
    /// Returns how many those were.
    ///
    /// On PostgreSQL a process lives while it holds its log. A SQLite file is one process's, so all others are gone.
    ///
    /// # Errors
    /// As for [`append`](Self::append).
    fn interrupt_abandoned(&self, noticed_at: DateTime<Utc>) -> Result<u64, StoreError>;

    /// Looks whether the connection is still there, and makes it anew where it is not. Called now and then, it keeps other
    /// processes from taking this one for gone.
    ///
    /// # Errors
    /// As for [`append`](Self::append).
    fn keep_alive(&self) -> Result<(), StoreError>;
}

/// What is added to the audits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditEvent {
    /// An export was asked for. Where the audit has an ending, that is not added.
    Started(Box<ExportAudit>),
    /// It ended. Of several endings that its own process knows the first one stays.
    Ended(AuditId, ExportEnding),
}

/// A position in the order of audits: that of one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditPosition {
    pub(crate) started_at: DateTime<Utc>,
    pub(crate) id: AuditId,
}

impl AuditPosition {
    /// The position of an audit.
    pub fn of(audit: &ExportAudit) -> Self {
        let fields = audit.fields();
        Self {
            started_at: fields.started_at,
            id: fields.id.clone(),
        }
    }
}

/// A part of the audits of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditPage {
    /// How many match, whichever part was asked for.
    pub total: u64,
    /// Those that were asked for.
    pub audits: Vec<ExportAudit>,
}
