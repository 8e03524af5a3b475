use std::ops::{ControlFlow, Deref};
use std::sync::Arc;
use std::time::Duration;

use deskledger_domain::{
    Action, ConnectionEvent, ConnectionRecord, EventFields, ExportFilter, Policy, Principal,
    ProjectId, RecordFields, TimeRange, parse_time,
};
use deskledger_store::{
    Cancellation, Database, DatabaseKind, ReadOutcome, RecordStore, StoreError, StoreSettings,
};

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};

use crate::database::TestDatabase;

/// A migrated store in a database of its own. It has one connection for exports, so a test sees what becomes of it.
pub(crate) struct Fixture {
    // Before the database, which cannot go while the store holds connections.
    store: Arc<dyn RecordStore>,
    pub(crate) database: TestDatabase,
    copy: bool,
    /// No replica is read, even where there is one.
    is_alone: bool,
}

impl Deref for Fixture {
    type Target = dyn RecordStore;

    fn deref(&self) -> &Self::Target {
        self.store.as_ref()
    }
}

impl Fixture {
    /// On PostgreSQL, read by COPY.
    pub(crate) fn postgres() -> Self {
        Self::new(TestDatabase::postgres(), true, false)
    }

    /// On PostgreSQL, read row by row.
    pub(crate) fn postgres_row_by_row() -> Self {
        Self::new(TestDatabase::postgres(), false, false)
    }

    /// As [`postgres`](Self::postgres), for what happens between reads and writes at one server.
    pub(crate) fn postgres_alone() -> Self {
        Self::new(TestDatabase::postgres(), true, true)
    }

    pub(crate) fn postgres_alone_row_by_row() -> Self {
        Self::new(TestDatabase::postgres(), false, true)
    }

    /// On PostgreSQL with records in shards: those of a server that has them, else a view that stands for one.
    pub(crate) fn postgres_in_shards() -> Self {
        let database = TestDatabase::postgres();
        if extension(&database).is_none() {
            database.execute(include_str!("shards.sql"));
        }
        Self::new(database, true, true)
    }

    pub(crate) fn sqlite() -> Self {
        Self::new(TestDatabase::sqlite(), true, true)
    }

    fn new(database: TestDatabase, copy: bool, is_alone: bool) -> Self {
        let mut settings = settings(database.url());
        settings.copy = copy;
        if !is_alone {
            settings.read_url = replica_of(database.url());
        }
        let store = Database::open(&settings).unwrap().records();
        store.migrate().unwrap();
        Self {
            store,
            database,
            copy,
            is_alone,
        }
    }

    /// Another store on the same database.
    pub(crate) fn reopened(&self, change: impl FnOnce(&mut StoreSettings)) -> Arc<dyn RecordStore> {
        let mut settings = settings(self.database.url());
        settings.copy = self.copy;
        if !self.is_alone {
            settings.read_url = replica_of(self.database.url());
        }
        change(&mut settings);
        Database::open(&settings).unwrap().records()
    }

    pub(crate) fn all(&self, filter: &ExportFilter) -> Vec<ConnectionRecord> {
        all(self.store.as_ref(), filter).unwrap()
    }

    /// Makes a read with the filter that is returned work without end before its first row.
    pub(crate) fn make_endless(&self) -> ExportFilter {
        if self.kind() == DatabaseKind::Postgres {
            self.write(&events(&[bare("t", "2026-01-01T00:00Z")]))
                .unwrap();
            self.look_through_a_view("SELECT records.* FROM records, pg_sleep(3600)");
        } else {
            self.database.execute(
                "ALTER TABLE connection_records RENAME TO records;
                 INSERT INTO records (project_id, transaction_id, connection_start_time) VALUES ('p2', 't', 0);
                 CREATE VIEW connection_records AS
                    WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers)
                    SELECT records.* FROM numbers CROSS JOIN records;",
            );
        }
        everything("p1")
    }

    /// Replaces the table that is read of project `p1`, then called `records`, by a view.
    pub(crate) fn look_through_a_view(&self, view: &str) {
        let (mut connection, table) = self.table_that_is_read();
        for command in [
            format!("ALTER TABLE {table} RENAME TO records"),
            format!("CREATE VIEW {table} AS {view}"),
        ] {
            connection.batch_execute(&command).unwrap();
        }
    }

    /// Undoes [`look_through_a_view`](Self::look_through_a_view) and [`make_endless`](Self::make_endless).
    pub(crate) fn look_at_the_table(&self) {
        if self.kind() == DatabaseKind::Postgres {
            let (mut connection, table) = self.table_that_is_read();
            for command in [
                format!("DROP VIEW {table}"),
                format!("ALTER TABLE records RENAME TO {table}"),
            ] {
                connection.batch_execute(&command).unwrap();
            }
        } else {
            self.database.execute("DROP VIEW connection_records");
            self.database
                .execute("ALTER TABLE records RENAME TO connection_records");
        }
    }

    /// Whether records lie in shards of a server that has them, and not in one that a view stands for.
    pub(crate) fn is_in_real_shards(&self) -> bool {
        self.kind() == DatabaseKind::Postgres
            && extension(&self.database).is_some_and(|version| version != "none")
    }

    /// What is read of the records of project `p1` in PostgreSQL, and a connection to the server where it is.
    pub(crate) fn table_that_is_read(&self) -> (PgConnection, String) {
        match extension(&self.database).as_deref() {
            None => (
                self.database.postgres_connection(),
                "connection_records".to_owned(),
            ),
            Some("none") => (
                self.database.postgres_connection(),
                "connection_records_1".to_owned(),
            ),
            Some(_) => self.shard("connection_records"),
        }
    }

    /// The table that holds the rows of a table that are of project `p1`, and a connection to the server where it is.
    pub(crate) fn table_that_is_written(&self, table: &str) -> (PgConnection, String) {
        if self.is_in_real_shards() {
            self.shard(table)
        } else {
            (self.database.postgres_connection(), table.to_owned())
        }
    }

    fn shard(&self, table: &str) -> (PgConnection, String) {
        #[derive(QueryableByName)]
        struct Shard {
            #[diesel(sql_type = Text)]
            name: String,
            #[diesel(sql_type = Text)]
            host: String,
            #[diesel(sql_type = Integer)]
            port: i32,
        }
        let Shard { name, host, port } = diesel::sql_query(
            "SELECT $1 || '_' || shardid AS name, nodename::text AS host, nodeport AS port
             FROM (SELECT get_shard_id_for_distribution_column($1::regclass, 'p1'::text) AS shardid) AS of_project
                JOIN pg_dist_placement USING (shardid) JOIN pg_dist_node USING (groupid)",
        )
        .bind::<Text, _>(table)
        .get_result(&mut self.database.postgres_connection())
        .unwrap();
        let (address, database) = self.database.url().rsplit_once('/').unwrap();
        let user = address
            .rsplit_once('@')
            .map_or("postgres://", |(user, _)| user);
        let url = format!("{user}@{host}:{port}/{database}");
        let mut connection = PgConnection::establish(&url).unwrap();
        for allowed in [
            "enable_manual_changes_to_shards = on",
            "enable_ddl_propagation = off",
        ] {
            connection
                .batch_execute(&format!("SET citus.{allowed}"))
                .unwrap();
        }
        (connection, name)
    }
}

