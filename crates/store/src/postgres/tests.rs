//! What cannot be seen from outside: the SQL and its plans, and what a connection may do.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use deskledger_domain::{ConnectionState, ExportFilter, parse_time};
use diesel::connection::{InstrumentationEvent, SimpleConnection};
use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::{Integer, Text, Timestamptz};

use super::connect::{Connector, Purpose};
use super::constants::Constants;
use super::{Layout, copy, histogram, online, partition, query};
use crate::moment::Moment;
use crate::pool::Connect as _;
use crate::record::{FAILED, Value, narrowed};
use crate::test_support::database::TestDatabase;
use crate::test_support::{filters, listing, positions, week_online};
use crate::{Database, PartitionsMade, StoreSettings};

const EXPORT: Purpose = Purpose::Export {
    statement_timeout: Some(Duration::from_secs(60)),
};

fn connection(database: &TestDatabase, purpose: Purpose) -> PgConnection {
    let settings = StoreSettings::new(database.url());
    Database::open(&settings)
        .unwrap()
        .records()
        .migrate()
        .unwrap();
    Connector::new(&settings, purpose)
        .connect()
        .unwrap()
        .connection
}

#[test]
fn the_generated_sql() {
    let database = TestDatabase::postgres();
    let mut connection = connection(&database, EXPORT);
    let [position, _] = positions();
    insta::assert_snapshot!(listing(|filter| {
        vec![
            diesel::debug_query::<Pg, _>(&query::records(filter)).to_string(),
            diesel::debug_query::<Pg, _>(&query::count(filter)).to_string(),
            diesel::debug_query::<Pg, _>(&query::position(filter, 40)).to_string(),
            diesel::debug_query::<Pg, _>(&query::page(
                &narrowed(filter, &position).unwrap(),
                Some(&position),
                21,
            ))
            .to_string(),
            diesel::debug_query::<Pg, _>(
                &query::records_by_constants(&mut connection, filter).unwrap(),
            )
            .to_string(),
        ]
    }));
}

#[test]
fn diesel_copies_what_a_query_finds() {
    let database = TestDatabase::postgres();
    let mut connection = connection(&database, EXPORT);
    let statements = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&statements);
    connection.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            log.lock().unwrap().push(query.to_string());
        }
    });
    let [(_, everything), ..] = filters();
    let expected = connection
        .transaction(|connection| {
            let query = query::records_by_constants(connection, &everything)?;
            copy::begin(connection, &query)?.each(|_| panic!("the table is empty"))?;
            copy::text(&query)
        })
        .unwrap();
    assert_eq!(
        statements.lock().unwrap()[2],
        format!("COPY ({expected}) TO STDOUT WITH (FORMAT binary) -- binds: []")
    );
    // The connection is as good as before.
    let answer: i32 = diesel::select(sql::<Integer>("42"))
        .get_result(&mut connection)
        .unwrap();
    assert_eq!(answer, 42);
}

