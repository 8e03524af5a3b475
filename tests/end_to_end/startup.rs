//! A service that starts before its database does, and what it says meanwhile.

use std::time::{Duration, Instant};

use deskledger_api::ErrorCode;
use deskledger_store::{StoreErrorKind, StoreSettings};
use deskledger_tests::{Answer, Database, PROJECT, Service};
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};

use crate::record::bare;

/// The key of the lock that a process holds while it migrates.
const MIGRATION_LOCK: &str = "SELECT pg_advisory_lock(7234315281657848935)";

/// Another database of the same server, which is not there yet: its address, and its name.
fn other(database: &Database) -> (String, String) {
    let url = format!("{}_later", database.url());
    let name = url.rsplit_once('/').unwrap().1.to_owned();
    (url, name)
}

/// Waits until the service says that it waits for `reason`.
fn wait_for_reason(service: &Service, reason: &str) -> Answer {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let answer = service.get("/health/ready", &[]);
        if answer.status == 503 && answer.error().1.contains(reason) {
            return answer;
        }
        assert!(Instant::now() < deadline, "{reason}: {answer:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_service_starts_before_its_database_and_serves_once_that_is_there() {
    let database = Database::postgres();
    let (url, name) = other(&database);
    let service = Service::start_waiting(&database, |settings| settings.database.url = url);
    let answer = wait_for_reason(&service, "the database is not available");
    assert_eq!(answer.error().0, ErrorCode::Unavailable.code());
    assert!(answer.header("retry-after").is_some());

    for path in ["/health/live", "/metrics", "/openapi.json", "/explorer"] {
        assert_eq!(service.get(path, &[]).status, 200, "{path}");
    }
    let metrics = String::from_utf8(service.get("/metrics", &[]).body).unwrap();
    assert!(metrics.contains("\ndeskledger_ready 0\n"), "{metrics}");
    assert_eq!(service.get("/nowhere", &[]).status, 404);
    let record = service.record("application/json", b"[]");
    for refused in [
        service.export(""),
        service.get(&Service::record_path(PROJECT), &[]),
        record,
    ] {
        assert_eq!(refused.status, 503, "{refused:?}");
        assert!(refused.header("retry-after").is_some());
    }

    database.execute(&format!("CREATE DATABASE {name}"));
    service.wait_until_ready();
    assert_eq!(service.get("/health/ready", &[]).status, 200);
    assert_eq!(service.export("").status, 200);
    let metrics = String::from_utf8(service.get("/metrics", &[]).body).unwrap();
    assert!(metrics.contains("\ndeskledger_ready 1\n"), "{metrics}");
}

#[test]
fn a_service_without_its_database_stops_when_it_is_asked_to() {
    let database = Database::postgres();
    let (url, _) = other(&database);
    let service = Service::start_waiting(&database, |settings| settings.database.url = url);
    wait_for_reason(&service, "the database is not available");
    // It waits for the end.
    drop(service);
}

#[test]
fn who_holds_the_migration_lock_is_named_and_the_service_lives_while_it_waits() {
    let database = Database::postgres();
    database.fill(PROJECT, [bare("55f1", "2020-04-24T03:02:45Z")]);
    let mut holder = PgConnection::establish(database.url()).unwrap();
    let named = "SET application_name = 'a migrator that hangs';";
    holder.batch_execute(named).unwrap();
    holder.batch_execute(MIGRATION_LOCK).unwrap();

    let mut settings = StoreSettings::new(database.url());
    settings.migration_lock_timeout = Duration::from_millis(300);
    let store = deskledger_store::Database::open(&settings)
        .unwrap()
        .records();
    let error = store.migrate().unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Busy);
    let text = deskledger_domain::error_chain(&error);
    for part in [
        "another process holds the migration lock: PID ",
        "a migrator that hangs",
        "127.0.0.1",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // Without a change to make, nobody is waited for.
    assert!(store.pending_migrations().unwrap().is_empty());
    let unchanged = Service::start_with(&database, |settings| {
        settings.database.auto_migrate = false;
    });
    assert_eq!(unchanged.export("").status, 200);
    drop(unchanged);

    let service = Service::start_waiting(&database, |_| {});
    wait_for_reason(&service, "the database is busy");
    assert_eq!(service.get("/health/live", &[]).status, 200);
    drop(holder);
    service.wait_until_ready();
    assert_eq!(service.export("").status, 200);
}

#[test]
fn a_schema_that_is_behind_is_waited_for_where_the_service_must_not_change_it() {
    let database = Database::postgres_of_first_release();
    let service = Service::start_waiting(&database, |settings| {
        settings.database.auto_migrate = false;
    });
    wait_for_reason(&service, "run `deskledger migrate`");
    database.store().migrate().unwrap();
    service.wait_until_ready();
    assert_eq!(service.export("").status, 200);
}

#[test]
fn a_service_ends_where_its_database_turns_out_to_be_of_no_use() {
    let database = Database::postgres();
    let (url, name) = other(&database);
    let service = Service::start_waiting(&database, |settings| settings.database.url = url);
    wait_for_reason(&service, "the database is not available");
    database.execute(&format!(
        "CREATE DATABASE {name} ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
    ));
    let error = service.wait_until_it_ends().unwrap_err();
    let reason = deskledger_domain::error_chain(&error);
    let beginning = "database.url: failed to open the database: connect to the database: ";
    assert!(reason.starts_with(beginning), "{reason}");
    assert!(
        reason.contains("the database must be encoded in UTF-8, and is encoded in LATIN1"),
        "{reason}"
    );
}

#[test]
fn a_service_ends_where_libpq_refuses_the_url_of_its_database() {
    let database = Database::postgres();
    let url = format!("{}?sslmode=nonsense", database.url());
    let service = Service::start_waiting(&database, |settings| settings.database.url = url);
    let error = service.wait_until_it_ends().unwrap_err();
    let reason = deskledger_domain::error_chain(&error);
    assert!(reason.contains("the database URL is not valid"), "{reason}");
    assert!(reason.contains("nonsense"), "{reason}");
}

#[test]
fn a_service_waits_for_a_right_that_can_be_granted_meanwhile() {
    let database = Database::postgres();
    database.store().migrate().unwrap();
    let (server, name) = database.url().rsplit_once('/').unwrap();
    let role = format!("lacking_{name}");
    database.execute(&format!(
        "CREATE ROLE {role} LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}"
    ));
    let host = server.rsplit_once(['@', '/']).unwrap().1;
    let service = Service::start_waiting(&database, |settings| {
        settings.database.url = format!("postgres://{role}@{host}/{name}");
        settings.database.auto_migrate = false;
    });
    wait_for_reason(
        &service,
        "the role of the database lacks INSERT on export_audits",
    );
    database.execute(&format!(
        "GRANT INSERT ON export_audits, export_audit_ends TO {role}"
    ));
    service.wait_until_ready();
    drop(service);
    database.execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[test]
fn files_that_cannot_be_written_keep_a_service_from_being_ready() {
    let database = Database::sqlite();
    // A folder that takes no files, also from root.
    let service = Service::start_waiting(&database, |settings| {
        "/proc/self".clone_into(&mut settings.tasks.storage);
    });
    wait_for_reason(&service, "the files of export tasks cannot be written");
}
