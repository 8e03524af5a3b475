//! Connections to a SQLite file, set up when they are made.

use std::path::Path;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::r2d2::R2D2Connection;
use diesel::result::Error as DieselError;
use diesel::sql_types::Text;

use super::query;
use crate::pool::Connect;
use crate::{StoreError, StoreErrorKind};

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Reads only.
    Export,
    Write,
    /// Migrates and checks.
    Service,
}

/// A file of SQLite, which need not be there yet.
#[derive(Clone, Debug)]
pub(crate) struct File {
    path: String,
}

impl File {
    /// The file at a path.
    ///
    /// # Errors
    /// When its folder does not exist, or it is a folder itself.
    pub(crate) fn at(path: &Path) -> Result<Self, StoreError> {
        if !path.parent().is_some_and(Path::is_dir) {
            return Err(StoreError::invalid_url(
                "the folder of the SQLite file does not exist",
            ));
        }
        if path.is_dir() {
            return Err(StoreError::invalid_url(
                "the path of the SQLite file is that of a folder",
            ));
        }
        let path = path
            .to_str()
            .ok_or_else(|| StoreError::invalid_url("the path of the SQLite file must be UTF-8"))?;
        Ok(Self {
            path: path.to_owned(),
        })
    }
}

/// Makes connections for one purpose.
#[derive(Clone)]
pub(super) struct Connector {
    path: String,
    purpose: Purpose,
    timeout: Duration,
}

const ACTION: &str = "connect to the database";

/// Bytes that must be free before a database that found no space is believed to have some again: some recordings' worth.
const LEAST_SPACE: u64 = 1024 * 1024;

impl Connector {
    pub(super) fn new(file: &File, purpose: Purpose, timeout: Duration) -> Self {
        Self {
            path: file.path.clone(),
            purpose,
            timeout,
        }
    }

    /// Checks that the file system has room for more than the next page, where that can be known.
    ///
    /// # Errors
    /// When there is less than [`LEAST_SPACE`].
    pub(super) fn check_space(&self, action: &'static str) -> Result<(), StoreError> {
        match rustix::fs::statvfs(&self.path) {
            Ok(system) if system.f_bavail.saturating_mul(system.f_frsize) < LEAST_SPACE => {
                Err(StoreError::new(StoreErrorKind::Full, action))
            }
            _ => Ok(()),
        }
    }

    fn set_up(&self, connection: &mut SqliteConnection) -> QueryResult<()> {
        let millis = self.timeout.as_millis().clamp(1, 2_147_483_647);
        // First, since the others may have to wait.
        connection.batch_execute(&format!("PRAGMA busy_timeout = {millis}"))?;
        // Readers see a snapshot. They do not block the writer, and the writer does not block them.
        connection.batch_execute("PRAGMA journal_mode = WAL")?;
        match self.purpose {
            Purpose::Export => {
                query::know_networks(connection)?;
                connection.batch_execute("PRAGMA query_only = ON")
            }
            Purpose::Write | Purpose::Service => connection.batch_execute(WRITING),
        }
    }
}

/// `FULL`: what was acknowledged outlasts a loss of power. In WAL mode `NORMAL` would lose the last transactions; it would
/// save one `fsync` a batch.
///
/// The identity of a record is random, and so is where its index is written: a cache that holds much of it, and fewer copies
/// of its pages into the database, make large imports fast.
const WRITING: &str = "PRAGMA synchronous = FULL; \
    PRAGMA foreign_keys = ON; \
    PRAGMA cache_size = -65536; \
    PRAGMA wal_autocheckpoint = 16384";

impl Connect for Connector {
    type Connection = SqliteConnection;

    fn connect(&self) -> Result<SqliteConnection, StoreError> {
        let unavailable = || StoreError::new(StoreErrorKind::Unavailable, ACTION);
        let mut connection = SqliteConnection::establish(&self.path)
            .map_err(|error| unavailable().because(error))?;
        self.set_up(&mut connection)
            .map_err(|error| match unusable_file(&error) {
                Some(reason) => StoreError::unsuitable(ACTION, reason).because(error),
                None => unavailable().because(error),
            })?;
        let version: String = diesel::select(sql::<Text>("sqlite_version()"))
            .get_result(&mut connection)
            .map_err(|error| unavailable().because(error))?;
        if is_too_old(&version) {
            let reason = format!("SQLite must be version 3.37 or newer, and is {version}");
            return Err(StoreError::unsuitable(ACTION, reason));
        }
        Ok(connection)
    }

    fn answers(_: &mut SqliteConnection) -> bool {
        true
    }

    fn is_broken(connection: &mut SqliteConnection) -> bool {
        connection.is_broken()
    }
}

/// Why a file can be no database of ours, where the first statement says so.
fn unusable_file(error: &DieselError) -> Option<&'static str> {
    let DieselError::DatabaseError(_, information) = error else {
        return None;
    };
    match information.message() {
        "file is not a database" => Some("the file is not a SQLite database"),
        "database disk image is malformed" => Some("the SQLite file is damaged: restore a backup"),
        _ => None,
    }
}

/// The oldest SQLite whose tables can be `STRICT`. The one that is built in is newer, that of the system may not be.
const OLDEST: (u32, u32) = (3, 37);

fn is_too_old(version: &str) -> bool {
    let mut numbers = version.split('.').map_while(|number| number.parse().ok());
    (
        numbers.next().unwrap_or_default(),
        numbers.next().unwrap_or_default(),
    ) < OLDEST
}

/// Reads something of the file.
pub(super) fn touch(connection: &mut SqliteConnection) -> QueryResult<()> {
    diesel::sql_query("SELECT count(*) FROM sqlite_schema")
        .execute(connection)
        .map(|_| ())
}

/// Writes what the file already says, which takes a page of space.
pub(super) fn touch_by_writing(connection: &mut SqliteConnection) -> QueryResult<()> {
    // This crate does not use it.
    connection.batch_execute("PRAGMA user_version = 0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sqlite_without_strict_tables_is_too_old() {
        for (version, expected) in [
            ("3.36.0", true),
            ("2.8.17", true),
            ("3.9.2", true),
            ("3.37.0", false),
            ("3.50.4", false),
            ("4.0.0", false),
        ] {
            assert_eq!(is_too_old(version), expected, "{version}");
        }
    }
}
