//! Lines are recorded while the rest of them arrives, and what breaks off leaves what was recorded.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use deskledger_api::ErrorCode;
use deskledger_tests::{Database, PROJECT, Service, TOKEN, on_both_databases};
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};

use super::upload::Upload;
use super::{JSON, array, events, identifiers, lines, recorded};
use crate::refusal::assert_refused;

on_both_databases! {
    lines_are_recorded_while_the_rest_arrives
    a_client_that_leaves_leaves_what_was_recorded
    an_array_that_breaks_off_leaves_nothing
}

fn in_batches_of_two(database: &Database) -> Service {
    Service::start_with(database, |settings| {
        settings.limits.record_batch = 2.try_into().unwrap();
        settings.limits.recordings_per_project = 1;
        settings.database.connection_timeout_seconds = 1;
    })
}

fn wait_for(service: &Service, records: usize) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while identifiers(service).len() < records {
        assert!(Instant::now() < deadline, "{:?}", identifiers(service));
    }
}

fn lines_are_recorded_while_the_rest_arrives(database: &Database) {
    let service = in_batches_of_two(database);
    let mut upload = Upload::begin(&service, PROJECT, TOKEN);
    let sent = lines(&events(0..5));
    let (first, rest) = sent.split_at(sent.len() / 2);
    upload.send(first);
    wait_for(&service, 2);
    upload.send(rest);
    wait_for(&service, 4);
    assert_eq!(recorded(&upload.end())["inserted"], 5);
    assert_eq!(identifiers(&service).len(), 5);
}

fn a_client_that_leaves_leaves_what_was_recorded(database: &Database) {
    let service = in_batches_of_two(database);
    let mut upload = Upload::begin(&service, PROJECT, TOKEN);
    upload.send(&lines(&events(0..3)));
    wait_for(&service, 2);
    drop(upload);
    // Its permit is free, and its last line, whose batch was not whole, is not there.
    let answer = service.record(JSON, &array(&events(10..11)));
    assert_eq!(recorded(&answer)["inserted"], 1);
    assert_eq!(identifiers(&service), ["000000", "000001", "000010"]);
}

fn an_array_that_breaks_off_leaves_nothing(database: &Database) {
    let service = in_batches_of_two(database);
    let sent = array(&events(0..100));
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: x\r\nx-auth-token: {TOKEN}\r\ncontent-type: application/json\r\n",
        Service::record_path(PROJECT)
    );
    for (framing, body) in [
        (
            format!("content-length: {}\r\n\r\n", sent.len()),
            sent[..sent.len() - 1].to_vec(),
        ),
        // Whole, and yet its end was not sent.
        (
            "transfer-encoding: chunked\r\n\r\n".to_owned(),
            [format!("{:x}\r\n", sent.len()).as_bytes(), &sent, b"\r\n"].concat(),
        ),
    ] {
        let mut stream = TcpStream::connect(("127.0.0.1", service.port())).unwrap();
        let request = [head.as_bytes(), framing.as_bytes(), &body].concat();
        stream.write_all(&request).unwrap();
        drop(stream);
        // There is one permit: this recording waits for the other to end.
        assert_eq!(service.record(JSON, b"[]").status, 200);
        assert_eq!(identifiers(&service), Vec::<String>::new());
    }
}

/// A recording of which two lines are recorded, and two more find the database unavailable.
fn interrupted(service: &Service, take_away: impl FnOnce()) {
    let mut upload = Upload::begin(service, PROJECT, TOKEN);
    upload.send(&lines(&events(0..2)));
    wait_for(service, 2);
    take_away();
    upload.send(&lines(&events(2..6)));
    let answer = upload.end();
    let message = "lines 1 to 2 were recorded where they are good; sending all again is safe";
    assert_refused(&answer, ErrorCode::Unavailable, message, "away");
    assert_eq!(answer.header("retry-after"), Some("5"));
    assert_eq!(answer.json()["recorded_lines"], 2);
}

#[test]
fn a_postgres_that_becomes_unavailable_leaves_what_was_recorded() {
    let database = Database::postgres();
    let service = in_batches_of_two(&database);
    let (server, name) = database.url().rsplit_once('/').unwrap();
    let mut elsewhere = PgConnection::establish(&format!("{server}/postgres")).unwrap();
    let mut run = |sql: &str| elsewhere.batch_execute(sql).unwrap();
    interrupted(&service, || {
        run(&format!(
            "ALTER DATABASE {name} ALLOW_CONNECTIONS false; \
             SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        ));
    });
    let answer = service.record(JSON, &array(&events(0..1)));
    assert_refused(
        &answer,
        ErrorCode::Unavailable,
        "database is unavailable",
        "array",
    );
    assert_eq!(answer.header("retry-after"), Some("5"));
    run(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true"));
    assert_eq!(identifiers(&service), ["000000", "000001"]);
    let answer = service.record(JSON, &array(&events(0..6)));
    assert_eq!(recorded(&answer)["inserted"], 4);
}

#[test]
fn a_sqlite_that_stays_locked_leaves_what_was_recorded() {
    let database = Database::sqlite();
    let service = in_batches_of_two(&database);
    let mut other = database.sqlite_connection();
    interrupted(&service, || {
        other.batch_execute("BEGIN IMMEDIATE").unwrap();
    });
    let answer = service.record(JSON, &array(&events(0..1)));
    assert_refused(
        &answer,
        ErrorCode::Unavailable,
        "unavailable or busy",
        "array",
    );
    other.batch_execute("ROLLBACK").unwrap();
    assert_eq!(identifiers(&service), ["000000", "000001"]);
    let answer = service.record(JSON, &array(&events(0..6)));
    assert_eq!(recorded(&answer)["inserted"], 4);
}
