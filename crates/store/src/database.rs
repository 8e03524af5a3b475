//! The one way into a database.

use std::fmt;
use std::sync::Arc;

use crate::export_link::ExportLinks;
use crate::export_task::ExportTasks;
#[cfg(feature = "postgres")]
use crate::postgres::{PostgresAudits, PostgresRowConnections, PostgresStore};
use crate::session::Sessions;
#[cfg(feature = "sqlite")]
use crate::sqlite::{File, SqliteAudits, SqliteRowConnections, SqliteStore};
use crate::url::{self, Location};
use crate::{
    AuditStore, ExportLinkStore, ExportTaskStore, RecordStore, SessionStore, StoreError,
    StoreSettings,
};

/// A PostgreSQL database or a SQLite file. It holds connection records with their access keys, audits, export links, export
/// tasks and sessions.
///
/// Each of its stores has connections of its own, so what takes long in one keeps nobody from using another. Nothing is connected
/// before a store is first used, and the schema is left as it is: see [`RecordStore::migrate`].
///
/// ```no_run
/// use deskledger_store::{Database, StoreSettings};
///
/// let database = Database::open(&StoreSettings::new("sqlite:///var/lib/deskledger/records.db"))?;
/// let records = database.records();
/// records.migrate()?;
/// let audits = database.audits();
/// # Ok::<(), deskledger_store::StoreError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Database {
    settings: StoreSettings,
    server: Server,
}

#[derive(Clone, Debug)]
enum Server {
    #[cfg(feature = "postgres")]
    Postgres,
    #[cfg(feature = "sqlite")]
    Sqlite(File),
}

/// Which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DatabaseKind {
    /// A PostgreSQL server.
    Postgres,
    /// A SQLite file.
    Sqlite,
}

impl fmt::Display for DatabaseKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Postgres => "PostgreSQL",
            Self::Sqlite => "SQLite",
        })
    }
}

impl Database {
    /// The database that the URL names: PostgreSQL or SQLite, by its scheme.
    ///
    /// A server that cannot be reached is [`Unavailable`](crate::StoreErrorKind::Unavailable) when a store is first used. The file
    /// of a SQLite database is created then; its folder is not.
    ///
    /// # Errors
    /// [`InvalidUrl`](crate::StoreErrorKind::InvalidUrl) when the URL has another scheme, names no file, or names one in a folder
    /// that does not exist.
    pub fn open(settings: &StoreSettings) -> Result<Self, StoreError> {
        let server = match url::location(&settings.url)? {
            #[cfg(feature = "postgres")]
            Location::Postgres => Server::Postgres,
            #[cfg(feature = "sqlite")]
            Location::Sqlite(path) => Server::Sqlite(File::at(&path)?),
        };
        Ok(Self {
            settings: settings.clone(),
            server,
        })
    }

    /// Which database it is.
    pub const fn kind(&self) -> DatabaseKind {
        match &self.server {
            #[cfg(feature = "postgres")]
            Server::Postgres => DatabaseKind::Postgres,
            #[cfg(feature = "sqlite")]
            Server::Sqlite(_) => DatabaseKind::Sqlite,
        }
    }

    /// Its records, its access keys, and what of it is too old.
    pub fn records(&self) -> Arc<dyn RecordStore> {
        match &self.server {
            #[cfg(feature = "postgres")]
            Server::Postgres => Arc::new(PostgresStore::new(&self.settings)),
            #[cfg(feature = "sqlite")]
            Server::Sqlite(file) => Arc::new(SqliteStore::new(file, &self.settings)),
        }
    }

    /// Its audits. Exports that hold all of their connections keep nobody from writing down the next one.
    pub fn audits(&self) -> Arc<dyn AuditStore> {
        match &self.server {
            #[cfg(feature = "postgres")]
            Server::Postgres => Arc::new(PostgresAudits::new(&self.settings)),
            #[cfg(feature = "sqlite")]
            Server::Sqlite(file) => Arc::new(SqliteAudits::new(file, &self.settings)),
        }
    }

    /// Its export links. Exports that hold all of their connections keep nobody from learning that one was cancelled.
    pub fn export_links(&self) -> Arc<dyn ExportLinkStore> {
        match &self.server {
            #[cfg(feature = "postgres")]
            Server::Postgres => Arc::new(ExportLinks(PostgresRowConnections::of_links(
                &self.settings,
            ))),
            #[cfg(feature = "sqlite")]
            Server::Sqlite(file) => Arc::new(ExportLinks(SqliteRowConnections::of_links(
                file,
                &self.settings,
            ))),
        }
    }

    /// Its export tasks. Exports that hold all of their connections keep no process from saying that it still runs a task.
    pub fn export_tasks(&self) -> Arc<dyn ExportTaskStore> {
        match &self.server {
            #[cfg(feature = "postgres")]
            Server::Postgres => Arc::new(ExportTasks(PostgresRowConnections::of_tasks(
                &self.settings,
            ))),
            #[cfg(feature = "sqlite")]
            Server::Sqlite(file) => Arc::new(ExportTasks(SqliteRowConnections::of_tasks(
                file,
                &self.settings,
            ))),
        }
    }

    /// Its sessions. What runs long keeps nobody who signed in from being known.
    pub fn sessions(&self) -> Arc<dyn SessionStore> {
        match &self.server {
            #[cfg(feature = "postgres")]
            Server::Postgres => Arc::new(Sessions(PostgresRowConnections::of_sessions(
                &self.settings,
            ))),
            #[cfg(feature = "sqlite")]
            Server::Sqlite(file) => Arc::new(Sessions(SqliteRowConnections::of_sessions(
                file,
                &self.settings,
            ))),
        }
    }
}
