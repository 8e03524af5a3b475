//! The connections over which export tasks in PostgreSQL are asked for.

use diesel::QueryResult;

use super::connect::{Connector, Purpose};
use crate::connection::Connection;
use crate::export_task::TaskConnections;
use crate::pool::Pool;
use crate::{PoolStatus, StoreError, StoreSettings};

/// One pool, for reading too.
pub(crate) struct PostgresTaskConnections(Pool<Connector>);

/// Some for the requests of clients, and for the tasks that run.
const CONNECTIONS: u32 = 4;

impl PostgresTaskConnections {
    pub(crate) fn new(settings: &StoreSettings) -> Self {
        let statement_timeout = settings.write_timeout;
        let connector = Connector::new(settings, Purpose::Write { statement_timeout });
        Self(Pool::new(
            "tasks",
            connector,
            CONNECTIONS,
            settings.connection_timeout,
        ))
    }
}

impl TaskConnections for PostgresTaskConnections {
    fn pools(&self) -> Vec<PoolStatus> {
        vec![self.0.status()]
    }

    fn write<T>(
        &self,
        action: &'static str,
        work: impl FnOnce(&mut Connection<'_>) -> QueryResult<T>,
    ) -> Result<T, StoreError> {
        self.0.with(action, |session| {
            work(&mut Connection::Postgres(&mut session.connection))
                .map_err(|error| StoreError::of_statement(action, error))
        })
    }

    fn read<T>(
        &self,
        action: &'static str,
        work: impl FnOnce(&mut Connection<'_>) -> QueryResult<T>,
    ) -> Result<T, StoreError> {
        self.write(action, |connection| connection.snapshot(work))
    }
}
