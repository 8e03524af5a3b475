//! What is refused, and that nothing is left of it.

use deskledger_api::ErrorCode;
use deskledger_tests::{Database, PROJECT, Service, TOKEN, hexadecimal};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::{JSON, NDJSON, array, event, events, gzip, identifiers, lines, recorded, zstd};
use crate::refusal::assert_refused;

#[test]
fn a_bad_record_refuses_the_array_by_position_and_field() {
    use ErrorCode as Code;

    let database = Database::sqlite();
    let service = Service::start_with(&database, |settings| {
        settings.limits.record_array = 5.try_into().unwrap();
    });
    let long = "x".repeat(256);
    for (bad, message) in [
        (json!({}), "transaction_id"),
        (json!({"transaction_id": ""}), "transaction_id"),
        (json!({"transaction_id": null}), "transaction_id"),
        (
            json!({"transaction_id": "a", "user": "ann"}),
            "unknown field \"user\": the fields are tenantId, sid",
        ),
        (
            json!({"transaction_id": "a", "sid": 5}),
            "sid: expected a text, found 5",
        ),
        (
            json!({"transaction_id": "a", "is_reconnect": "yes"}),
            "is_reconnect: expected true or false",
        ),
        (
            json!({"transaction_id": "a", "network_rtt": 2_147_483_648_u64}),
            "network_rtt: expected a whole number",
        ),
        (
            json!({"transaction_id": "a", "connection_end_time": "2020-04-13"}),
            "connection_end_time is \"2020-04-13\"",
        ),
        (
            json!({"transaction_id": "a", "connection_start_time": "2020-04-13T02:00Z", "user_name": long}),
            "user_name",
        ),
        (
            json!({"transaction_id": "a", "connection_start_time": "2020-04-13T02:00Z", "sid": "a\0b"}),
            "sid",
        ),
        (
            json!({"transaction_id": "a", "tenantId": "another"}),
            "tenantId is \"another\", which is another project",
        ),
        (json!("a"), "a record, which is a JSON object"),
    ] {
        let sent = [event("0"), event("1"), bad.clone(), event("3"), bad];
        let answer = service.record(JSON, &array(&sent));
        assert_refused(&answer, Code::InvalidRecord, message, message);
        let said = answer.error().1;
        assert!(
            said.starts_with("records[2] (the first is records[0]): "),
            "{said}"
        );
        assert!(
            said.ends_with("; 2 of 5 records are bad, and none was recorded"),
            "{said}"
        );
    }
    for (body, code, message) in [
        ("", Code::InvalidBody, "no JSON array"),
        ("{}", Code::InvalidBody, "no JSON array"),
        ("[{}", Code::InvalidBody, "at records[1]"),
        ("[{}]]", Code::InvalidBody, "line 1, column 5"),
        (
            "[{},{},{},{},{},{}]",
            Code::BodyTooLarge,
            "more than 5 records",
        ),
    ] {
        assert_refused(&service.record(JSON, body.as_bytes()), code, message, body);
    }
    assert_eq!(identifiers(&service), Vec::<String>::new());
    let own = json!([{"transaction_id": "a", "tenantId": PROJECT, "connection_start_time": "2020-04-13T02:00Z"}]);
    assert_eq!(
        recorded(&service.record(JSON, own.to_string().as_bytes()))["inserted"],
        1
    );
}

