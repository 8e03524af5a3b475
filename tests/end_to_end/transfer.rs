//! How an export travels: whole, or broken; never short, never for ever, never too many at once.

use std::io::Read as _;
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use deskledger_api::ErrorCode;
use deskledger_tests::{Database, PROJECT, Service, TOKEN, on_both_databases, sheets};
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, RunQueryDsl as _};

use crate::client::{idle_client, request};
use crate::record::{bare, bulky, realistic};

on_both_databases! {
    a_large_export_is_chunked_and_whole
    an_export_over_the_cap_is_refused_with_the_numbers
    a_project_that_asks_too_much_waits_and_is_then_refused
    clients_that_leave_free_their_permits
    a_client_that_takes_nothing_is_dropped
    a_client_that_takes_little_is_not_dropped
}

/// Enough records that their workbook does not fit into the first bytes.
const MANY: u64 = 6_000;

fn a_large_export_is_chunked_and_whole(database: &Database) {
    let records = database.fill(PROJECT, realistic(MANY));
    let answer = Service::start(database).export("");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-length"), None);
    assert_eq!(answer.header("transfer-encoding"), Some("chunked"));
    let mut found = sheets(&answer.body)[0].texts("Transaction ID");
    let mut expected: Vec<_> = records
        .iter()
        .map(|record| record.fields().transaction_id.clone())
        .collect();
    found.sort_unstable();
    expected.sort_unstable();
    assert!(found == expected);
}

fn an_export_over_the_cap_is_refused_with_the_numbers(database: &Database) {
    let rows = ["1", "2", "3"].map(|id| bare(id, "2020-04-13T02:00Z"));
    database.fill(PROJECT, rows);
    let service = Service::start_with(database, |settings| settings.limits.max_records = 2);
    let answer = service.export("");
    assert_eq!(answer.status, 400);
    let (code, message) = answer.error();
    assert_eq!(code, ErrorCode::TooManyRows.code());
    assert!(
        message.starts_with("3 records match, and at most 2 "),
        "{message}"
    );
    assert_eq!(service.export("user_name=nobody").status, 200);
}

/// So many records that their workbook does not fit into what the channel and the sockets hold.
fn fill_for_idle_clients(database: &Database) {
    database.fill(PROJECT, bulky(4_000));
}

fn a_project_that_asks_too_much_waits_and_is_then_refused(database: &Database) {
    fill_for_idle_clients(database);
    let service = Service::start_with(database, |settings| {
        settings.limits.exports_per_project = 1;
        settings.limits.queue_seconds = 1;
    });
    let idle = idle_client(&service);
    let before = Instant::now();
    let answer = service.export("user_name=nobody");
    assert!(
        before.elapsed() >= Duration::from_secs(1),
        "it did not wait"
    );
    assert_eq!(answer.status, 429);
    assert_eq!(answer.error().0, ErrorCode::TooManyRequests.code());
    assert_eq!(answer.header("retry-after"), Some("10"));
    drop(idle);
    assert!(service.export("user_name=nobody").status == 200);
}

fn clients_that_leave_free_their_permits(database: &Database) {
    fill_for_idle_clients(database);
    let service = Service::start_with(database, |settings| {
        settings.limits.exports = 2;
        settings.limits.exports_per_project = 2;
        settings.limits.queue_seconds = 5;
    });
    for _ in 0..6 {
        drop(idle_client(&service));
    }
    let answer = service.export("user_name=nobody");
    assert_eq!(answer.status, 200);
}

fn a_client_that_takes_nothing_is_dropped(database: &Database) {
    fill_for_idle_clients(database);
    let service = Service::start_with(database, |settings| {
        settings.limits.exports_per_project = 1;
        settings.limits.slow_client_seconds = 1;
        settings.limits.queue_seconds = 20;
    });
    let mut idle = idle_client(&service);
    // Its permit becomes free although the client is still connected.
    assert_eq!(service.export("user_name=nobody").status, 200);
    let mut rest = Vec::new();
    let _ = idle.read_to_end(&mut rest);
    assert!(
        !rest.ends_with(b"0\r\n\r\n"),
        "the transfer was closed properly"
    );
}

fn a_client_that_takes_little_is_not_dropped(database: &Database) {
    fill_for_idle_clients(database);
    let service = Service::start_with(database, |settings| settings.limits.slow_client_seconds = 4);
    let mut slow = idle_client(&service);
    let mut answer = vec![0; 20_000];
    // 100 kB a second for longer than its silence may last, and then the rest.
    for _ in 0..50 {
        slow.read_exact(&mut answer).unwrap();
        thread::sleep(Duration::from_millis(200));
    }
    slow.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
    let _ = slow.read_to_end(&mut answer);
    assert!(answer.ends_with(b"0\r\n\r\n"), "the transfer broke off");
}

