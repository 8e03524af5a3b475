//! Recordings wait for their turn, and slow ones do not hold up the others.

use std::thread;
use std::time::{Duration, Instant};

use deskledger_api::ErrorCode;
use deskledger_tests::{
    Database, PROJECT, Service, TOKEN, on_both_databases, secret, sheets, token,
};

use super::upload::Upload;
use super::{JSON, NDJSON, array, event, events, gzip, identifiers, lines, recorded};
use crate::refusal::{assert_code, assert_refused};

on_both_databases! {
    a_project_that_records_too_much_waits_and_is_then_refused
    many_recordings_at_once_are_all_recorded
}

/// A recording that goes on and holds its permit: it has the permit once its first line is recorded.
fn holding(service: &Service, project: &str, token: &str) -> Upload {
    let mut upload = Upload::begin(service, project, token);
    upload.send(&lines(&[event("held")]));
    let path = format!("/v2/{project}/connections/desktops/export");
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let answer = service.get(&path, &[("X-Auth-Token", token)]);
        if !sheets(&answer.body)[0].rows.is_empty() {
            return upload;
        }
        assert!(Instant::now() < deadline, "it never took its permit");
    }
}

fn a_project_that_records_too_much_waits_and_is_then_refused(database: &Database) {
    let service = Service::start_with(database, |settings| {
        settings.limits.recordings_per_project = 1;
        settings.limits.queue_seconds = 1;
        settings.limits.record_batch = 1.try_into().unwrap();
    });
    let mut upload = holding(&service, PROJECT, TOKEN);
    let before = Instant::now();
    let answer = service.record(JSON, &array(&events(0..1)));
    assert!(
        before.elapsed() >= Duration::from_secs(1),
        "it did not wait"
    );
    let message = "this project has as many recordings running as it may";
    assert_refused(&answer, ErrorCode::TooManyRequests, message, "project");
    assert_eq!(answer.header("retry-after"), Some("10"));
    // Exports have permits of their own.
    assert_eq!(identifiers(&service), ["held"]);
    upload.send(&lines(&events(0..2)));
    assert_eq!(recorded(&upload.end())["inserted"], 3);
    let answer = service.record(JSON, &array(&events(0..1)));
    assert_eq!(recorded(&answer)["updated"], 1);
}

#[test]
fn a_full_service_refuses_recordings_with_503() {
    let database = Database::sqlite();
    let service = Service::start_with(&database, |settings| {
        settings.limits.recordings = 1;
        settings.limits.queue_length = 0;
        settings.limits.record_batch = 1.try_into().unwrap();
        let second = token(&secret("second"), "second", &["te_admin"]);
        settings.identity.tokens.push(second);
    });
    let _upload = holding(&service, "second", &secret("second"));
    let answer = service.record(JSON, b"[]");
    let message = "the service has as many recordings running as it may";
    assert_refused(&answer, ErrorCode::Unavailable, message, "process");
    assert_eq!(answer.header("retry-after"), Some("10"));
}

fn many_recordings_at_once_are_all_recorded(database: &Database) {
    let service = Service::start_with(database, |settings| {
        settings.limits.queue_seconds = 60;
        settings.limits.record_batch = 10.try_into().unwrap();
    });
    thread::scope(|scope| {
        for client in 0..12 {
            let service = &service;
            scope.spawn(move || {
                // Each has some events that the next one has too.
                let sent = events(client * 30..client * 30 + 40);
                if client % 2 == 0 {
                    recorded(&service.record(JSON, &array(&sent)));
                } else {
                    recorded(&service.record(NDJSON, &lines(&sent)));
                }
            });
        }
    });
    assert_eq!(identifiers(&service).len(), 370);
}

#[test]
fn a_body_that_does_not_come_or_trickles_is_dropped() {
    let database = Database::sqlite();
    let service = Service::start_with(&database, |settings| {
        settings.limits.recordings_per_project = 1;
        settings.limits.slow_body_seconds = 2;
        settings.limits.record_batch = 1.try_into().unwrap();
    });
    let began = Instant::now();
    let idle = Upload::begin(&service, PROJECT, TOKEN);
    assert_code(&idle.answer(), ErrorCode::BodyTooSlow, "idle");

    let mut trickle = Upload::begin(&service, PROJECT, TOKEN);
    trickle.send(&lines(&events(0..2)));
    let before = Instant::now();
    while before.elapsed() < Duration::from_secs(5) && trickle.send(b" ") {
        thread::sleep(Duration::from_millis(500));
    }
    let answer = trickle.answer();
    assert_refused(
        &answer,
        ErrorCode::BodyTooSlow,
        "lines 1 to 2 were recorded",
        "trickle",
    );
    assert_eq!(answer.json()["recorded_lines"], 2);
    // Both connections were closed, also while the second body went on.
    assert!(began.elapsed() < Duration::from_secs(20));
    // Its permit is free.
    assert_eq!(service.record(JSON, b"[]").status, 200);

    // For longer than it may keep the service waiting, and yet fast enough.
    let mut steady = Upload::begin(&service, PROJECT, TOKEN);
    for number in 0..10 {
        let mut line = lines(&events(number..number + 1));
        line.splice(0..0, vec![b' '; 1_000]);
        assert!(steady.send(&line));
        thread::sleep(Duration::from_millis(400));
    }
    assert_eq!(recorded(&steady.end())["inserted"], 8);
}

#[test]
fn a_sender_that_is_slow_while_others_wait_is_cut() {
    let database = Database::sqlite();
    let service = Service::start_with(&database, |settings| {
        settings.limits.recordings_per_project = 1;
        settings.limits.queue_seconds = 60;
        settings.limits.slow_body_seconds = 600;
        settings.limits.min_rate_window_seconds = 1;
        settings.limits.record_batch = 1.try_into().unwrap();
    });
    let mut slow = holding(&service, PROJECT, TOKEN);
    // Nobody waits, so it may be slow for longer than what it is judged over.
    for number in 0..4 {
        assert!(slow.send(&lines(&events(number..number + 1))));
        thread::sleep(Duration::from_millis(500));
    }
    let answer = service.record(JSON, &array(&events(9..10)));
    assert_eq!(recorded(&answer)["inserted"], 1);
    let answer = slow.answer();
    let message = "the body of the request comes too slowly while others wait";
    assert_refused(&answer, ErrorCode::BodyTooSlow, message, "slow");
    assert_eq!(answer.json()["recorded_lines"], 5);
}

#[test]
fn a_small_body_of_many_bad_lines_costs_little_and_says_what_was_recorded() {
    let database = Database::sqlite();
    let service = Service::start(&database);
    for filler in ["x\n", "\n"] {
        let mut body = lines(&events(0..3));
        body.extend(filler.repeat(5_000_000).into_bytes());
        let answer = service.record_encoded(NDJSON, "gzip", &gzip(&body));
        let message = "more than 1000 lines of the body are no records";
        assert_refused(&answer, ErrorCode::InvalidRecord, message, filler);
        let lines = answer.json()["recorded_lines"].as_u64().unwrap();
        assert!((3..=1_001_003).contains(&lines), "{lines}");
        assert_eq!(identifiers(&service).len(), 3);
    }
}
