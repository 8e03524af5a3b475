//! The connections over which export tasks, export links and sessions are asked for.

use diesel::QueryResult;

use super::connect::{Connector, Purpose};
use crate::connection::{Connection, RowConnections};
use crate::pool::Pool;
use crate::{PoolStatus, StoreError, StoreSettings};

/// One pool, for reading too.
pub(crate) struct PostgresRowConnections(Pool<Connector>);

/// Some for the requests of clients, and for the tasks that run.
const CONNECTIONS: u32 = 4;

impl PostgresRowConnections {
    /// Those of export tasks.
    pub(crate) fn of_tasks(settings: &StoreSettings) -> Self {
        Self::new("tasks", settings)
    }

    /// Those of export links.
    pub(crate) fn of_links(settings: &StoreSettings) -> Self {
        Self::new("links", settings)
    }

    /// Those of sessions.
    pub(crate) fn of_sessions(settings: &StoreSettings) -> Self {
        Self::new("sessions", settings)
    }

    fn new(name: &'static str, settings: &StoreSettings) -> Self {
        let statement_timeout = settings.write_timeout;
        let connector = Connector::new(settings, Purpose::Write { statement_timeout });
        let timeout = settings.connection_timeout;
        Self(Pool::new(name, connector, CONNECTIONS, timeout))
    }
}

impl RowConnections for PostgresRowConnections {
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
