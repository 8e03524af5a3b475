//! Conditions of the database that pass, as clients and operators meet them.

use std::time::{Duration, Instant};

use deskledger_api::ErrorCode;
use deskledger_tests::{Answer, Database, PROJECT, Service, TOKEN};

use crate::record::bare;

const RECORD: &[u8] =
    br#"[{"transaction_id": "later", "connection_start_time": "2020-04-14T02:00:00Z"}]"#;

fn assert_passes(answer: &Answer, message: &str, what: &str) {
    let (code, said) = answer.error();
    assert_eq!(answer.status, 503, "{what}: {said}");
    assert_eq!(code, ErrorCode::Unavailable.code(), "{what}");
    assert!(said.contains(message), "{what}: {said}");
    let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{what}: {wait} s");
}

/// The answer of `/health/ready` once it has a status.
fn ready(service: &Service, status: u16) -> Answer {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let answer = service.get("/health/ready", &[]);
        if answer.status == status {
            return answer;
        }
        assert!(Instant::now() < deadline, "{answer:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn conditions_that_pass_are_503_with_retry_after_and_others_are_500() {
    let database = Database::postgres();
    let service = Service::start(&database);
    database.execute(
        "CREATE TABLE said (code text, message text);
         CREATE FUNCTION say() RETURNS trigger LANGUAGE plpgsql AS $$
         DECLARE it said;
         BEGIN
             SELECT * INTO it FROM said;
             IF found THEN RAISE EXCEPTION USING ERRCODE = it.code, MESSAGE = it.message; END IF;
             RETURN NULL;
         END $$;
         CREATE TRIGGER say BEFORE INSERT ON connection_identities FOR EACH STATEMENT EXECUTE FUNCTION say()",
    );
    let conditions = [
        (
            "53100",
            "could not extend file: No space left on device",
            "the disk of the database is full",
        ),
        (
            "25006",
            "cannot execute INSERT in a read-only transaction",
            "the database is read-only",
        ),
        (
            "55P03",
            "canceling statement due to lock timeout",
            "unavailable or busy",
        ),
        ("40P01", "deadlock detected", "unavailable or busy"),
        ("53200", "out of shared memory", "unavailable or busy"),
        (
            "57014",
            "canceling statement due to statement timeout",
            "took too long",
        ),
    ];
    let record = |code: &str, message: &str| {
        database.execute(&format!(
            "DELETE FROM said; INSERT INTO said VALUES ('{code}', '{message}')"
        ));
        service.record("application/json", RECORD)
    };
    for (code, message, said) in conditions {
        assert_passes(&record(code, message), said, message);
    }
    let answer = record("XX001", "invalid page in block 0");
    assert_eq!((answer.status, answer.header("retry-after")), (500, None));
    database.execute("DELETE FROM said");
    let answer = service.record("application/json", RECORD);
    assert_eq!(answer.status, 200, "nothing is left of the conditions");
}

#[test]
fn a_database_that_takes_no_writes_is_read_and_what_must_write_is_503() {
    let database = Database::postgres();
    database.fill(PROJECT, [bare("1", "2020-04-13T02:00Z")]);
    let name = database.url().rsplit_once('/').unwrap().1.to_owned();
    let brake = |state: &str| {
        database.execute(&format!(
            "BEGIN READ WRITE; ALTER DATABASE {name} SET default_transaction_read_only = {state}; COMMIT"
        ));
        // It holds for new sessions alone, and a session that begins meanwhile is not among those that are ended at first.
        for _ in 0..3 {
            database.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
                 WHERE datname = current_database() AND application_name = 'deskledger'",
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    };
    let service = Service::start(&database);
    brake("on");
    let reason = ready(&service, 503);
    assert!(reason.error().1.contains("read-only"), "{reason:?}");

    let recorded = service.record("application/json", RECORD);
    assert_passes(&recorded, "read-only", "a recording");
    // It would be in no audit.
    assert_passes(&service.export(""), "audit", "an export");
    let list = service.get(&Service::record_path(PROJECT), &[("X-Auth-Token", TOKEN)]);
    assert_eq!(list.json()["total_count"], 1);
    assert_eq!(service.get("/health/live", &[]).status, 200);

    brake("off");
    ready(&service, 200);
    assert_eq!(service.record("application/json", RECORD).status, 200);
    assert_eq!(service.export("").status, 200);
}
