//! What cannot be seen from outside: the SQL and its plans, and what a connection may do.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use deskledger_domain::ExportFilter;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Integer, Text};
use diesel::sqlite::Sqlite;

use super::connect::{Connector, Purpose};
use super::query;
use super::read::Limit;
use crate::pool::Connect as _;
use crate::test_support::database::TestDatabase;
use crate::test_support::{filters, listing};
use crate::{Cancellation, StoreSettings, open};

fn connection(database: &TestDatabase, purpose: Purpose) -> SqliteConnection {
    open(&StoreSettings::new(database.url()))
        .unwrap()
        .migrate()
        .unwrap();
    let path = database.url().strip_prefix("sqlite://").unwrap();
    let connector = Connector::new(Path::new(path), purpose, Duration::from_secs(10)).unwrap();
    connector.connect().unwrap()
}

#[test]
fn the_generated_sql() {
    insta::assert_snapshot!(listing(|filter| {
        vec![
            diesel::debug_query::<Sqlite, _>(&query::records(filter)).to_string(),
            diesel::debug_query::<Sqlite, _>(&query::count(filter)).to_string(),
        ]
    }));
}

#[derive(QueryId)]
struct Explain<Q>(Q);

impl<Q: QueryFragment<Sqlite>> QueryFragment<Sqlite> for Explain<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("EXPLAIN QUERY PLAN ");
        self.0.walk_ast(out)
    }
}

impl<Q> Query for Explain<Q> {
    type SqlType = (Integer, Integer, Integer, Text);
}

impl<Q> RunQueryDsl<SqliteConnection> for Explain<Q> {}

fn plan(connection: &mut SqliteConnection, filter: &ExportFilter) -> String {
    let steps: Vec<(i32, i32, i32, String)> =
        Explain(query::records(filter)).load(connection).unwrap();
    steps
        .into_iter()
        .map(|(_, _, _, step)| step + "\n")
        .collect()
}

#[test]
fn no_filter_scans_or_sorts_a_million_rows() {
    let database = TestDatabase::sqlite();
    open(&StoreSettings::new(database.url()))
        .unwrap()
        .migrate()
        .unwrap();
    // Six tenants of unequal size, in the order of time, 5,000 users and computers.
    database.execute(
        "PRAGMA synchronous = OFF; PRAGMA cache_size = -262144;
         INSERT INTO connection_records (project_id, transaction_id, connection_start_time, user_name, user_name_key,
             computer_name, computer_name_key, terminal_type, terminal_type_key)
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1000000)
         SELECT 'p' || n * n % 10, printf('%08x', n * 2654435761 % 4294967296), 1767225600000000 + n * 10000000,
             'User' || n % 5003, 'user' || n % 5003, 'PC' || n % 4999, 'pc' || n % 4999, 'Windows 10', 'windows 10'
         FROM numbers",
    );
    for analyzed in [false, true] {
        if analyzed {
            database.execute("ANALYZE");
        }
        let mut connection = connection(&database, Purpose::Export);
        Limit::new(&Cancellation::new(), None)
            .watch_over(&mut connection)
            .unwrap();
        for (name, filter) in filters() {
            let plan = plan(&mut connection, &filter);
            assert!(
                plan.contains("SEARCH connection_records USING INDEX"),
                "{name}: {plan}"
            );
            for wrong in ["SCAN", "TEMP B-TREE"] {
                assert!(!plan.contains(wrong), "{name}: {plan}");
            }
            let index = match name {
                "a user" => "connection_records_by_user",
                "a computer" => "connection_records_by_computer",
                "all at once" => continue,
                _ => "connection_records_by_time",
            };
            assert!(plan.contains(index), "{name}: {plan}");
        }
    }
}

#[test]
fn an_export_connection_cannot_write() {
    let database = TestDatabase::sqlite();
    let error = connection(&database, Purpose::Export)
        .batch_execute("DELETE FROM connection_records")
        .unwrap_err();
    assert_eq!(error.to_string(), "attempt to write a readonly database");
    connection(&database, Purpose::Write)
        .batch_execute("DELETE FROM connection_records")
        .unwrap();
}

#[test]
fn what_is_acknowledged_is_durable() {
    #[derive(QueryableByName)]
    struct Pragma {
        #[diesel(sql_type = Text)]
        journal_mode: String,
        #[diesel(sql_type = Integer)]
        synchronous: i32,
    }
    const FULL: i32 = 2;
    let database = TestDatabase::sqlite();
    let pragma: Pragma = diesel::sql_query(
        "SELECT journal_mode, synchronous FROM pragma_journal_mode, pragma_synchronous",
    )
    .get_result(&mut connection(&database, Purpose::Write))
    .unwrap();
    assert_eq!(
        (pragma.journal_mode.as_str(), pragma.synchronous),
        ("wal", FULL)
    );
}

#[test]
fn a_statement_asks_for_every_row_that_it_visits_whether_it_goes_on() {
    let database = TestDatabase::sqlite();
    let mut connection = connection(&database, Purpose::Export);
    database.execute(
        "INSERT INTO connection_records (project_id, transaction_id, connection_start_time, terminal_type_key)
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1000)
         SELECT 'p1', n, n, 'linux' FROM numbers",
    );
    let asked = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&asked);
    query::goes_on_utils::register_nondeterministic_impl(&connection, move || {
        counter.fetch_add(1, Ordering::Relaxed);
        true
    })
    .unwrap();
    for (name, filter) in filters() {
        let found: i64 = query::count(&filter).get_result(&mut connection).unwrap();
        // No row is of this type, nor are there such users and computers: those are found by an index.
        let (rows, visited) = match name {
            "everything" => (1000, 1000),
            "a type of terminal" => (0, 1000),
            _ => (0, 0),
        };
        assert_eq!(
            (found, asked.swap(0, Ordering::Relaxed)),
            (rows, visited),
            "{name}"
        );
    }
}
