//! Audits in a SQLite file.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use chrono::{DateTime, Utc};
use deskledger_domain::{AuditFilter, ExportAudit};
use diesel::QueryResult;

use super::connect::{Connector, File, Purpose};
use crate::audit::{self, AuditEvent, AuditLog, AuditPage, AuditPosition, AuditStore};
use crate::connection::Connection;
use crate::pool::Pool;
use crate::{PoolStatus, StoreError, StoreSettings};

/// Audits in a SQLite file.
pub(crate) struct SqliteAudits {
    /// Makes the connection of a log.
    writer: Connector,
    timeout: Duration,
    lists: Pool<Connector>,
    /// The connection of the log that was opened last, as long as there is one.
    log: Mutex<Weak<Pool<Connector>>>,
}

impl SqliteAudits {
    pub(crate) fn new(file: &File, settings: &StoreSettings) -> Self {
        let timeout = settings.connection_timeout;
        let connector = |purpose| Connector::new(file, purpose, timeout);
        Self {
            writer: connector(Purpose::Write),
            timeout,
            lists: Pool::new("audit_lists", connector(Purpose::Export), 1, timeout),
            log: Mutex::default(),
        }
    }
}

impl AuditStore for SqliteAudits {
    fn log(&self, instance: i64) -> Box<dyn AuditLog> {
        let connection = Pool::new("audits", self.writer.clone(), 1, self.timeout);
        let connection = Arc::new(connection);
        *self.log.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(&connection);
        Box::new(SqliteAuditLog {
            connection,
            instance,
        })
    }

    fn pools(&self) -> Vec<PoolStatus> {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let log = log.upgrade().map(|pool| pool.status());
        [self.lists.status()].into_iter().chain(log).collect()
    }

    fn list(&self, filter: &AuditFilter) -> Result<AuditPage, StoreError> {
        with(&self.lists, "list audits", |connection| {
            connection.snapshot(|connection| audit::list(connection, filter))
        })
    }

    fn after(
        &self,
        filter: &AuditFilter,
        position: Option<&AuditPosition>,
        most: u32,
    ) -> Result<Vec<ExportAudit>, StoreError> {
        with(&self.lists, "list audits", |connection| {
            connection.snapshot(|connection| audit::after(connection, filter, position, most))
        })
    }
}

/// Does `work` on a connection.
fn with<T>(
    pool: &Pool<Connector>,
    action: &'static str,
    work: impl FnOnce(&mut Connection<'_>) -> QueryResult<T>,
) -> Result<T, StoreError> {
    pool.with(action, |connection| {
        work(&mut Connection::Sqlite(connection))
            .map_err(|error| StoreError::of_statement(action, error))
    })
}

struct SqliteAuditLog {
    connection: Arc<Pool<Connector>>,
    instance: i64,
}

impl AuditLog for SqliteAuditLog {
    fn append(&self, events: &[AuditEvent]) -> Result<(), StoreError> {
        with(&self.connection, "write an audit", |connection| {
            audit::append(connection, events, self.instance)
        })
    }

    fn interrupt_abandoned(&self, noticed_at: DateTime<Utc>) -> Result<u64, StoreError> {
        const ACTION: &str = "close the audits of processes that are gone";
        with(&self.connection, ACTION, |connection| {
            connection.transaction(|connection| {
                let unended = audit::unended(connection, self.instance)?;
                let ids = unended.iter().map(|(id, _)| id.as_str());
                audit::interrupt(connection, ids, noticed_at)
            })
        })
    }

    fn keep_alive(&self) -> Result<(), StoreError> {
        // A file does not become unavailable.
        Ok(())
    }
}
