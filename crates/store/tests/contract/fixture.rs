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
        self.database.execute(match self.kind() {
            DatabaseKind::Postgres => {
                "ALTER TABLE connection_records RENAME TO records;
                 INSERT INTO records (project_id, transaction_id, connection_start_time) VALUES ('p1', 't', now());
                 CREATE VIEW connection_records AS SELECT records.* FROM records, pg_sleep(3600);"
            }
            _ => {
                "ALTER TABLE connection_records RENAME TO records;
                 INSERT INTO records (project_id, transaction_id, connection_start_time) VALUES ('p2', 't', 0);
                 CREATE VIEW connection_records AS
                    WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers)
                    SELECT records.* FROM numbers CROSS JOIN records;"
            }
        });
        everything("p1")
    }
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
