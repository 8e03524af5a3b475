//! Every export that somebody asks for leaves a trace, whatever becomes of it.

mod export;
mod flood;
mod list;
mod sweep;
mod task;
mod trouble;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use deskledger_api::ErrorCode;
use deskledger_domain::Parameter;
use deskledger_settings::Settings;
use deskledger_tests::{Database, PROJECT, Service, TOKEN, on_both_databases, secret, token};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::client::{idle_client, request};
use crate::record::{bare, bulky};

on_both_databases! {
    an_export_that_is_done_is_audited_whole
    the_format_is_audited_whether_the_query_or_accept_chose_it
    each_refusal_is_audited_with_its_code
    an_export_that_finds_no_permit_is_audited
    clients_that_leave_at_random_points_are_audited
    a_client_that_leaves_the_queue_is_audited
    a_client_that_takes_nothing_is_audited
    what_a_stop_breaks_off_is_audited
}

/// The service, whose administrators and auditors may list audits.
fn start(database: &Database, change: impl FnOnce(&mut Settings)) -> Service {
    Service::start_with(database, |settings| {
        allow_listing(settings);
        change(settings);
    })
}

fn allow_listing(settings: &mut Settings) {
    let list = "workspace:connections:listExportAudits".to_owned();
    let roles = &mut settings.access.roles;
    roles.insert("auditor".to_owned(), vec![list]);
    roles.insert("clerk".to_owned(), Vec::new());
    let tokens = &mut settings.identity.tokens;
    tokens.push(token(&secret("auditor"), PROJECT, &["auditor"]));
    tokens.push(token(&secret("clerk"), PROJECT, &["clerk"]));
    tokens.push(token(&secret("foreign"), "another", &["te_admin"]));
}

fn list_path(project: &str, query: &str) -> String {
    format!("/v2/{project}/connections/export-audits?{query}")
}

/// All audits of a project, newest first.
fn audits_of(service: &Service, project: &str, token: &str) -> Vec<Value> {
    let path = list_path(project, "limit=1000");
    let answer = service.get(&path, &[("X-Auth-Token", token)]);
    let text = String::from_utf8_lossy(&answer.body);
    assert_eq!(answer.status, 200, "{text}");
    let list: Value = serde_json::from_str(&text).unwrap();
    let audits = list["audits"].as_array().unwrap().clone();
    assert_eq!(list["total_count"], audits.len());
    audits
}

fn audits(service: &Service) -> Vec<Value> {
    audits_of(service, PROJECT, &secret("auditor"))
}

