//! How an export of audits travels: whole or broken, as one of records.

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

on_both_databases! {
    many_audits_come_whole_and_in_order_while_others_are_added
    an_export_of_audits_that_fails_on_the_way_is_broken
    an_export_of_audits_takes_a_permit_and_a_head_of_it_does_nothing
    a_client_that_takes_none_of_the_audits_is_dropped
    an_export_of_audits_holds_those_of_its_project_alone
}

const MANY: i64 = 2_500;

/// As many as several pages hold, newest first.
fn fill_many(database: &Database) -> Vec<String> {
    // Some began at the same time.
    let at = |number: i64| time("2020-04-13T00:00Z") + TimeDelta::seconds(number / 3);
    let id = |number: i64| format!("n{number:04}");
    let events: Vec<_> = (0..MANY)
        .map(|number| started(fields(&id(number), at(number))))
        .collect();
    append(database, 1, &events);
    (0..MANY).rev().map(id).collect()
}

fn many_audits_come_whole_and_in_order_while_others_are_added(database: &Database) {
    let ids = fill_many(database);
    let service = start(database, |_| {});
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut added = 0;
            while !is_over.load(Ordering::Relaxed) {
                let later = time("2020-04-14T00:00Z") + TimeDelta::seconds(added);
                append(database, 2, &[started(fields(&format!("x{added}"), later))]);
                added += 1;
            }
            added
        });
        for format in ["jsonl", "csv", "xlsx"] {
            let body = export(&service, &format!("format={format}")).body;
            let mut found: Vec<String> = match format {
                "jsonl" => json_rows(&body)
                    .iter()
                    .map(|audit| audit["id"].as_str().unwrap().to_owned())
                    .collect(),
                "csv" => csv_rows_of(&body, AuditColumn::ALL.map(AuditColumn::kind))
                    .1
                    .iter()
                    .map(|row| text_of(row.last().unwrap()).to_owned())
                    .collect(),
                _ => sheets(&body)[0].texts("Audit ID"),
            };
            found.retain(|id| id.starts_with('n'));
            assert!(found == ids, "{format}");
        }
        is_over.store(true, Ordering::Relaxed);
        assert!(writer.join().unwrap() > 0);
    });
    // A client that knows no chunks gets a large file not at all, and a small one with its length.
    for (query, status) in [("format=csv", 426), ("format=csv&user=nobody", 200)] {
        let answer = raw(&service, "GET", &path(query), "HTTP/1.0");
        assert_eq!(answer.status, status, "{query}");
    }
}

fn raw(service: &Service, method: &str, path: &str, version: &str) -> Answer {
    let token = secret("auditor");
    let request = format!(
        "{method} {path} {version}\r\nhost: x\r\nx-auth-token: {token}\r\nconnection: close\r\n\r\n"
    );
    service.raw(request.as_bytes())
}

fn an_export_of_audits_that_fails_on_the_way_is_broken(database: &Database) {
    fill_many(database);
    // The last of all is no audit.
    database.execute(
        "INSERT INTO export_audits (id, project_id, user_name, credential, request_id, language, time_zone, instance,
         started_at, via) SELECT 'a', project_id, user_name, credential, request_id, language, time_zone, instance,
         started_at, 'post' FROM export_audits WHERE id = 'n0000'",
    );
    let service = start(database, |_| {});
    for format in ["csv", "jsonl"] {
        let answer = raw(
            &service,
            "GET",
            &path(&format!("format={format}")),
            "HTTP/1.1",
        );
        assert_eq!(answer.status, 200, "{format}");
        assert_eq!(answer.header("transfer-encoding"), Some("chunked"));
        assert!(answer.body.len() > 64 * 1024, "{format}");
        assert!(!answer.body.ends_with(b"0\r\n\r\n"), "{format}");
        // What fails before the first bytes has its status.
        let few = "start_time=2020-04-13T00:00Z&end_time=2020-04-13T00:00:01Z";
        let few = path(&format!("format={format}&{few}"));
        let answer = raw(&service, "GET", &few, "HTTP/1.1");
        assert_eq!(answer.status, 500, "{format}");
    }
}

fn an_export_of_audits_takes_a_permit_and_a_head_of_it_does_nothing(database: &Database) {
    fill_for_idle_clients(database);
    let service = start(database, |settings| {
        settings.limits.exports_per_project = 1;
        settings.limits.queue_length = 0;
    });
    let idle = idle_client(&service);
    let refused = raw(&service, "GET", &path(""), "HTTP/1.1");
    assert_eq!(refused.status, 429);
    assert_eq!(refused.header("retry-after"), Some("10"));
    let head = raw(&service, "HEAD", &path("format=csv"), "HTTP/1.1");
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(head.header("content-length"), None);
    let head = raw(&service, "HEAD", &path("limit=3"), "HTTP/1.1");
    assert_eq!(head.status, 400);
    drop(idle);
}

