//! One record, by its transaction.

use deskledger_api::ErrorCode;
use deskledger_tests::{
    Answer, Database, PROJECT, Service, TOKEN, on_both_databases, percent_encode, secret, token,
};
use serde_json::Value;

use crate::list::list;
use crate::record::bare;
use crate::refusal::assert_refused;

on_both_databases! {
    a_record_is_found_by_its_transaction_whatever_that_holds
    nothing_of_another_project_is_found_by_its_transaction
}

const OTHER: &str = "another";

/// Transactions that a path could misunderstand.
const IDS: [&str; 12] = [
    "55f1c3a0-0001",
    "a/b",
    "a%2Fb",
    "%",
    "a+b c",
    "?x=1",
    "#",
    "..",
    "事务/1",
    "a'\"\\;--",
    "export ",
    "EXPORT",
];

/// Asks for a record of a project with a token, by its percent-encoded transaction.
fn ask(service: &Service, token: &str, project: &str, encoded: &str) -> Answer {
    let path = format!("/v2/{project}/connections/desktops/{encoded}");
    service.get(&path, &[("X-Auth-Token", token)])
}

fn a_record_is_found_by_its_transaction_whatever_that_holds(database: &Database) {
    let longest = "界".repeat(255);
    let ids = IDS.into_iter().chain([longest.as_str(), "export"]);
    database.fill(
        PROJECT,
        ids.clone()
            .enumerate()
            .map(|(day, id)| bare(id, &format!("2020-{:02}-13T02:00:00.000001Z", day % 12 + 1))),
    );
    let service = Service::start(database);
    let listed = list(&service, "limit=1000");
    for id in ids.filter(|id| *id != "export") {
        let answer = ask(&service, TOKEN, PROJECT, &percent_encode(id));
        assert_eq!(answer.status, 200, "{id}: {answer:?}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let record = answer.json();
        let mut records = listed["records"].as_array().unwrap().iter();
        let expected = records.find(|record| record["transaction_id"] == id);
        assert_eq!(Some(&record), expected, "{id}");
    }
    // The literal path wins, and the filter still finds what bears its name.
    let answer = ask(&service, TOKEN, PROJECT, "export");
    assert_eq!(&answer.body[..2], b"PK");
    assert_eq!(list(&service, "transaction_id=export")["total_count"], 1);

    let head = service.raw(
        format!(
            "HEAD /v2/{PROJECT}/connections/desktops/a%2fb HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
             x-auth-token: {TOKEN}\r\n\r\n"
        )
        .as_bytes(),
    );
    assert_eq!((head.status, head.body.len()), (200, 0), "{head:?}");

    let refused = |encoded: &str, code, says: &str| {
        let answer = ask(&service, TOKEN, PROJECT, encoded);
        assert_refused(&answer, code, says, encoded);
    };
    refused("A%2Fb", ErrorCode::RecordNotFound, "\"A/b\"");
    refused(&"x".repeat(256), ErrorCode::RecordNotFound, "\"xxx");
    refused("a%00", ErrorCode::RecordNotFound, "\"a\\0\"");
    refused("%ff", ErrorCode::InvalidRequest, "transaction_id");
    refused("a/b", ErrorCode::NotFound, "");
    refused("", ErrorCode::NotFound, "");
    refused("a%2Fb?limit=1", ErrorCode::UnknownParameter, "");
}

fn nothing_of_another_project_is_found_by_its_transaction(database: &Database) {
    database.fill(PROJECT, [bare("both", "2020-04-13T02:00Z")]);
    database.fill(
        OTHER,
        ["both", "foreign"].map(|id| bare(id, "2020-05-13T02:00Z")),
    );
    let other = secret(OTHER);
    let service = Service::start_with(database, |settings| {
        settings
            .identity
            .tokens
            .push(token(&other, OTHER, &["te_admin"]));
    });
    let start = |token: &str, project: &str| -> Value {
        ask(&service, token, project, "both").json()["connection_start_time"].clone()
    };
    assert_eq!(start(TOKEN, PROJECT), "2020-04-13T02:00:00Z");
    assert_eq!(start(&other, OTHER), "2020-05-13T02:00:00Z");
    for encoded in ["foreign", "..%2F..%2Fanother%2Fforeign", "%66oreign"] {
        let answer = ask(&service, TOKEN, PROJECT, encoded);
        assert_refused(&answer, ErrorCode::RecordNotFound, "", encoded);
    }
    let answer = ask(&service, TOKEN, OTHER, "foreign");
    assert_refused(&answer, ErrorCode::Forbidden, "", "foreign");
    // A connection whose start is not known yet is no record.
    let path = Service::record_path(PROJECT);
    let event = serde_json::json!([{"transaction_id": "incomplete", "user_name": "ann"}]);
    assert_eq!(service.post(&path, TOKEN, &event).status, 200);
    let answer = ask(&service, TOKEN, PROJECT, "incomplete");
    assert_refused(
        &answer,
        ErrorCode::RecordNotFound,
        "incomplete",
        "incomplete",
    );
}
