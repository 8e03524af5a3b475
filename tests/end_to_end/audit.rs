//! Every export that somebody asks for leaves a trace, whatever becomes of it.

use std::io::Read as _;
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use deskledger_api::{ErrorCode, Settings};
use deskledger_tests::{Database, PROJECT, Service, TOKEN, on_both_databases, token};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::client::{idle_client, request};
use crate::record::{bare, bulky};

on_both_databases! {
    an_export_that_is_done_is_audited_whole
    each_refusal_is_audited_with_its_code
    an_export_that_finds_no_place_is_audited
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
    let export = "workspace:connections:securityExport".to_owned();
    let roles = &mut settings.access.roles;
    roles.insert("te_admin".to_owned(), vec![export, list.clone()]);
    roles.insert("auditor".to_owned(), vec![list]);
    roles.insert("clerk".to_owned(), Vec::new());
    let tokens = &mut settings.identity.tokens;
    tokens.push(token("auditor", PROJECT, &["auditor"]));
    tokens.push(token("clerk", PROJECT, &["clerk"]));
    tokens.push(token("foreign", "another", &["te_admin"]));
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
    audits_of(service, PROJECT, "auditor")
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
    let [audit] = &mut ended(&service, 1)[..] else {
        panic!("there is not one audit");
    };
    let mut take = |name: &str| audit.as_object_mut().unwrap().remove(name).unwrap();
    assert_eq!(take("id").as_str().unwrap().len(), 32);
    let peer = take("peer_address");
    assert!(peer.as_str().unwrap().starts_with("127.0.0.1:"), "{peer}");
    assert!(take("duration_ms").is_u64());
    assert_eq!(
        *audit,
        json!({
            "request_id": "from-the-client.1",
            "user": format!("owner of {TOKEN}"),
            "credential": "token",
            "requested_project_id": PROJECT,
            "forwarded_for": "10.0.0.7, 10.1.1.1",
            "filter": {
                "start_time": "2020-04-01T00:00Z",
                "end_time": "2020-05-01T00:00+08:00",
                "user_name": null,
                "computer_name": null,
                "terminal_type": null,
            },
            "language": "zh_CN",
            "time_zone": "UTC",
            "started_at": "2020-05-01T08:00:00Z",
            "ended_at": "2020-05-01T08:00:00Z",
            "rows": 2,
            "bytes": answer.body.len(),
            "outcome": "done",
            "error_code": null,
            "reason": null,
        })
    );
}

