//! Records that come in over HTTP: what is taken, what is refused, and what is left of it.

mod content;
mod merge;
mod mistake;
mod pressure;
mod proof;
mod stream;
mod upload;

use std::io::Write as _;

use deskledger_tests::{Answer, Service, sheets};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

const JSON: &str = "application/json";
const NDJSON: &str = "application/x-ndjson";

/// An event of which nothing is known but its identifier and its start.
fn event(id: &str) -> Value {
    json!({"transaction_id": id, "connection_start_time": "2020-04-13T02:00:00Z"})
}

/// Some events, each with a number as its identifier.
fn events(numbers: std::ops::Range<u32>) -> Vec<Value> {
    numbers
        .map(|number| event(&format!("{number:06}")))
        .collect()
}

/// Events as an array.
fn array(events: &[Value]) -> Vec<u8> {
    serde_json::to_vec(events).unwrap()
}

/// Events as lines.
fn lines(events: &[Value]) -> Vec<u8> {
    events
        .iter()
        .flat_map(|event| format!("{event}\n").into_bytes())
        .collect()
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

fn zstd(plain: &[u8]) -> Vec<u8> {
    zstd::encode_all(plain, 1).unwrap()
}

/// The answer to a recording that came to its end.
fn recorded(answer: &Answer) -> Value {
    let text = String::from_utf8_lossy(&answer.body);
    assert_eq!(answer.status, 200, "{text}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    answer.json()
}

/// The identifiers of all records that there are, in ascending order.
fn identifiers(service: &Service) -> Vec<String> {
    let answer = service.export("");
    assert_eq!(answer.status, 200);
    let mut found = sheets(&answer.body)[0].texts("Transaction ID");
    found.sort_unstable();
    found
}