#[test]
fn a_value_is_a_value_and_gone_with_its_transaction() {
    let database = TestDatabase::postgres();
    let mut connection = connection(&database, EXPORT);
    let nasty = "'; DROP TABLE connection_records; -- \\ \" $1 %s \n 张三 😀";
    let time = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    for time in [
        time("2026-02-03T04:05:06.000007Z"),
        time("0000-01-01T00:00:00Z"),
        time("9999-12-31T23:59:59.999999Z"),
        time("-4712-01-01T00:00:00Z"),
        time("+99999-01-01T00:00:00.5Z"),
    ] {
        let values = [
            ("project_id", Value::Text(nasty.into())),
            ("name", Value::Text(nasty.into())),
            ("at", Value::Time(Moment(time))),
        ];
        let found: (String, String, DateTime<Utc>) = connection
            .transaction(|connection| {
                let handed = values.iter().map(|(name, value)| (*name, value));
                let constants = Constants::hand_over(connection, handed)?;
                let [tenant, name, at] =
                    values.map(|(name, value)| match constants.stand_for(name, value) {
                        Value::Sql(sql) => sql,
                        value => panic!("{value:?} was not handed over"),
                    });
                assert!(!name.contains("DROP"), "{name} is in a log of statements");
                diesel::select((
                    sql::<Text>(&tenant),
                    sql::<Text>(&name),
                    sql::<Timestamptz>(&at),
                ))
                .get_result(connection)
            })
            .unwrap();
        assert_eq!(found, (nasty.to_owned(), nasty.to_owned(), time));
    }
    let left: String = diesel::select(sql::<Text>("current_setting('deskledger.name')"))
        .get_result(&mut connection)
        .unwrap();
    assert_eq!(left, "");
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

/// The plans of both ways to read: row by row, and by COPY.
fn plans(connection: &mut PgConnection, filter: &ExportFilter) -> [String; 2] {
    let row_by_row = Explain(query::records(filter)).get_result(connection);
    let by_copy = connection.transaction(|connection| {
        let query = query::records_by_constants(connection, filter)?;
        Explain(query).get_result(connection)
    });
    [row_by_row.unwrap(), by_copy.unwrap()]
}

/// Makes January to March of 2026 partitions, between the open ones.
fn in_months(database: &TestDatabase) {
    let mut connection = connection(
        database,
        Purpose::Write {
            statement_timeout: None,
        },
    );
    connection
        .batch_execute("DROP TABLE connection_records_earlier, connection_records_later")
        .unwrap();
    for (name, start, end) in [
        ("connection_records_earlier", "MINVALUE", "'2026-01-01Z'"),
        ("connection_records_later", "'2026-01-01Z'", "MAXVALUE"),
    ] {
        partition::create(&mut connection, Layout::Whole, name, start, end).unwrap();
    }
    let now = parse_time("2026-01-15T00:00Z").unwrap();
    let made = partition::make(&mut connection, Layout::Whole, now).unwrap();
    let months =
        ["2026_01", "2026_02", "2026_03"].map(|month| format!("connection_records_{month}"));
    assert_eq!(made, PartitionsMade::Made(months.to_vec()));
}

#[test]
fn no_filter_scans_or_sorts_a_million_rows() {
    let database = TestDatabase::postgres();
    let mut connection = connection(&database, EXPORT);
    in_months(&database);
    // Six tenants of unequal size, in the order of time, 5,000 users and computers; some in every partition.
    database.execute(
        "INSERT INTO connection_records (project_id, transaction_id, connection_start_time, user_name, user_name_key,
             computer_name, computer_name_key, terminal_type, terminal_type_key, connection_setup_time, connection_end_time)
         SELECT 'p' || n::bigint * n % 10, md5(n::text), start,
             'User' || n % 5003, 'user' || n % 5003, 'PC' || n % 4999, 'pc' || n % 4999, 'Windows 10', 'windows 10',
             start + interval '2 s', start + CASE n % 100 WHEN 0 THEN interval '3 days' ELSE interval '8 hours' END
         FROM generate_series(1, 1000000) AS n, LATERAL (SELECT timestamptz '2025-12-20Z' + n * interval '10 s' AS start) AS t",
    );
    // What is read by an index alone is so where the server knows that rows are visible to all.
    database.execute("VACUUM ANALYZE connection_records");
    for (name, filter) in filters() {
        for plan in plans(&mut connection, &filter) {
            assert!(plan.contains("Index Scan"), "{name}: {plan}");
            for wrong in ["Seq Scan", "Sort", "Bitmap", "Merge"] {
                assert!(!plan.contains(wrong), "{name}: {plan}");
            }
            let index = match name {
                "a user" => "_by_user",
                "a computer" => "_by_computer",
                "all at once" => continue,
                _ => "_by_time",
            };
            assert!(plan.contains(index), "{name}: {plan}");
            // Of a time, nothing is planned but the partitions that hold it.
            if name == "a range of time" {
                assert!(plan.contains("connection_records_2026_02"), "{plan}");
                assert!(!plan.contains("Append"), "{plan}");
            }
            // What narrows a scan narrows it in the index. There is no index for the type of a terminal, or for the filters
            // that only lists and tasks have.
            if !matches!(
                name,
                "a type of terminal"
                    | "what the list has more"
                    | "what a task has more"
                    | "what we have more"
            ) {
                assert!(!plan.contains("\"Filter\""), "{name}: {plan}");
            }
        }
    }
    pages_are_found_by_indexes(&mut connection);
    users_online_are_found_by_indexes(&mut connection);
    histograms_are_read_from_indexes(&mut connection);
    // That the plan is right is not because nothing else was allowed: without the index there is a sort.
    database.execute("DROP INDEX connection_records_by_user");
    let [(_, _), (_, _), (name, user), ..] = &filters();
    assert_eq!(*name, "a user");
    for plan in plans(&mut connection, user) {
        assert!(!plan.contains("_by_user"), "{plan}");
    }
}

