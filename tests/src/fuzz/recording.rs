use std::convert::Infallible;
use std::io::{self, BufReader};

use deskledger_api::fuzzing;
use deskledger_domain::{ConnectionEvent, ProjectId, Written};
use deskledger_ingest::{BadLines, ImportFormat, Importer};

/// Lines are read or set aside, the same however they arrive.
pub(super) fn ndjson(bytes: &[u8]) {
    same_in_any_chunks(ImportFormat::Ndjson, bytes);
}

/// Rows are read or set aside, the same however they arrive.
pub(super) fn csv(bytes: &[u8]) {
    same_in_any_chunks(ImportFormat::Csv, bytes);
}

/// An array is read or refused, and holds no more records than it may.
pub(super) fn array(bytes: &[u8]) {
    const MOST: usize = 20;

    if let Some(records) = fuzzing::array(bytes, &project(), MOST) {
        assert!(records <= MOST);
        // What is valid JSON for us is so for others.
        assert!(serde_json::from_slice::<Vec<serde_json::Value>>(bytes).is_ok());
    }
}

fn same_in_any_chunks(format: ImportFormat, bytes: &[u8]) {
    let whole = events(format, bytes, 1 << 16);
    for chunk in [1, 2, 7] {
        assert_eq!(events(format, bytes, chunk), whole, "in chunks of {chunk}");
    }
}

/// The events that some bytes hold, and how many of their lines are bad; the error where reading ended early.
fn events(
    format: ImportFormat,
    bytes: &[u8],
    chunk: usize,
) -> (Vec<ConnectionEvent>, Result<u64, String>) {
    let mut events = Vec::new();
    let project = project();
    let mut report = |_: &_| {};
    let result = Importer::new(format, &project)
        .bad_lines(BadLines::SetAside {
            sink: &mut io::sink(),
            report: &mut report,
        })
        .run(BufReader::with_capacity(chunk, bytes), |batch| {
            events.extend_from_slice(batch);
            Ok::<_, Infallible>(Written::default())
        });
    let bad = result
        .map(|summary| summary.bad_lines)
        .map_err(|error| error.to_string());
    (events, bad)
}

fn project() -> ProjectId {
    ProjectId::new("p1").unwrap()
}
