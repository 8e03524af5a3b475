//! What cannot be seen from outside: the SQL and its plans, and what a connection may do.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use deskledger_domain::ConnectionState;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Integer, Text};
use diesel::sqlite::Sqlite;

use super::connect::{Connector, File, Purpose};
use super::read::Limit;
use super::{histogram, online, query};
use crate::pool::Connect as _;
use crate::record::narrowed;
use crate::test_support::database::TestDatabase;
use crate::test_support::{filters, listing, positions, week_online};
use crate::{Cancellation, Database, StoreSettings};

fn connection(database: &TestDatabase, purpose: Purpose) -> SqliteConnection {
    Database::open(&StoreSettings::new(database.url()))
        .unwrap()
        .records()
        .migrate()
        .unwrap();
    let path = database.url().strip_prefix("sqlite://").unwrap();
    let file = File::at(Path::new(path)).unwrap();
    let connector = Connector::new(&file, purpose, Duration::from_secs(10));
    connector.connect().unwrap()
}

#[test]
fn the_generated_sql() {
    let [position, _] = positions();
    insta::assert_snapshot!(listing(|filter| {
        vec![
            diesel::debug_query::<Sqlite, _>(&query::records(filter)).to_string(),
            diesel::debug_query::<Sqlite, _>(&query::count(filter)).to_string(),
            diesel::debug_query::<Sqlite, _>(&query::position(filter, 40)).to_string(),
            diesel::debug_query::<Sqlite, _>(&query::page(
                &narrowed(filter, &position).unwrap(),
                Some(&position),
                21,
            ))
            .to_string(),
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

fn plan(connection: &mut SqliteConnection, query: impl QueryFragment<Sqlite> + QueryId) -> String {
    let steps: Vec<(i32, i32, i32, String)> = Explain(query).load(connection).unwrap();
    steps
        .into_iter()
        .map(|(_, _, _, step)| step + "\n")
        .collect()
}

#[test]
fn no_filter_scans_or_sorts_a_million_rows() {
    let database = TestDatabase::sqlite();
    Database::open(&StoreSettings::new(database.url()))
        .unwrap()
        .records()
        .migrate()
        .unwrap();
    // Six tenants of unequal size, in the order of time, 5,000 users and computers.
    database.execute(
        "PRAGMA synchronous = OFF; PRAGMA cache_size = -262144;
         INSERT INTO connection_records (project_id, transaction_id, connection_start_time, user_name, user_name_key,
             computer_name, computer_name_key, terminal_type, terminal_type_key, connection_setup_time, connection_end_time)
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1000000)
         SELECT 'p' || n * n % 10, printf('%08x', n * 2654435761 % 4294967296), 1767225600000000 + n * 10000000,
             'User' || n % 5003, 'user' || n % 5003, 'PC' || n % 4999, 'pc' || n % 4999, 'Windows 10', 'windows 10',
             1767225600000000 + n * 10000000, 1767225600000000 + n * 10000000 + iif(n % 100, 8, 72) * 3600000000
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
            let plan = plan(&mut connection, query::records(&filter));
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
        pages_are_found_by_indexes(&mut connection);
        users_online_are_found_by_indexes(&mut connection);
        histograms_are_read_from_indexes(&mut connection);
    }
}

/// An offset is found in an index alone, where the filter is in one; from a position on, rows are read in their order.
fn pages_are_found_by_indexes(connection: &mut SqliteConnection) {
    for (name, filter) in filters() {
        let plan_of_position = plan(connection, query::position(&filter, 100_000));
        let covered = matches!(
            name,
            "everything" | "a range of time" | "a user" | "a computer"
        );
        assert_eq!(
            plan_of_position.contains("USING COVERING INDEX"),
            covered,
            "{name}: {plan_of_position}"
        );
        let [first, second] = positions().map(|position| {
            let filter = narrowed(&filter, &position).unwrap();
            plan(connection, query::page(&filter, Some(&position), 21))
        });
        for plan in [&plan_of_position, &first, &second] {
            assert!(plan.contains("SEARCH"), "{name}: {plan}");
            for wrong in ["SCAN", "TEMP B-TREE"] {
                assert!(!plan.contains(wrong), "{name}: {plan}");
            }
        }
        // The scan begins at the position.
        assert!(first.contains("connection_start_time<?"), "{name}: {first}");
    }
}

fn users_online_are_found_by_indexes(connection: &mut SqliteConnection) {
    let request = week_online();
    online::know_spans(connection, &request.grid).unwrap();
    let plan = plan(connection, online::statement(&request));
    for index in ["connection_records_by_time", "connection_records_long"] {
        let search = format!("SEARCH connection_records USING INDEX {index}");
        let covered = format!("SEARCH connection_records USING COVERING INDEX {index}");
        assert!(plan.contains(&search) || plan.contains(&covered), "{plan}");
    }
    assert!(!plan.contains("SCAN connection_records"), "{plan}");
}

/// What is of a time alone is counted in indexes alone.
fn histograms_are_read_from_indexes(connection: &mut SqliteConnection) {
    let [(_, all), (_, week), ..] = filters();
    let failed = week.clone().with_state(ConnectionState::Failed);
    for (filter, user, index) in [
        (&all, "user_name_key", "connection_records_by_"),
        (&week, "user_name_key", "connection_records_by_time"),
        (&failed, "NULL", "connection_records_failed"),
    ] {
        let plan = plan(connection, histogram::counted(filter, user, "FALSE"));
        let search = format!("SEARCH connection_records USING COVERING INDEX {index}");
        assert!(plan.contains(&search), "{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
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
            "a type of terminal"
            | "what the list has more"
            | "what a task has more"
            | "what we have more" => (0, 1000),
            _ => (0, 0),
        };
        assert_eq!(
            (found, asked.swap(0, Ordering::Relaxed)),
            (rows, visited),
            "{name}"
        );
    }
}
