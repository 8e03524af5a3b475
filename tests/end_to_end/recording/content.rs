//! What is taken, in each form in which it may come.

use deskledger_tests::{Database, PROJECT, Service, TOKEN, on_both_databases};
use serde_json::json;

use super::{JSON, NDJSON, array, event, events, gzip, identifiers, lines, recorded, zstd};

on_both_databases! {
    an_array_is_recorded_and_again_changes_nothing
    lines_are_recorded_and_bad_ones_are_reported
    every_form_records_the_same
}

fn an_array_is_recorded_and_again_changes_nothing(database: &Database) {
    let service = Service::start(database);
    let sent = events(0..3);
    let answer = service.record(JSON, &array(&sent));
    assert_eq!(recorded(&answer), json!({"inserted": 3, "updated": 0}));
    let file = service.export("").body;
    let answer = service.record(JSON, &array(&sent));
    assert_eq!(recorded(&answer), json!({"inserted": 0, "updated": 3}));
    assert!(
        service.export("").body == file,
        "the same again made another file"
    );
    let answer = service.record(JSON, b"[]");
    assert_eq!(recorded(&answer), json!({"inserted": 0, "updated": 0}));
}

fn lines_are_recorded_and_bad_ones_are_reported(database: &Database) {
    let service = Service::start_with(database, |settings| {
        settings.limits.record_batch = 2.try_into().unwrap();
    });
    let body = [
        event("a").to_string(),
        String::new(),
        r#"{"transaction_id": "b", "network_rtt": "much"}"#.to_owned(),
        event("c").to_string(),
        "no JSON".to_owned(),
        format!("{{\"sid\": \"{}\"}}", "x".repeat(1 << 20)),
        // The last line needs no end.
        event("d").to_string(),
    ]
    .join("\n");
    let answer = recorded(&service.record(NDJSON, body.as_bytes()));
    let refusals = answer["refusals"].as_array().unwrap();
    let reported: Vec<_> = refusals
        .iter()
        .map(|refusal| (&refusal["line"], &refusal["field"]))
        .collect();
    assert_eq!(
        reported,
        [
            (&json!(3), &json!("network_rtt")),
            (&json!(5), &json!(null)),
            (&json!(6), &json!(null)),
        ]
    );
    let reason = |position: usize| refusals[position]["reason"].as_str().unwrap();
    assert!(
        reason(0).contains("expected a whole number"),
        "{}",
        reason(0)
    );
    assert!(reason(1).contains("not JSON"), "{}", reason(1));
    assert!(
        reason(2).contains("longer than 1048576 bytes"),
        "{}",
        reason(2)
    );
    let mut counts = answer.clone();
    counts.as_object_mut().unwrap().remove("refusals");
    assert_eq!(
        counts,
        json!({"inserted": 3, "updated": 0, "refused": 3, "refusals_left_out": 0})
    );
    assert_eq!(identifiers(&service), ["a", "c", "d"]);
    let nothing =
        json!({"inserted": 0, "updated": 0, "refused": 0, "refusals": [], "refusals_left_out": 0});
    assert_eq!(recorded(&service.record(NDJSON, b"")), nothing);
}

fn every_form_records_the_same(database: &Database) {
    let service = Service::start(database);
    // More than a batch, and more than a chunk of a body.
    let sent = events(0..3_000);
    let (array, lines) = (array(&sent), lines(&sent));
    let mut expected = (3_000, 0);
    for (content_type, plain) in [(JSON, &array), (NDJSON, &lines)] {
        for (encoding, body) in [
            ("identity", plain.clone()),
            ("gzip", gzip(plain)),
            ("zstd", zstd(plain)),
        ] {
            let answer = service.record_encoded(content_type, encoding, &body);
            let answer = recorded(&answer);
            let found = (&answer["inserted"], &answer["updated"]);
            assert_eq!(
                found,
                (&json!(expected.0), &json!(expected.1)),
                "{content_type} {encoding}"
            );
            expected = (0, 3_000);
        }
    }
    assert_eq!(identifiers(&service).len(), 3_000);
}

#[test]
fn only_so_many_bad_lines_are_reported_and_the_rest_is_counted() {
    let database = Database::sqlite();
    let service = Service::start(&database);
    let answer = recorded(&service.record(NDJSON, "{}\n".repeat(250).as_bytes()));
    assert_eq!(answer["refused"], 250);
    assert_eq!(answer["refusals_left_out"], 150);
    let refusals = answer["refusals"].as_array().unwrap();
    assert_eq!(refusals.len(), 100);
    assert_eq!(refusals[99]["line"], 100);
}

#[test]
fn a_client_may_wait_until_the_service_lets_it_go_on() {
    let database = Database::sqlite();
    let service = Service::start(&database);
    let body = String::from_utf8(array(&events(0..1))).unwrap();
    let request = format!(
        "POST {} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nexpect: 100-continue\r\nx-auth-token: {TOKEN}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        Service::record_path(PROJECT),
        body.len()
    );
    let answer = service.raw(request.as_bytes());
    assert_eq!(answer.status, 100);
    assert!(answer.body.starts_with(b"HTTP/1.1 200 OK\r\n"));
    assert_eq!(identifiers(&service).len(), 1);
}