fn a_client_that_takes_none_of_the_audits_is_dropped(database: &Database) {
    // More than the channel and the sockets hold.
    let events: Vec<_> = (0..MANY)
        .map(|number| {
            started(AuditFields {
                forwarded_for: Some("x".repeat(8_000)),
                ..fields(&format!("n{number:04}"), time("2020-04-13T00:00Z"))
            })
        })
        .collect();
    append(database, 1, &events);
    let service = start(database, |settings| {
        settings.limits.exports_per_project = 1;
        settings.limits.slow_client_seconds = 1;
        settings.limits.queue_seconds = 20;
    });
    let mut idle = TcpStream::connect(("127.0.0.1", service.port())).unwrap();
    let (path, token) = (path("format=jsonl"), secret("auditor"));
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nx-auth-token: {token}\r\n\r\n");
    idle.write_all(request.as_bytes()).unwrap();
    idle.read_exact(&mut [0; 12]).unwrap();
    // Its permit becomes free although the client is still connected.
    export(&service, "user=nobody");
    let mut rest = Vec::new();
    let _ = idle.read_to_end(&mut rest);
    assert!(
        !rest.ends_with(b"0\r\n\r\n"),
        "the transfer was closed properly"
    );
}

fn an_export_of_audits_holds_those_of_its_project_alone(database: &Database) {
    let at = time("2020-04-13T00:00Z");
    let of_another = |id: &str, requested: &str| AuditFields {
        project_id: ProjectId::new("another").unwrap(),
        requested_project_id: Some(ProjectId::new(requested).unwrap()),
        user: "stranger".to_owned(),
        ..fields(id, at)
    };
    // One of them asked for this project: that is for the administrators of the other one.
    let events = [
        started(fields("own", at)),
        started(of_another("foreign", "another")),
        started(of_another("refused", PROJECT)),
    ];
    append(database, 1, &events);
    let service = start(database, |_| {});
    for query in ["", "&user=stranger", "&start_time=2020-04-13T00:00Z"] {
        let lines = json_rows(&export(&service, &format!("format=jsonl{query}")).body);
        let ids: Vec<_> = lines.iter().map(|audit| audit["id"].clone()).collect();
        let expected: &[&str] = if query.contains("stranger") {
            &[]
        } else {
            &["own"]
        };
        assert_eq!(ids, expected, "{query}");
        let csv = export(&service, &format!("format=csv{query}")).body;
        assert!(!String::from_utf8(csv).unwrap().contains("stranger"));
        let workbook = export(&service, &format!("format=xlsx{query}")).body;
        assert_eq!(sheets(&workbook)[0].texts("Audit ID"), expected);
    }
}

#[test]
fn an_export_of_audits_is_compressed_for_those_who_accept_that() {
    let database = Database::sqlite();
    fill_many(&database);
    let service = start(&database, |_| {});
    for (format, expected) in [
        ("csv", Some("gzip")),
        ("jsonl", Some("gzip")),
        ("xlsx", None),
    ] {
        let (path, token) = (path(&format!("format={format}")), secret("auditor"));
        let plain = service.get(&path, &[("X-Auth-Token", &token)]);
        let headers = [("X-Auth-Token", &*token), ("Accept-Encoding", "gzip")];
        let answer = service.get(&path, &headers);
        assert_eq!(answer.header("content-encoding"), expected, "{format}");
        assert_eq!(answer.header("vary"), Some("accept, accept-encoding"));
        if expected.is_some() {
            let mut body = Vec::new();
            let mut decoder = flate2::read::GzDecoder::new(&*answer.body);
            decoder.read_to_end(&mut body).unwrap();
            assert!(body == plain.body, "{format}");
            assert!(answer.body.len() * 4 < plain.body.len(), "{format}");
        }
    }
}

#[test]
fn clients_that_leave_an_export_of_audits_keep_no_permit() {
    let database = Database::sqlite();
    fill_many(&database);
    let service = start(&database, |settings| {
        settings.limits.exports = 1;
        settings.limits.exports_per_project = 1;
        settings.limits.queue_seconds = 20;
    });
    let (path, token) = (path("format=jsonl"), secret("auditor"));
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nx-auth-token: {token}\r\n\r\n");
    for _ in 0..10 {
        let mut client = TcpStream::connect(("127.0.0.1", service.port())).unwrap();
        client.write_all(request.as_bytes()).unwrap();
        client.read_exact(&mut [0; 12]).unwrap();
    }
    let lines = json_rows(&export(&service, "format=jsonl").body);
    assert_eq!(lines.len(), usize::try_from(MANY).unwrap());
}