#[test]
fn a_body_of_another_kind_is_refused_with_what_would_be_right() {
    let database = Database::sqlite();
    let service = Service::start(&database);
    let body = array(&events(0..1));
    for (content_type, encoding, message) in [
        (
            "text/plain",
            "identity",
            "application/json (an array of records) or application/x-ndjson",
        ),
        ("text/csv", "identity", "application/x-ndjson"),
        (
            "application/x-www-form-urlencoded",
            "gzip",
            "application/json",
        ),
        (JSON, "br", "one encoding of gzip, zstd"),
        (JSON, "gzip, zstd", "one encoding of gzip, zstd"),
    ] {
        let answer = service.record_encoded(content_type, encoding, &body);
        assert_refused(
            &answer,
            ErrorCode::UnsupportedMediaType,
            message,
            content_type,
        );
        let accepted = (content_type == JSON).then_some("gzip, zstd");
        assert_eq!(answer.header("accept-encoding"), accepted);
    }
    for (encoding, body) in [
        ("gzip", body.clone()),
        ("zstd", body.clone()),
        ("gzip", zstd(&body)),
        ("zstd", gzip(&body)),
        ("gzip", gzip(&body)[..30].to_vec()),
        ("zstd", zstd(&body)[..30].to_vec()),
        ("gzip", b"\x1f".to_vec()),
    ] {
        for content_type in [JSON, NDJSON] {
            let answer = service.record_encoded(content_type, encoding, &body);
            let what = format!("{content_type} {encoding}");
            assert_refused(
                &answer,
                ErrorCode::UndecodableBody,
                "Content-Encoding",
                &what,
            );
        }
    }
    let path = format!("{}?dry_run=true", Service::record_path(PROJECT));
    let answer = service.post(&path, TOKEN, &json!([]));
    assert_refused(
        &answer,
        ErrorCode::UnknownParameter,
        "this path takes no parameter",
        "query",
    );
    assert_eq!(identifiers(&service), Vec::<String>::new());
}

#[test]
fn a_body_may_be_so_large_and_no_larger_packed_and_unpacked() {
    use ErrorCode as Code;

    let database = Database::sqlite();
    let service = Service::start_with(&database, |settings| {
        settings.limits.record_body_bytes = 200_000;
        settings.limits.record_held_bytes = 100_000;
    });
    // Half of its bytes nobody packs.
    let noise = |records: u32| -> Vec<Value> {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        (0..records)
            .map(|number| {
                let mut event = event(&format!("{number:06}"));
                event["user_name"] = json!(hexadecimal(&random.random::<[u8; 32]>()));
                event
            })
            .collect()
    };
    let blank = |bytes: usize| vec![b'\n'; bytes];
    for (content_type, encoding, body, message) in [
        (
            JSON,
            "identity",
            array(&noise(1_000)),
            "more than 100000 bytes: an array is held whole",
        ),
        (
            JSON,
            "identity",
            array(&noise(2_000)),
            "more than 200000 bytes: send it in several parts",
        ),
        (
            JSON,
            "gzip",
            gzip(&[b"[".to_vec(), blank(100_000)].concat()),
            "100000 bytes when it is decompressed",
        ),
        (
            JSON,
            "zstd",
            zstd(&[b"[".to_vec(), blank(100_000)].concat()),
            "100000 bytes when it is decompressed",
        ),
        (
            NDJSON,
            "identity",
            blank(200_001),
            "more than 200000 bytes: send it in several parts",
        ),
        (
            NDJSON,
            "gzip",
            gzip(&blank(10_000_000)),
            "200000 bytes when it is decompressed: send it in",
        ),
        (
            NDJSON,
            "zstd",
            zstd(&blank(10_000_000)),
            "200000 bytes when it is decompressed: send it in",
        ),
    ] {
        let what = format!("{content_type} {encoding}");
        let answer = service.record_encoded(content_type, encoding, &body);
        assert_refused(&answer, Code::BodyTooLarge, message, &what);
    }
    // One that says so is not waited for.
    let announced = format!(
        "POST {} HTTP/1.1\r\nhost: x\r\nx-auth-token: {TOKEN}\r\ncontent-type: {NDJSON}\r\ncontent-length: 200001\r\n\r\n",
        Service::record_path(PROJECT)
    );
    let answer = service.raw(announced.as_bytes());
    assert_refused(
        &answer,
        Code::BodyTooLarge,
        "more than 200000 bytes",
        "announced",
    );
    assert_eq!(identifiers(&service), Vec::<String>::new());
    let answer = recorded(&service.record(NDJSON, &blank(200_000)));
    assert_eq!(answer["inserted"], 0);
    // What is good before the limit is recorded, which the answer says.
    let sent = lines(&noise(3_000));
    let answer = service.record_encoded(NDJSON, "zstd", &zstd(&sent));
    assert_refused(
        &answer,
        Code::BodyTooLarge,
        "were recorded where they are good",
        "lines",
    );
    let lines = answer.json()["recorded_lines"].as_u64().unwrap();
    assert_eq!(identifiers(&service).len() as u64, lines);
    assert!(lines > 0 && lines < 3_000, "{lines}");
}