#[test]
fn a_full_service_refuses_with_503() {
    let database = Database::sqlite();
    fill_for_idle_clients(&database);
    let service = Service::start_with(&database, |settings| {
        settings.limits.exports = 1;
        settings.limits.queue_length = 0;
    });
    let _idle = idle_client(&service);
    let answer = service.export("user_name=nobody");
    assert_eq!(answer.status, 503);
    assert_eq!(answer.error().0, ErrorCode::Unavailable.code());
    assert_eq!(answer.header("retry-after"), Some("10"));
}

#[test]
fn an_export_that_runs_is_finished_when_the_service_stops() {
    let database = Database::sqlite();
    fill_for_idle_clients(&database);
    let service = Service::start_with(&database, |settings| settings.server.shutdown_seconds = 60);
    let mut running = idle_client(&service);
    thread::scope(|scope| {
        scope.spawn(|| service.stop(true));
        let mut rest = Vec::new();
        running.read_to_end(&mut rest).unwrap();
        assert!(rest.ends_with(b"0\r\n\r\n"), "the transfer was broken off");
    });
    assert!(TcpStream::connect(("127.0.0.1", service.port())).is_err());
}

mod database {
    use super::*;

    mod postgres {
        use super::*;

        #[test]
        fn a_database_that_is_unavailable_is_503_and_readiness_says_so() {
            let database = Database::postgres();
            let service = Service::start(&database);
            assert_eq!(service.get("/health/ready", &[]).status, 200);
            drop_database(&database);
            for path in ["/health/ready".to_owned(), Service::export_path("")] {
                let answer = service.get(&path, &[("X-Auth-Token", TOKEN)]);
                assert_eq!(answer.status, 503, "{path}");
                let (code, message) = answer.error();
                assert_eq!(code, ErrorCode::Unavailable.code());
                assert!(!message.contains("postgres"), "{message}");
                assert_eq!(answer.header("retry-after"), Some("5"));
            }
            assert_eq!(service.get("/health/live", &[]).status, 200);
        }

        #[test]
        fn a_role_that_may_only_read_records_and_add_audits_serves() {
            let database = Database::postgres();
            database.fill(PROJECT, [bare("1", "2020-04-13T02:00Z")]);
            let (server, name) = database.url().rsplit_once('/').unwrap();
            let role = format!("reader_of_{name}");
            PgConnection::establish(database.url())
                .unwrap()
                .batch_execute(&format!(
                    "CREATE ROLE {role} LOGIN;
                     GRANT SELECT ON connection_records, connection_identities, record_counts,
                         __diesel_schema_migrations TO {role};
                     GRANT SELECT, INSERT ON export_audits, export_audit_ends TO {role}"
                ))
                .unwrap();
            let (_, host) = server.rsplit_once('@').unwrap();
            let service = Service::start_with(&database, |settings| {
                settings.database.url = format!("postgres://{role}@{host}/{name}");
            });
            let answer = service.export("");
            assert_eq!(sheets(&answer.body)[0].texts("Transaction ID"), ["1"]);
        }

        #[test]
        fn a_client_that_leaves_before_the_first_byte_stops_the_query() {
            let database = Database::postgres();
            let service = Service::start(&database);
            let mut other = PgConnection::establish(database.url()).unwrap();
            // While the table is locked, the query of the export cannot come to its end by itself.
            other
                .batch_execute("BEGIN; LOCK TABLE connection_records IN ACCESS EXCLUSIVE MODE")
                .unwrap();
            let mut observer = PgConnection::establish(database.url()).unwrap();
            let mut client = TcpStream::connect(("127.0.0.1", service.port())).unwrap();
            request(&mut client);
            wait_until(|| queries_waiting(&mut observer) == 1);
            drop(client);
            wait_until(|| queries_waiting(&mut observer) == 0);
        }

        /// How many exports on this database wait for the lock: in what holds the partitions, or in the query itself.
        fn queries_waiting(connection: &mut PgConnection) -> i64 {
            diesel::select(diesel::dsl::sql::<diesel::sql_types::BigInt>(
                "(SELECT count(*) FROM pg_stat_activity
                  WHERE datname = current_database() AND wait_event_type = 'Lock'
                      AND (query LIKE 'LOCK TABLE ONLY %' OR query LIKE 'COPY %'))",
            ))
            .get_result(connection)
            .unwrap()
        }

        fn wait_until(mut holds: impl FnMut() -> bool) {
            let deadline = Instant::now() + Duration::from_secs(30);
            while !holds() {
                assert!(Instant::now() < deadline, "it never happened");
                thread::sleep(Duration::from_millis(20));
            }
        }

        fn drop_database(database: &Database) {
            let (server, name) = database.url().rsplit_once('/').unwrap();
            PgConnection::establish(&format!("{server}/postgres"))
                .unwrap()
                .batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)"))
                .unwrap();
        }
    }
}
