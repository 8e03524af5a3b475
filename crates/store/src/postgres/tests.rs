//! What cannot be seen from outside: the SQL and its plans, and what a connection may do.

use std::time::Duration;

use deskledger_domain::ExportFilter;
use diesel::connection::SimpleConnection;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::Text;

use super::connect::{Connector, Purpose};
use super::query;
use crate::pool::Connect as _;
use crate::test_support::database::TestDatabase;
use crate::test_support::{filters, listing};
use crate::{StoreSettings, open};

const EXPORT: Purpose = Purpose::Export {
    statement_timeout: Some(Duration::from_secs(60)),
};

fn connection(database: &TestDatabase, purpose: Purpose) -> PgConnection {
    let settings = StoreSettings::new(database.url());
    open(&settings).unwrap().migrate().unwrap();
    Connector::new(&settings, purpose)
        .connect()
        .unwrap()
        .connection
}

#[test]
fn the_generated_sql() {
    insta::assert_snapshot!(listing(|filter| {
        [
            diesel::debug_query::<Pg, _>(&query::records(filter)).to_string(),
            diesel::debug_query::<Pg, _>(&query::count(filter)).to_string(),
        ]
    }));
}

#[derive(QueryId)]
struct Explain<Q>(Q);

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Explain<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("EXPLAIN (FORMAT JSON) ");
        self.0.walk_ast(out)
    }
}

impl<Q> Query for Explain<Q> {
    type SqlType = Text;
}

impl<Q> RunQueryDsl<PgConnection> for Explain<Q> {}

fn plan(connection: &mut PgConnection, filter: &ExportFilter) -> String {
    Explain(query::records(filter))
        .get_result(connection)
        .unwrap()
}

#[test]
fn no_filter_scans_or_sorts_a_million_rows() {
    let database = TestDatabase::postgres();
    let mut connection = connection(&database, EXPORT);
    // Six tenants of unequal size, in the order of time, 5,000 users and computers.
    database.execute(
        "INSERT INTO connection_records (project_id, transaction_id, connection_start_time, user_name, user_name_key,
             computer_name, computer_name_key, terminal_type, terminal_type_key)
         SELECT 'p' || n::bigint * n % 10, md5(n::text), timestamptz '2026-01-01Z' + n * interval '10 s',
             'User' || n % 5003, 'user' || n % 5003, 'PC' || n % 4999, 'pc' || n % 4999, 'Windows 10', 'windows 10'
         FROM generate_series(1, 1000000) AS n;
         ANALYZE connection_records",
    );
    for (name, filter) in filters() {
        let plan = plan(&mut connection, &filter);
        assert!(plan.contains("Index Scan"), "{name}: {plan}");
        for wrong in ["Seq Scan", "Sort", "Bitmap"] {
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
    // That the plan is right is not because nothing else was allowed: without the index there is a sort.
    database.execute("DROP INDEX connection_records_by_user");
    let [(_, _), (_, _), (name, user), ..] = &filters();
    assert_eq!(*name, "a user");
    assert!(!plan(&mut connection, user).contains("connection_records_by_user"));
}

#[test]
fn an_export_connection_cannot_write() {
    let database = TestDatabase::postgres();
    let error = connection(&database, EXPORT)
        .batch_execute("DELETE FROM connection_records")
        .unwrap_err();
    let DieselError::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, _) = error else {
        panic!("{error}");
    };
    connection(&database, Purpose::Write)
        .batch_execute("DELETE FROM connection_records")
        .unwrap();
}

#[test]
fn a_connection_is_set_up_when_it_is_made() {
    let database = TestDatabase::postgres();
    let mut connection = connection(&database, EXPORT);
    for (setting, expected) in [
        ("application_name", "deskledger"),
        ("statement_timeout", "1min"),
        ("client_connection_check_interval", "1s"),
        ("TimeZone", "UTC"),
        ("jit", "off"),
    ] {
        let value: String = diesel::select(diesel::dsl::sql::<Text>(&format!(
            "current_setting('{setting}')"
        )))
        .get_result(&mut connection)
        .unwrap();
        assert_eq!(value, expected, "{setting}");
    }
}
