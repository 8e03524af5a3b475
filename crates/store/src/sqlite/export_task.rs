//! The connections over which export tasks in a SQLite file are asked for.

use diesel::QueryResult;

use super::connect::{Connector, File, Purpose};
use crate::connection::Connection;
use crate::export_task::{TaskConnections, strpos_utils};
use crate::pool::Pool;
use crate::{PoolStatus, StoreError, StoreSettings};

pub(crate) struct SqliteTaskConnections {
    /// There is one writer at a time; waiting here is fairer than waiting for its lock.
    writer: Pool<Connector>,
    readers: Pool<Connector>,
}

/// For the requests of clients.
const READERS: u32 = 2;

impl SqliteTaskConnections {
    pub(crate) fn new(file: &File, settings: &StoreSettings) -> Self {
        let timeout = settings.connection_timeout;
        let connector = |purpose| Connector::new(file, purpose, timeout);
        Self {
            writer: Pool::new("task_writes", connector(Purpose::Write), 1, timeout),
            readers: Pool::new("task_reads", connector(Purpose::Export), READERS, timeout),
        }
    }
}

impl TaskConnections for SqliteTaskConnections {
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
