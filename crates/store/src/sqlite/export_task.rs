//! Export tasks in a SQLite file.

use std::path::Path;

use super::connect::{Connector, Purpose};
use crate::export_task::{ExportTaskStore, export_task_queue, export_task_statements};
use crate::pool::Pool;
use crate::{StoreError, StoreSettings};

export_task_statements!(SqliteConnection, instr);
// A transaction is the only one that writes from its beginning on, so nobody sees a row that another one just takes.
export_task_queue!(SqliteConnection, immediate_transaction);

/// Export tasks in a SQLite file.
pub(crate) struct SqliteExportTasks {
    /// There is one writer at a time; waiting here is fairer than waiting for its lock.
    writer: Pool<Connector>,
    readers: Pool<Connector>,
}

/// For the requests of clients.
const READERS: u32 = 2;

impl SqliteExportTasks {
    pub(crate) fn new(path: &Path, settings: &StoreSettings) -> Result<Self, StoreError> {
        let timeout = settings.connection_timeout;
        let connector = |purpose| Connector::new(path, purpose, timeout);
        Ok(Self {
            writer: Pool::new("task_writes", connector(Purpose::Write)?, 1, timeout),
            readers: Pool::new("task_reads", connector(Purpose::Export)?, READERS, timeout),
        })
    }

    fn pool_status(&self) -> Vec<crate::PoolStatus> {
        vec![self.writer.status(), self.readers.status()]
    }

    /// Does `work` on a connection that writes.
    fn with<T>(
        &self,
        action: &'static str,
        work: impl FnOnce(&mut SqliteConnection) -> QueryResult<T>,
    ) -> Result<T, StoreError> {
        self.writer.with(action, |connection| {
            work(connection).map_err(|error| StoreError::of_statement(action, error))
        })
    }

    /// Does `work` in one snapshot.
    fn read<T>(
        &self,
        action: &'static str,
        work: impl FnOnce(&mut SqliteConnection) -> QueryResult<T>,
    ) -> Result<T, StoreError> {
        self.readers.with(action, |connection| {
            // In WAL mode a transaction sees one snapshot.
            connection
                .transaction(work)
                .map_err(|error| StoreError::of_statement(action, error))
        })
    }
}

crate::export_task::store_of_rows!(SqliteExportTasks);
