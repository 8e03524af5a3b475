//! The connections over which export tasks, export links and sessions are asked for.

use diesel::QueryResult;

use super::connect::{Connector, File, Purpose};
use crate::connection::{Connection, RowConnections};
use crate::export_task::strpos_utils;
use crate::pool::Pool;
use crate::{PoolStatus, StoreError, StoreSettings};

pub(crate) struct SqliteRowConnections {
    /// There is one writer at a time; waiting here is fairer than waiting for its lock.
    writer: Pool<Connector>,
    readers: Pool<Connector>,
}

/// For the requests of clients.
const READERS: u32 = 2;

impl SqliteRowConnections {
    /// Those of export tasks.
    pub(crate) fn of_tasks(file: &File, settings: &StoreSettings) -> Self {
        Self::new(["task_writes", "task_reads"], file, settings)
    }

    /// Those of export links.
    pub(crate) fn of_links(file: &File, settings: &StoreSettings) -> Self {
        Self::new(["link_writes", "link_reads"], file, settings)
    }

    /// Those of sessions.
    pub(crate) fn of_sessions(file: &File, settings: &StoreSettings) -> Self {
        Self::new(["session_writes", "session_reads"], file, settings)
    }

    fn new([writer, readers]: [&'static str; 2], file: &File, settings: &StoreSettings) -> Self {
        let timeout = settings.connection_timeout;
        let connector = |purpose| Connector::new(file, purpose, timeout);
        Self {
            writer: Pool::new(writer, connector(Purpose::Write), 1, timeout),
            readers: Pool::new(readers, connector(Purpose::Export), READERS, timeout),
        }
    }
}

impl RowConnections for SqliteRowConnections {
    fn pools(&self) -> Vec<PoolStatus> {
        vec![self.writer.status(), self.readers.status()]
    }

    fn write<T>(
        &self,
        action: &'static str,
        work: impl FnOnce(&mut Connection<'_>) -> QueryResult<T>,
    ) -> Result<T, StoreError> {
        self.writer.with(action, |connection| {
            work(&mut Connection::Sqlite(connection))
                .map_err(|error| StoreError::of_statement(action, error))
        })
    }

    fn read<T>(
        &self,
        action: &'static str,
        work: impl FnOnce(&mut Connection<'_>) -> QueryResult<T>,
    ) -> Result<T, StoreError> {
        self.readers.with(action, |connection| {
            strpos_utils::register_impl(connection, |text: String, part: String| {
                position(&text, &part)
            })
            .and_then(|()| Connection::Sqlite(connection).snapshot(work))
            .map_err(|error| StoreError::of_statement(action, error))
        })
    }
}

/// Where a text stands in another one, in characters from 1; 0 where it does not.
fn position(text: &str, part: &str) -> i32 {
    let characters = text.find(part).map(|at| text[..at].chars().count() + 1);
    i32::try_from(characters.unwrap_or(0)).unwrap_or(i32::MAX)
}
