//! A database of a test's own: on the throwaway PostgreSQL, or a file. It knows nothing of the store.

use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use tempfile::TempDir;

/// Gone, with all that is in it, when it is dropped.
pub(crate) struct TestDatabase {
    url: String,
    kept: Kept,
}

enum Kept {
    Postgres { server: String, name: String },
    Sqlite { _folder: TempDir },
}

impl TestDatabase {
    pub(crate) fn postgres() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let server = postgres_server();
        let name = format!(
            "deskledger_test_{}_{}",
            NUMBER.fetch_add(1, Ordering::Relaxed),
            std::process::id()
        );
        PgConnection::establish(&server)
            .unwrap()
            .batch_execute(&format!("CREATE DATABASE {name}"))
            .unwrap();
        let (address, _) = server.rsplit_once('/').unwrap();
        let database = Self {
            url: format!("{address}/{name}"),
            kept: Kept::Postgres { server, name },
        };
        if let Some(preparation) = variable("DESKLEDGER_TEST_POSTGRES_PREPARE") {
            let mut connection = database.postgres_connection();
            for command in preparation.lines().filter(|line| !line.trim().is_empty()) {
                connection.batch_execute(command).unwrap();
            }
        }
        database
    }

    pub(crate) fn sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        Self {
            url: format!("sqlite://{}/test.db", folder.path().display()),
            kept: Kept::Sqlite { _folder: folder },
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Runs SQL on a connection of its own, past the store.
    pub(crate) fn execute(&self, sql: &str) {
        match self.kept {
            Kept::Postgres { .. } => self.postgres_connection().batch_execute(sql).unwrap(),
            Kept::Sqlite { .. } => self.sqlite_connection().batch_execute(sql).unwrap(),
        }
    }

    pub(crate) fn postgres_connection(&self) -> PgConnection {
        PgConnection::establish(&self.url).unwrap()
    }

    pub(crate) fn sqlite_connection(&self) -> SqliteConnection {
        let path = self.url.strip_prefix("sqlite://").unwrap();
        let mut connection = SqliteConnection::establish(path).unwrap();
        connection
            .batch_execute("PRAGMA busy_timeout = 10000")
            .unwrap();
        connection
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Kept::Postgres { server, name } = &self.kept
            && let Ok(mut connection) = PgConnection::establish(server)
        {
            // What cannot be dropped goes with the throwaway server.
            let _ = connection.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
}

fn postgres_server() -> String {
    variable("DESKLEDGER_TEST_POSTGRES_URL")
        .or_else(|| variable("DESKLEDGER_TEST_POSTGRES"))
        .unwrap_or_else(|| {
            panic!(
                "DESKLEDGER_TEST_POSTGRES is not set: run scripts/test, which starts a throwaway PostgreSQL"
            )
        })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where tests learn of the PostgreSQL to run on"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