/// An offset is found in an index alone, where the filter is in one; from a position on, rows are read in their order.
fn pages_are_found_by_indexes(connection: &mut PgConnection) {
    for (name, filter) in filters() {
        let plan: String = Explain(query::position(&filter, 100_000))
            .get_result(connection)
            .unwrap();
        let covered = matches!(
            name,
            "everything" | "a range of time" | "a user" | "a computer"
        );
        assert_eq!(
            plan.contains("\"Index Only Scan\""),
            covered,
            "{name}: {plan}"
        );
        assert!(plan.contains("Index"), "{name}: {plan}");
        for wrong in ["Seq Scan", "Sort", "Bitmap"] {
            assert!(!plan.contains(wrong), "{name}: {plan}");
        }
        for position in positions() {
            let filter = narrowed(&filter, &position).unwrap();
            let plan: String = Explain(query::page(&filter, Some(&position), 21))
                .get_result(connection)
                .unwrap();
            assert!(plan.contains("\"Index Scan\""), "{name}: {plan}");
            for wrong in ["Seq Scan", "Sort", "Bitmap"] {
                assert!(!plan.contains(wrong), "{name}: {plan}");
            }
            // The scan begins at the position.
            let (_, condition) = plan.split_once("\"Index Cond\": \"").unwrap();
            let (condition, _) = condition.split_once('"').unwrap();
            assert!(
                condition.contains("(connection_start_time < "),
                "{name}: {plan}"
            );
        }
    }
}

fn users_online_are_found_by_indexes(connection: &mut PgConnection) {
    let request = week_online();
    let plan: String = Explain(online::statement(&request))
        .get_result(connection)
        .unwrap();
    assert!(plan.contains("_by_time"), "{plan}");
    assert!(plan.contains("_long"), "{plan}");
    for wrong in ["Seq Scan", "Bitmap"] {
        assert!(!plan.contains(wrong), "{plan}");
    }
}

/// What is of a time alone is counted in indexes alone, and no row is sorted to be counted.
fn histograms_are_read_from_indexes(connection: &mut PgConnection) {
    let [(_, all), (_, week), (_, user), ..] = filters();
    let bounds: Vec<_> = [
        "2026-02-01T00:00Z",
        "2026-02-04T00:00Z",
        "2026-02-08T00:00Z",
    ]
    .map(|bound| parse_time(bound).unwrap())
    .into();
    let failed = week.clone().with_state(ConnectionState::Failed);
    let mut plan_of = |statement| -> String {
        let explain = |connection: &mut PgConnection| {
            connection.batch_execute(histogram::PLAN)?;
            Explain(statement).get_result(connection)
        };
        connection.transaction(explain).unwrap()
    };
    let counted = |filter, failed| histogram::counts_and_users(filter, &bounds, failed);
    for (plan, index) in [
        (plan_of(counted(&all, "FALSE")), "Index Only Scan"),
        (plan_of(counted(&week, "FALSE")), "_by_time"),
        (
            plan_of(histogram::counts_of_failed(&failed, &bounds)),
            "_failed",
        ),
        (plan_of(counted(&user, FAILED)), "_by_user"),
    ] {
        assert!(plan.contains(index), "{plan}");
        for wrong in ["Seq Scan", "Sort", "Bitmap"] {
            assert!(!plan.contains(wrong), "{plan}");
        }
        // Of everything, a partition that is empty may be looked at in any way.
        let rows = plan.contains("\"Index Scan\"");
        assert!(
            !rows || matches!(index, "Index Only Scan" | "_by_user"),
            "{plan}"
        );
    }
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
    connection(
        &database,
        Purpose::Write {
            statement_timeout: None,
        },
    )
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
        let value: String = diesel::select(sql::<Text>(&format!("current_setting('{setting}')")))
            .get_result(&mut connection)
            .unwrap();
        assert_eq!(value, expected, "{setting}");
    }
}