fn each_refusal_is_audited_with_its_code(database: &Database) {
    database.fill(PROJECT, ["1", "2"].map(|id| bare(id, "2020-04-13T02:00Z")));
    let service = start(database, |settings| settings.limits.max_records = 1);
    for token in ["nobody", ""] {
        let answer = service.get(&Service::export_path(""), &[("X-Auth-Token", token)]);
        assert_eq!(answer.status, 401);
    }
    let body = "content-type: text/plain\r\ncontent-length: 2\r\n";
    let export = Service::export_path("");
    let long_project = format!("/v2/{}/connections/desktops/export", "p".repeat(256));
    let mut refused = 0;
    for (token, path, headers, code, reason) in [
        (
            "clerk",
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
            "the credentials are not for this project",
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
            if headers.is_empty() { "" } else { "hi" }
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
    // Whoever was asked for without being allowed sees nothing of it.
    assert!(audits_of(&service, "another", "foreign").is_empty());
}

/// So many records that their workbook does not fit into what the channel and the sockets hold.
fn fill_for_idle_clients(database: &Database) {
    database.fill(PROJECT, bulky(4_000));
}

fn an_export_that_finds_no_place_is_audited(database: &Database) {
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

mod list {
    use deskledger_domain::{
        AuditFields, AuditId, AuditedQuery, CredentialKind, ExportAudit, ProjectId,
    };
    use deskledger_store::{AuditEvent, StoreSettings, open_audits};

    use super::*;
    use crate::record::time;

    on_both_databases! {
        a_list_is_cut_and_newest_first
    }

    /// An audit of each hour of a day.
    fn fill(database: &Database, project: &str) {
        let audits = open_audits(&StoreSettings::new(database.url())).unwrap();
        let events: Vec<_> = (0..24)
            .map(|hour| {
                let audit = ExportAudit::new(AuditFields {
                    id: AuditId::new(format!("{project}-{hour:02}")).unwrap(),
                    project_id: ProjectId::new(project).unwrap(),
                    requested_project_id: None,
                    user: "ann".to_owned(),
                    credential: CredentialKind::Token,
                    peer_address: None,
                    forwarded_for: None,
                    request_id: "r".to_owned(),
                    query: AuditedQuery::of_pairs::<&str, &str>([]),
                    started_at: time(&format!("2020-04-13T{hour:02}:00Z")),
                });
                AuditEvent::Started(Box::new(audit.unwrap()))
            })
            .collect();
        audits.log(1).append(&events).unwrap();
    }

    fn a_list_is_cut_and_newest_first(database: &Database) {
        fill(database, PROJECT);
        fill(database, "another");
        let service = start(database, |_| {});
        let hours = |hours: std::ops::Range<u32>| -> Vec<_> {
            hours
                .rev()
                .map(|hour| format!("{PROJECT}-{hour:02}"))
                .collect()
        };
        for (query, total, expected) in [
            ("", 24, hours(4..24)),
            ("limit=1000", 24, hours(0..24)),
            ("limit=3&offset=2", 24, hours(19..22)),
            ("limit=0", 24, vec![]),
            ("offset=24", 24, vec![]),
            ("offset=&limit=", 24, hours(4..24)),
            (
                "start_time=2020-04-13T10:00Z&end_time=2020-04-13T12:00Z",
                2,
                hours(10..12),
            ),
            ("start_time=2020-04-13T22:00:00.000001Z", 1, hours(23..24)),
            (
                "start_time=2020-04-13T10:00Z&end_time=2020-04-13T12:00Z&limit=1&offset=1",
                2,
                hours(10..11),
            ),
        ] {
            let path = list_path(PROJECT, query);
            let answer = service.get(&path, &[("X-Auth-Token", "auditor")]);
            assert_eq!(answer.status, 200, "{query}");
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            assert_eq!(answer.header("content-type"), Some("application/json"));
            let list: Value = serde_json::from_slice(&answer.body).unwrap();
            assert_eq!(list["total_count"], total, "{query}");
            let found: Vec<_> = list["audits"]
                .as_array()
                .unwrap()
                .iter()
                .map(|audit| audit["id"].as_str().unwrap().to_owned())
                .collect();
            assert_eq!(found, expected, "{query}");
        }
    }

    #[test]
    fn only_who_may_sees_audits_and_each_mistake_has_its_code() {
        let database = Database::sqlite();
        fill(&database, PROJECT);
        let service = start(&database, |_| {});
        for (token, query, code) in [
            ("nobody", "", ErrorCode::Unauthenticated),
            ("clerk", "", ErrorCode::Forbidden),
            ("foreign", "", ErrorCode::Forbidden),
            ("auditor", "user_name=x", ErrorCode::UnknownParameter),
            ("auditor", "limit=1&limit=1", ErrorCode::RepeatedParameter),
            ("auditor", "limit=1001", ErrorCode::InvalidNumber),
            ("auditor", "limit=-1", ErrorCode::InvalidNumber),
            ("auditor", "offset=1.5", ErrorCode::InvalidNumber),
            ("auditor", "start_time=today", ErrorCode::InvalidTime),
            (
                "auditor",
                "end_time=2020-04-13T10:00Z",
                ErrorCode::EndWithoutStart,
            ),
            (
                "auditor",
                "start_time=2020-04-13T10:00Z&end_time=2020-04-13T10:00Z",
                ErrorCode::EmptyTimeRange,
            ),
        ] {
            let path = list_path(PROJECT, query);
            let answer = service.get(&path, &[("X-Auth-Token", token)]);
            assert_eq!(answer.error().0, code.code(), "{token} {query}");
            assert_eq!(answer.status, code.status().as_u16(), "{token} {query}");
        }
        // An auditor may look, and not export.
        let answer = service.get(&Service::export_path(""), &[("X-Auth-Token", "auditor")]);
        assert_eq!(answer.status, 403);
        let post = format!(
            "POST {} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
            list_path(PROJECT, "")
        );
        let answer = service.raw(post.as_bytes());
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET")));
    }
}

mod trouble {
    //! What becomes of audits where the database is in trouble.

    use super::*;

    mod sqlite {
        use diesel::connection::SimpleConnection as _;
        use diesel::{Connection as _, SqliteConnection};

        use super::*;

        #[test]
        fn an_export_that_cannot_be_audited_is_not_begun() {
            let database = Database::sqlite();
            let service = start(&database, |settings| {
                settings.database.connection_timeout_seconds = 1;
            });
            let path = database.url().strip_prefix("sqlite://").unwrap();
            let mut other = SqliteConnection::establish(path).unwrap();
            other.batch_execute("BEGIN IMMEDIATE").unwrap();
            assert_not_audited(&service);
            other.batch_execute("ROLLBACK").unwrap();
            assert_eq!(service.export("").status, 200);
            assert_eq!(ended(&service, 1)[0]["outcome"], "done");
        }
    }

    fn assert_not_audited(service: &Service) {
        let answer = service.export("");
        let (code, message) = answer.error();
        assert_eq!((answer.status, code.as_str()), (503, "WKS.00000503"));
        assert!(message.contains("audit"), "{message}");
        assert_eq!(answer.header("retry-after"), Some("5"));
    }

    mod postgres {
        use diesel::connection::SimpleConnection as _;
        use diesel::sql_types::BigInt;
        use diesel::{Connection as _, PgConnection, RunQueryDsl as _};

        use super::*;

        fn connect(database: &Database) -> PgConnection {
            PgConnection::establish(database.url()).unwrap()
        }

        fn close_all(database: &Database) {
            connect(database)
                .batch_execute(
                    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
                     WHERE datname = current_database() AND application_name = 'deskledger'",
                )
                .unwrap();
        }

        #[test]
        fn an_export_that_cannot_be_audited_reads_nothing() {
            let database = Database::postgres();
            database.fill(PROJECT, [bare("1", "2020-04-13T02:00Z")]);
            let service = start(&database, |_| {});
            let mut owner = connect(&database);
            owner
                .batch_execute("ALTER TABLE export_audits RENAME TO elsewhere")
                .unwrap();
            assert_not_audited(&service);
            let reads: i64 = diesel::select(diesel::dsl::sql::<BigInt>(
                "(SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                  AND query ILIKE '%connection_records%' AND pid <> pg_backend_pid()
                  AND application_name = 'deskledger')",
            ))
            .get_result(&mut owner)
            .unwrap();
            assert_eq!(reads, 0);
            owner
                .batch_execute("ALTER TABLE elsewhere RENAME TO export_audits")
                .unwrap();
            assert_eq!(service.export("").status, 200);
            ended(&service, 1);
        }

        #[test]
        fn a_database_lost_on_the_way_is_audited_when_it_is_back() {
            let database = Database::postgres();
            fill_for_idle_clients(&database);
            let service = start(&database, |_| {});
            let mut client = idle_client(&service);
            close_all(&database);
            let _ = client.read_to_end(&mut Vec::new());
            let audits = ended(&service, 1);
            assert_eq!(audits[0]["outcome"], "failed");
            assert_eq!(
                audits[0]["reason"],
                "read records: the database is not available"
            );
            assert!(audits[0]["rows"].as_u64().unwrap() < 4_000);
            assert_eq!(service.export("user_name=nobody").status, 200);
            ended(&service, 2);
        }

        #[test]
        fn an_audit_that_cannot_be_closed_is_closed_later() {
            let database = Database::postgres();
            fill_for_idle_clients(&database);
            let service = start(&database, |settings| {
                settings.database.connection_timeout_seconds = 1;
            });
            let client = idle_client(&service);
            let mut locker = connect(&database);
            locker
                .batch_execute("BEGIN; LOCK TABLE export_audit_ends IN SHARE MODE")
                .unwrap();
            drop(client);
            // The statement that closes it waits for the lock, and is given up.
            for waiting_for_it in [1, 0] {
                let deadline = Instant::now() + Duration::from_secs(60);
                while waiting(&mut locker) != waiting_for_it {
                    assert!(Instant::now() < deadline, "it never happened");
                    thread::sleep(Duration::from_millis(10));
                }
            }
            assert_eq!(audits(&service)[0]["outcome"], "running");
            locker.batch_execute("COMMIT").unwrap();
            assert_eq!(ended(&service, 1)[0]["outcome"], "client_left");
        }

        fn waiting(connection: &mut PgConnection) -> i64 {
            diesel::select(diesel::dsl::sql::<BigInt>(
                "(SELECT count(*) FROM pg_locks WHERE NOT granted
                  AND relation = 'export_audit_ends'::regclass)",
            ))
            .get_result(connection)
            .unwrap()
        }
    }
}
