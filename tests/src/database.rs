use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use deskledger_domain::{ConnectionEvent, ConnectionRecord, ProjectId, RecordFields, Written};
use deskledger_store::{RecordStore, StoreSettings};
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, RunQueryDsl as _, SqliteConnection};
use tempfile::TempDir;

/// The migrations of the first release: version, SQLite, PostgreSQL.
const FIRST_RELEASE: [(&str, &str, &str); 3] = [
    (
        "20261123000001",
        include_str!("../../migrations/sqlite/2026-11-23-000001_create_connection_records/up.sql"),
        include_str!(
            "../../migrations/postgres/2026-11-23-000001_create_connection_records/up.sql"
        ),
    ),
    (
        "20261123000010",
        include_str!("../../migrations/sqlite/2026-11-23-000010_create_access_keys/up.sql"),
        include_str!("../../migrations/postgres/2026-11-23-000010_create_access_keys/up.sql"),
    ),
    (
        "20261123000020",
        include_str!("../../migrations/sqlite/2026-11-23-000020_create_export_audits/up.sql"),
        include_str!("../../migrations/postgres/2026-11-23-000020_create_export_audits/up.sql"),
    ),
];

/// A database of one test's own, with the schema and no records.
pub struct Database {
    url: String,
    store: std::sync::Arc<dyn RecordStore>,
    folder: TempDir,
    /// A server that is not a throwaway one, and the name of the database there.
    outside: Option<(String, String)>,
}

impl Database {
    /// A file in a folder that is deleted with the test.
    pub fn sqlite() -> Self {
        Self::sqlite_file().migrated()
    }

    /// A new database on the server of the tests. It is deleted with the server, or with the test where that is no throwaway one.
    pub fn postgres() -> Self {
        Self::postgres_database().migrated()
    }

    fn sqlite_file() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("records.sqlite3");
        Self::open(format!("sqlite://{}", path.display()), folder)
    }

    fn postgres_database() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);

        let outside = variable("DESKLEDGER_TEST_POSTGRES_URL");
        let server = outside
            .clone()
            .or_else(|| variable("DESKLEDGER_TEST_POSTGRES"));
        let server = server.unwrap_or_else(|| {
            panic!(
                "DESKLEDGER_TEST_POSTGRES is not set: run scripts/test, which starts a throwaway PostgreSQL"
            )
        });
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("deskledger_e2e_{}_{number}", std::process::id());
        PgConnection::establish(&server)
            .unwrap()
            .batch_execute(&format!("CREATE DATABASE {name}"))
            .unwrap();
        let (address, _) = server.rsplit_once('/').unwrap();
        let mut database = Self::open(format!("{address}/{name}"), tempfile::tempdir().unwrap());
        database.outside = outside.map(|server| (server, name));
        let preparation = variable("DESKLEDGER_TEST_POSTGRES_PREPARE").unwrap_or_default();
        for command in preparation.lines().filter(|line| !line.trim().is_empty()) {
            database.execute(command);
        }
        database
    }

    /// A file with the schema of the first release.
    pub fn sqlite_of_first_release() -> Self {
        Self::sqlite_file().of_first_release(FIRST_RELEASE.map(|(version, sql, _)| (version, sql)))
    }

    /// A database with the schema of the first release.
    pub fn postgres_of_first_release() -> Self {
        Self::postgres_database()
            .of_first_release(FIRST_RELEASE.map(|(version, _, sql)| (version, sql)))
    }

    fn of_first_release(self, migrations: [(&str, &str); 3]) -> Self {
        // As Diesel keeps them.
        self.execute(
            "CREATE TABLE __diesel_schema_migrations (
                 version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)",
        );
        for (version, sql) in migrations {
            self.execute(sql);
            self.execute(&format!(
                "INSERT INTO __diesel_schema_migrations (version) VALUES ('{version}')"
            ));
        }
        self
    }

    fn open(url: String, folder: TempDir) -> Self {
        let store = deskledger_store::Database::open(&StoreSettings::new(url.clone()))
            .unwrap()
            .records();
        Self {
            url,
            store,
            folder,
            outside: None,
        }
    }

    fn migrated(self) -> Self {
        self.store.migrate().unwrap();
        self
    }

    /// Runs SQL on a connection of its own, past the store.
    pub fn execute(&self, sql: &str) {
        match self.url.strip_prefix("sqlite://") {
            // What a test writes past the store need not outlive the machine.
            Some(_) => self.sqlite_connection().batch_execute(&format!(
                "PRAGMA synchronous = OFF; PRAGMA cache_size = -262144; {sql}"
            )),
            None => PgConnection::establish(&self.url)
                .unwrap()
                .batch_execute(sql),
        }
        .unwrap();
    }

    /// A connection past the store to the server where exports of a project run: with citus, the one that holds its shard.
    pub fn server_of_exports(&self, project: &str) -> PgConnection {
        #[derive(diesel::QueryableByName)]
        struct Server {
            #[diesel(sql_type = diesel::sql_types::Text)]
            host: String,
            #[diesel(sql_type = diesel::sql_types::Integer)]
            port: i32,
        }
        let mut connection = PgConnection::establish(&self.url).unwrap();
        let is_sharded: bool = diesel::select(diesel::dsl::sql::<diesel::sql_types::Bool>(
            "EXISTS (SELECT FROM pg_extension WHERE extname = 'citus')",
        ))
        .get_result(&mut connection)
        .unwrap();
        if !is_sharded {
            return connection;
        }
        let Server { host, port } = diesel::sql_query(
            "SELECT nodename::text AS host, nodeport AS port
             FROM pg_dist_placement JOIN pg_dist_node USING (groupid)
             WHERE shardid = get_shard_id_for_distribution_column('connection_records', $1::text)",
        )
        .bind::<diesel::sql_types::Text, _>(project)
        .get_result(&mut connection)
        .unwrap();
        let (address, name) = self.url.rsplit_once('/').unwrap();
        let (user, _) = address.rsplit_once('@').unwrap();
        PgConnection::establish(&format!("{user}@{host}:{port}/{name}")).unwrap()
    }

    /// A connection past the store to a database of SQLite. It waits for its turn where something writes.
    pub fn sqlite_connection(&self) -> SqliteConnection {
        let file = self.url.strip_prefix("sqlite://").unwrap();
        let mut connection = SqliteConnection::establish(file).unwrap();
        connection
            .batch_execute("PRAGMA busy_timeout = 10000")
            .unwrap();
        connection
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

    /// Writes an invalid start into every record of a SQLite file, which nobody can do through the service.
    pub fn corrupt(&self) {
        self.execute("UPDATE connection_records SET connection_start_time = 9223372036854775807");
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
        self.write(&records);
        records
    }

    /// Writes records.
    pub fn write(&self, records: &[ConnectionRecord]) -> Written {
        let events: Vec<_> = records.iter().cloned().map(ConnectionEvent::from).collect();
        self.store.write(&events).unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some((server, name)) = &self.outside
            && let Ok(mut connection) = PgConnection::establish(server)
        {
            // A test that failed says more than this would.
            let _ = connection.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test command says in the environment where the server is"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
