use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use deskledger_domain::{ConnectionRecord, ProjectId, RecordFields};
use deskledger_store::{RecordStore, StoreSettings};
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, SqliteConnection};
use tempfile::TempDir;

/// A database of one test's own, with the schema and no records.
pub struct Database {
    url: String,
    store: std::sync::Arc<dyn RecordStore>,
    folder: TempDir,
}

impl Database {
    /// A file in a folder that goes away with the test.
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("records.sqlite3");
        Self::open(format!("sqlite://{}", path.display()), folder)
    }

    /// A new database on the server of the tests. It goes away with the server.
    #[expect(
        clippy::disallowed_methods,
        clippy::expect_used,
        reason = "the test command says in the environment where the server is"
    )]
    pub fn postgres() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);

        let server = std::env::var("DESKLEDGER_TEST_POSTGRES").expect(
            "DESKLEDGER_TEST_POSTGRES is not set: run scripts/test, which starts a throwaway PostgreSQL",
        );
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("deskledger_e2e_{}_{number}", std::process::id());
        PgConnection::establish(&server)
            .unwrap()
            .batch_execute(&format!("CREATE DATABASE {name}"))
            .unwrap();
        let (server, _) = server.rsplit_once('/').unwrap();
        Self::open(format!("{server}/{name}"), tempfile::tempdir().unwrap())
    }

    fn open(url: String, folder: TempDir) -> Self {
        let store = deskledger_store::open(&StoreSettings::new(url.clone())).unwrap();
        store.migrate().unwrap();
        Self { url, store, folder }
    }

    /// Where the database is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where the files of its export tasks are.
    pub fn exports(&self) -> PathBuf {
        self.folder.path().join("exports")
    }

    /// The store over it.
    pub fn store(&self) -> &dyn RecordStore {
        self.store.as_ref()
    }

    /// Writes a start into every record of a SQLite file that is no time, which nobody can do through the service.
    pub fn corrupt(&self) {
        let file = self.url.strip_prefix("sqlite://").unwrap();
        SqliteConnection::establish(file)
            .unwrap()
            .batch_execute(
                "UPDATE connection_records SET connection_start_time = 9223372036854775807",
            )
            .unwrap();
    }

    /// Writes records of a project, and hands them back.
    pub fn fill(
        &self,
        project: &str,
        records: impl IntoIterator<Item = RecordFields>,
    ) -> Vec<ConnectionRecord> {
        let project = ProjectId::new(project).unwrap();
        let records: Vec<_> = records
            .into_iter()
            .map(|fields| ConnectionRecord::new(project.clone(), fields).unwrap())
            .collect();
        self.store.write(&records).unwrap();
        records
    }
}
