use std::thread;

use deskledger_store::DatabaseKind;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_migrations::{FileBasedMigrations, MigrationHarness};

use crate::fixture::{Fixture, events, everything, many};

/// The names of all migrations, in their order. Both databases have the same.
fn migrations() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations/sqlite");
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    names
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// How many tables and indexes of ours there are.
fn objects(store: &Fixture) -> i64 {
    let Count { count } = match store.kind() {
        DatabaseKind::Postgres => diesel::sql_query(
            "SELECT count(*) AS count FROM pg_class WHERE relnamespace = 'public'::regnamespace
             AND relname NOT LIKE '%diesel_schema_migrations%'
             AND relkind <> 'c' AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')",
        )
        .get_result(&mut store.database.postgres_connection()),
        _ => diesel::sql_query(
            "SELECT count(*) AS count FROM sqlite_schema WHERE tbl_name NOT LIKE '%diesel_schema_migrations%'",
        )
        .get_result(&mut store.database.sqlite_connection()),
    }
    .unwrap();
    count
}

/// Back to the coordinator, where several commands at once may change a table.
pub(crate) fn revert_distribution(store: &Fixture) {
    for table in [
        "connection_records",
        "connection_identities",
        "earlier_identities",
        "incomplete_records",
        "record_counts",
    ] {
        store
            .database
            .execute(&format!("SELECT undistribute_table('{table}')"));
    }
}

fn revert(store: &Fixture) {
    let migrations = |folder: &str| {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations/");
        FileBasedMigrations::from_path(format!("{root}{folder}")).unwrap()
    };
    if store.is_in_real_shards() {
        revert_distribution(store);
    }
    if store.kind() == DatabaseKind::Postgres {
        let mut connection = store.database.postgres_connection();
        connection
            .revert_all_migrations(migrations("postgres"))
            .unwrap();
    } else {
        let mut connection = store.database.sqlite_connection();
        connection
            .revert_all_migrations(migrations("sqlite"))
            .unwrap();
    }
}

pub(crate) fn migrating_twice_does_nothing_more(store: &Fixture) {
    assert!(store.pending_migrations().unwrap().is_empty());
    assert!(store.migrate().unwrap().is_empty());
    revert(store);
    assert_eq!(store.pending_migrations().unwrap(), migrations());
    assert_eq!(store.migrate().unwrap(), migrations());
    assert!(store.pending_migrations().unwrap().is_empty());
}

pub(crate) fn processes_may_migrate_at_once(store: &Fixture) {
    revert(store);
    let ran: Vec<String> = thread::scope(|scope| {
        let processes: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| store.reopened(|_| ()).migrate().unwrap()))
            .collect();
        processes
            .into_iter()
            .flat_map(|process| process.join().unwrap())
            .collect()
    });
    assert_eq!(ran, migrations());
    assert_eq!(store.write(&events(&many(1))).unwrap().inserted, 1);
}

pub(crate) fn every_migration_can_be_reverted(store: &Fixture) {
    store.write(&events(&many(10))).unwrap();
    assert!(objects(store) > 0);
    revert(store);
    assert_eq!(objects(store), 0);
    store.migrate().unwrap();
    assert_eq!(store.count(&everything("p1")).unwrap(), 0);
}
