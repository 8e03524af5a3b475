//! Export tasks in PostgreSQL.

use super::connect::{Connector, Purpose};
use crate::export_task::{ExportTaskStore, export_task_queue, export_task_statements};
use crate::pool::Pool;
use crate::{StoreError, StoreSettings};

export_task_statements!(PgConnection, strpos);
export_task_queue!(PgConnection, transaction, for_update, skip_locked);

/// Export tasks in PostgreSQL.
pub(crate) struct PostgresExportTasks {
    connections: Pool<Connector>,
}

/// Some for the requests of clients, and for the tasks that run.
const CONNECTIONS: u32 = 4;

impl PostgresExportTasks {
    pub(crate) fn new(settings: &StoreSettings) -> Self {
        let connector = Connector::new(
            settings,
            Purpose::Write {
                statement_timeout: settings.write_timeout,
            },
        );
        Self {
            connections: Pool::new("tasks", connector, CONNECTIONS, settings.connection_timeout),
        }
    }

    fn pool_status(&self) -> Vec<crate::PoolStatus> {
        vec![self.connections.status()]
    }

    /// Does `work` on a connection.
    fn with<T>(
        &self,
        action: &'static str,
        work: impl FnOnce(&mut PgConnection) -> QueryResult<T>,
    ) -> Result<T, StoreError> {
        self.connections.with(action, |session| {
            work(&mut session.connection).map_err(|error| StoreError::of_statement(action, error))
        })
    }

    /// Does `work` in one snapshot.
    fn read<T>(
        &self,
        action: &'static str,
        work: impl FnOnce(&mut PgConnection) -> QueryResult<T>,
    ) -> Result<T, StoreError> {
        self.with(action, |connection| {
            connection
                .build_transaction()
                .repeatable_read()
                .read_only()
                .run(work)
        })
    }
}

crate::export_task::store_of_rows!(PostgresExportTasks);