/// Waits until the audits are as they should be, and returns them.
fn wait_until(service: &Service, are_right: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let audits = audits(service);
        if are_right(&audits) {
            return audits;
        }
        assert!(Instant::now() < deadline, "{audits:?}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Waits until there are so many audits and all have ended.
fn ended(service: &Service, count: usize) -> Vec<Value> {
    wait_until(service, |audits| {
        assert!(audits.len() <= count, "{audits:?}");
        audits.len() == count && audits.iter().all(|audit| audit["outcome"] != "running")
    })
}

fn an_export_that_is_done_is_audited_whole(database: &Database) {
    database.fill(PROJECT, ["1", "2"].map(|id| bare(id, "2020-04-13T02:00Z")));
    let service = start(database, |_| {});
    let query = "start_time=2020-04-01T00:00Z&end_time=2020-05-01T00:00%2B08:00&terminal_type=&language=zh_CN";
    let answer = service.get(
        &Service::export_path(query),
        &[
            ("X-Auth-Token", TOKEN),
            ("X-Request-Id", "from-the-client.1"),
            ("X-Forwarded-For", "10.0.0.7, 10.1.1.1"),
        ],
    );
    assert_eq!(answer.status, 200);
    let mut audit = ended(&service, 1).remove(0);
    let mut take = |name: &str| audit.as_object_mut().unwrap().remove(name).unwrap();
    assert_eq!(take("id").as_str().unwrap().len(), 32);
    let peer = take("peer_address").to_string();
    assert!(peer.starts_with("\"127.0.0.1:"), "{peer}");
    assert!(take("duration_ms").is_u64());
    // Every filter is named, and null where it was not sent.
    let filter: BTreeMap<_, _> = Parameter::FILTERS
        .into_iter()
        .map(|parameter| match parameter {
            Parameter::StartTime => (parameter.name(), Some("2020-04-01T00:00Z")),
            Parameter::EndTime => (parameter.name(), Some("2020-05-01T00:00+08:00")),
            _ => (parameter.name(), None),
        })
        .collect();
    assert_eq!(
        audit,
        json!({
            "request_id": "from-the-client.1",
            "user": token(TOKEN, PROJECT, &[]).user,
            "via": "export",
            "action": "read",
            "task_ids": [],
            "credential": "token",
            "requested_project_id": PROJECT,
            "forwarded_for": "10.0.0.7, 10.1.1.1",
            "filter": filter,
            "language": "zh_CN",
            "time_zone": "UTC",
            "format": "xlsx",
            "summary": null,
            "started_at": "2020-05-01T08:00:00Z",
            "ended_at": "2020-05-01T08:00:00Z",
            "rows": 2,
            "bytes": answer.body.len(),
            "requests": 1,
            "outcome": "done",
            "error_code": null,
            "reason": null,
        })
    );
}

fn the_format_is_audited_whether_the_query_or_accept_chose_it(database: &Database) {
    let service = start(database, |_| {});
    for (query, accept, status, format) in [
        ("", "text/csv", 200, "csv"),
        ("format=jsonl", "text/csv", 200, "jsonl"),
        ("format=", "*/*", 200, "xlsx"),
        ("format=pdf", "text/csv", 400, "pdf"),
        ("summary=true", "text/csv", 200, "xlsx"),
        ("summary=true&format=csv", "*/*", 400, "csv"),
        ("language=none", "application/x-ndjson", 400, "jsonl"),
    ] {
        let headers = [("X-Auth-Token", TOKEN), ("Accept", accept)];
        let id = format!("{accept}{query}").replace(|byte: char| !byte.is_alphanumeric(), "-");
        let headers = [&headers[..], &[("X-Request-Id", &id)]].concat();
        let answer = service.get(&Service::export_path(query), &headers);
        assert_eq!(answer.status, status, "{query} {accept}");
        let of_id = |audits: &[Value]| {
            audits
                .iter()
                .find(|audit| audit["request_id"] == id)
                .cloned()
        };
        let audits = wait_until(&service, |audits| of_id(audits).is_some());
        let audit = of_id(&audits).unwrap();
        assert_eq!(audit["format"], format, "{query} {accept}");
        let summary = query.contains("summary=true").then_some("true");
        assert_eq!(audit["summary"].as_str(), summary, "{query}");
    }
}

fn each_refusal_is_audited_with_its_code(database: &Database) {
    database.fill(PROJECT, ["1", "2"].map(|id| bare(id, "2020-04-13T02:00Z")));
    let service = start(database, |settings| settings.limits.max_records = 1);
    for token in [&secret("nobody"), ""] {
        let answer = service.get(&Service::export_path(""), &[("X-Auth-Token", token)]);
        assert_eq!(answer.status, 401);
    }
    let body = "content-type: text/plain\r\ncontent-length: 2\r\n";
    let export = Service::export_path("");
    let long_project = format!("/v2/{}/connections/desktops/export", "p".repeat(256));
    let clerk = secret("clerk");
    let mut refused = 0;
    for (token, path, headers, code, reason) in [
        (
            clerk.as_str(),
            export.as_str(),
            "",
            ErrorCode::Forbidden,
            "no role of the user allows workspace:connections:securityExport",
        ),
        (
            TOKEN,
            "/v2/another/connections/desktops/export",
            "",
            ErrorCode::Forbidden,
            "the credentials are for another project",
        ),
        (
            TOKEN,
            &export,
            "x-project-id: another\r\n",
            ErrorCode::Forbidden,
            "the credentials are for another project",
        ),
        (
            TOKEN,
            &long_project,
            "",
            ErrorCode::InvalidProjectId,
            "256 characters",
        ),
        (
            TOKEN,
            &export,
            body,
            ErrorCode::UnsupportedMediaType,
            "not application/json",
        ),
        (
            TOKEN,
            &Service::export_path("user_name=jy01&password=hunter2"),
            "",
            ErrorCode::UnknownParameter,
            "password",
        ),
        (
            TOKEN,
            &Service::export_path("user_name=%zz"),
            "",
            ErrorCode::InvalidRequest,
            "parameter 1",
        ),
        (
            TOKEN,
            &export,
            "",
            ErrorCode::TooManyRows,
            "2 records match, and at most 1",
        ),
    ] {
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-auth-token: {token}\r\n\
             x-request-id: r{refused}\r\n{headers}\r\n{}",
            if headers == body { "hi" } else { "" }
        );
        let answer = service.raw(request.as_bytes());
        assert_eq!(answer.error().0, code.code(), "{path}");
        refused += 1;
        let audits = ended(&service, refused);
        let id = format!("r{}", refused - 1);
        let audit = audits.iter().find(|audit| audit["request_id"] == id);
        let audit = audit.unwrap();
        assert_eq!(audit["outcome"], "refused", "{audit}");
        assert_eq!(audit["error_code"], code.code(), "{audit}");
        assert!(
            audit["reason"].as_str().unwrap().contains(reason),
            "{audit}"
        );
        assert_eq!((&audit["rows"], &audit["bytes"]), (&json!(0), &json!(0)));
        assert!(!audit.to_string().contains("hunter2"), "{audit}");
        let asked = match path {
            path if path.contains("another") => json!("another"),
            path if path == long_project => Value::Null,
            _ => json!(PROJECT),
        };
        assert_eq!(audit["requested_project_id"], asked, "{audit}");
        if path.contains("jy01") {
            assert_eq!(audit["filter"]["user_name"], "jy01");
        }
    }
    // The project that was requested without permission does not see the audit.
    assert!(audits_of(&service, "another", &secret("foreign")).is_empty());
}

/// So many records that their workbook does not fit into what the channel and the sockets hold.
fn fill_for_idle_clients(database: &Database) {
    database.fill(PROJECT, bulky(4_000));
}

fn an_export_that_finds_no_permit_is_audited(database: &Database) {
    fill_for_idle_clients(database);
    for (per_project, code) in [(1, ErrorCode::TooManyRequests), (2, ErrorCode::Unavailable)] {
        let service = start(database, |settings| {
            settings.limits.exports = 1;
            settings.limits.exports_per_project = per_project;
            settings.limits.queue_length = 0;
        });
        let before = audits(&service).len();
        let _idle = idle_client(&service);
        let answer = service.export("");
        assert_eq!(answer.error().0, code.code());
        // The refusal is closed beside the answer, the other one still runs.
        wait_until(&service, |audits| {
            let running = audits.iter().filter(|audit| audit["outcome"] == "running");
            audits.len() == before + 2 && running.count() == 1
        });
        let refused = audits(&service);
        let refused = refused
            .iter()
            .find(|audit| audit["error_code"] == code.code());
        assert_eq!(refused.unwrap()["outcome"], "refused");
    }
}

fn clients_that_leave_at_random_points_are_audited(database: &Database) {
    fill_for_idle_clients(database);
    let service = start(database, |settings| settings.limits.queue_seconds = 60);
    let whole = service.export("").body.len() as u64;
    let mut random = ChaCha8Rng::seed_from_u64(7);
    for _ in 0..10 {
        let mut client = TcpStream::connect(("127.0.0.1", service.port())).unwrap();
        request(&mut client);
        let bytes = random.random_range(0..whole / 3);
        let _ = std::io::copy(&mut (&mut client).take(bytes), &mut std::io::sink());
    }
    let audits = ended(&service, 11);
    let done = audits.iter().filter(|audit| audit["outcome"] == "done");
    assert_eq!(done.count(), 1);
    for audit in audits.iter().filter(|audit| audit["outcome"] != "done") {
        assert_eq!(audit["outcome"], "client_left", "{audit}");
        assert!(audit["bytes"].as_u64().unwrap() < whole, "{audit}");
        assert!(audit["rows"].as_u64().unwrap() <= 4_000, "{audit}");
        assert_eq!(audit["error_code"], Value::Null);
    }
}

fn a_client_that_leaves_the_queue_is_audited(database: &Database) {
    fill_for_idle_clients(database);
    let service = start(database, |settings| {
        settings.limits.exports = 1;
        settings.limits.queue_seconds = 600;
    });
    let _idle = idle_client(&service);
    let mut waiting = TcpStream::connect(("127.0.0.1", service.port())).unwrap();
    request(&mut waiting);
    let count = |audits: &[Value], outcome: &str| {
        let found = audits.iter().filter(|audit| audit["outcome"] == outcome);
        found.count()
    };
    wait_until(&service, |audits| count(audits, "running") == 2);
    drop(waiting);
    let audits = wait_until(&service, |audits| count(audits, "client_left") == 1);
    assert_eq!(count(&audits, "running"), 1);
    let left = audits
        .iter()
        .find(|audit| audit["outcome"] == "client_left");
    assert_eq!(left.unwrap()["bytes"], 0);
}

fn a_client_that_takes_nothing_is_audited(database: &Database) {
    fill_for_idle_clients(database);
    let service = start(database, |settings| {
        settings.limits.slow_client_seconds = 1;
    });
    let _idle = idle_client(&service);
    let audits = ended(&service, 1);
    assert_eq!(audits[0]["outcome"], "client_slow");
    assert!(audits[0]["bytes"].as_u64().unwrap() > 0);
    assert!(audits[0]["duration_ms"].as_u64().unwrap() >= 1000);
}

fn what_a_stop_breaks_off_is_audited(database: &Database) {
    fill_for_idle_clients(database);
    let service = start(database, |_| {});
    let _idle = idle_client(&service);
    drop(service);
    // The next service would call interrupted what the first did not close.
    let audits = ended(&start(database, |_| {}), 1);
    assert_eq!(audits[0]["outcome"], "client_left");
    assert!(audits[0]["bytes"].as_u64().unwrap() > 0);
}