/// The version of the extension citus that a database has: `none` of one that is not real.
fn extension(database: &TestDatabase) -> Option<String> {
    #[derive(QueryableByName)]
    struct Extension {
        #[diesel(sql_type = Text)]
        version: String,
    }
    let found: Option<Extension> =
        diesel::sql_query("SELECT extversion AS version FROM pg_extension WHERE extname = 'citus'")
            .get_result(&mut database.postgres_connection())
            .optional()
            .unwrap();
    found.map(|extension| extension.version)
}

pub(crate) fn settings(url: &str) -> StoreSettings {
    let mut settings = StoreSettings::new(url);
    settings.pool_size = 1;
    settings.connection_timeout = Duration::from_secs(20);
    settings
}

/// Where the replica of a database on the throwaway PostgreSQL is, where there is one: `scripts/postgres run --replica`.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where tests learn of the replica"
)]
fn replica_of(url: &str) -> Option<String> {
    let (_, name) = url.strip_prefix("postgres://")?.rsplit_once('/')?;
    let server = std::env::var("DESKLEDGER_TEST_POSTGRES_REPLICA").ok()?;
    let (address, _) = server.rsplit_once('/')?;
    Some(format!("{address}/{name}"))
}

pub(crate) fn all(
    store: &dyn RecordStore,
    filter: &ExportFilter,
) -> Result<Vec<ConnectionRecord>, StoreError> {
    let mut records = Vec::new();
    let outcome = store.read(filter, &Cancellation::new(), &mut |record| {
        records.push(record.to_record().unwrap());
        ControlFlow::Continue(())
    })?;
    assert_eq!(outcome, ReadOutcome::Complete);
    Ok(records)
}

/// What records say, to be written.
pub(crate) fn events(records: &[ConnectionRecord]) -> Vec<ConnectionEvent> {
    records.iter().cloned().map(ConnectionEvent::from).collect()
}

pub(crate) fn project(id: &str) -> ProjectId {
    ProjectId::new(id).unwrap()
}

/// Everything of a project.
pub(crate) fn everything(id: &str) -> ExportFilter {
    let principal = Principal::new("ann", project(id), ["te_admin"]);
    let scope = Policy::default().authorize(&principal, Action::ExportConnections, &project(id));
    ExportFilter::new(scope.unwrap())
}

pub(crate) fn between(start: &str, end: &str) -> TimeRange {
    TimeRange::new(parse_time(start).unwrap(), Some(parse_time(end).unwrap())).unwrap()
}

/// A record of project `p1` of which only the mandatory fields are known.
pub(crate) fn bare(transaction_id: &str, start: &str) -> ConnectionRecord {
    with(transaction_id, start, |_| ())
}

pub(crate) fn with(
    transaction_id: &str,
    start: &str,
    change: impl FnOnce(&mut RecordFields),
) -> ConnectionRecord {
    let mut fields = RecordFields::new(transaction_id, parse_time(start).unwrap());
    change(&mut fields);
    ConnectionRecord::new(project("p1"), fields).unwrap()
}

/// An event of project `p1` that knows nothing but what `change` adds.
pub(crate) fn event(
    transaction_id: &str,
    start: Option<&str>,
    change: impl FnOnce(&mut EventFields),
) -> ConnectionEvent {
    let start = start.map(|start| parse_time(start).unwrap());
    let mut fields = EventFields::new(transaction_id, start);
    change(&mut fields);
    ConnectionEvent::new(project("p1"), fields).unwrap()
}

/// So many records of project `p1`, a second apart, newest last.
pub(crate) fn many(count: u32) -> Vec<ConnectionRecord> {
    (0..count)
        .map(|number| {
            let start = format!(
                "2026-01-{:02}T{:02}:{:02}:{:02}Z",
                number / 86_400 + 1,
                number / 3600 % 24,
                number / 60 % 60,
                number % 60
            );
            with(&format!("t{number:08}"), &start, |fields| {
                fields.user_name = Some(format!("user{}@local.com", number % 97));
                fields.terminal_name = Some("DESKTOP-EG0P3TR".repeat(10));
            })
        })
        .collect()
}
