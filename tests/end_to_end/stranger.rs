//! Strangers: clients that nobody knows, and that let the service wait. They stop nobody else, and stay for a short while.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use deskledger_api::ErrorCode;
use deskledger_settings::Settings;
use deskledger_tests::{Answer, Database, PROJECT, Service, TOKEN, access_key};

use crate::record::bulky;
use crate::refusal::assert_refused;
use crate::signature::OURS;

/// How long anything here may take. It is much longer than it takes: a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(40);

fn connect(service: &Service) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", service.port())).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// A service with an access key, whose identifier is no secret.
fn with_a_key(database: &Database, change: impl FnOnce(&mut Settings)) -> Service {
    Service::start_with(database, |settings| {
        settings.identity.access_keys = vec![access_key(OURS.id, OURS.secret, PROJECT, &[])];
        change(settings);
    })
}

/// Sends the head of a request whose signature covers a body, so that the body is waited for, and one byte of that.
fn waits_with_one_byte(service: &Service) -> TcpStream {
    let mut stream = connect(service);
    let path = Service::record_path(PROJECT);
    let signature = "0".repeat(64);
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 60000\r\ncontent-type: application/json\r\n\
         x-sdk-date: 20200501T080000Z\r\nauthorization: SDK-HMAC-SHA256 Access={}, \
         SignedHeaders=host;x-sdk-date, Signature={signature}\r\n\r\n[",
        OURS.id
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

/// Everything that still comes, until the service ends the connection.
fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Err(error) = stream.read_to_end(&mut bytes) {
        let waited = matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
        assert!(!waited, "the service does not end the connection");
    }
    bytes
}

/// Whether the service has ended a connection by now.
fn has_ended(stream: &mut TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    match stream.read(&mut [0; 4096]) {
        Ok(bytes) => bytes == 0 || has_ended(stream),
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    }
}

fn metric(service: &Service, name: &str) -> u64 {
    let text = String::from_utf8(service.get("/metrics", &[]).body).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    assert!(line.is_some(), "no {name} in\n{text}");
    line.unwrap().trim().parse().unwrap()
}

#[track_caller]
fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        thread::sleep(Duration::from_millis(50));
    }
}

fn assert_others_are_served(service: &Service) {
    for _ in 0..10 {
        assert_eq!(service.export("user_name=nobody").status, 200);
        assert_eq!(service.get("/health/ready", &[]).status, 200);
    }
}

#[test]
fn strangers_that_send_one_byte_of_a_body_stop_nobody() {
    let database = Database::sqlite();
    let service = with_a_key(&database, |settings| {
        settings.server.connections = 400;
        settings.server.unauthenticated_connections = 100;
    });
    let mut strangers: Vec<_> = (0..500).map(|_| waits_with_one_byte(&service)).collect();
    assert_others_are_served(&service);
    assert!(metric(&service, "deskledger_connections ") <= 101);
    assert!(metric(&service, "deskledger_connections_unauthenticated ") <= 100);
    // Those that came first had to go.
    let ended = strangers
        .iter_mut()
        .map(|stranger| u32::from(has_ended(stranger)));
    assert!(ended.sum::<u32>() >= 300);
    let cut = r#"deskledger_connections_cut_total{reason="displaced"}"#;
    assert!(metric(&service, cut) >= 300);
}

#[test]
fn strangers_that_connect_and_send_nothing_stop_nobody() {
    let database = Database::sqlite();
    let service = Service::start_with(&database, |settings| {
        settings.server.connections = 200;
        settings.server.unauthenticated_connections = 50;
    });
    let mut idle: Vec<_> = (0..400).map(|_| connect(&service)).collect();
    assert_others_are_served(&service);
    let answer = Answer::parse(&rest(&mut idle[0]));
    let message = "as many connections as it may";
    assert_refused(&answer, ErrorCode::Unavailable, message, "the oldest");
    assert_eq!(answer.header("retry-after"), Some("1"));
}

#[test]
fn connections_that_are_reset_at_once_stop_nobody() {
    let database = Database::sqlite();
    let service = Service::start(&database);
    for _ in 0..1_000 {
        let mut stream = connect(&service);
        let _ = stream.write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n");
        // An answer that is on its way and unread makes this a reset.
        drop(stream);
    }
    assert_others_are_served(&service);
    wait_until("connections that are gone still count", || {
        metric(&service, "deskledger_connections ") <= 2
    });
}

#[test]
fn a_head_that_does_not_come_is_refused() {
    let database = Database::sqlite();
    let service = Service::start_with(&database, |settings| {
        settings.server.request_timeout_seconds = 1;
        settings.server.keep_alive_seconds = 60;
    });
    let nothing = connect(&service);
    let mut begun = connect(&service);
    begun.write_all(b"GET /health/live HTTP/1.1\r\nho").unwrap();
    // The second head of a connection is watched, too.
    let mut second = connect(&service);
    let whole = b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n";
    second.write_all(whole).unwrap();
    let mut first = [0; 12];
    second.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    second
        .write_all(b"GET /health/live HTTP/1.1\r\nho")
        .unwrap();
    // One that trickles is no better.
    let mut trickle = connect(&service);
    let mut sender = trickle.try_clone().unwrap();
    let sending = thread::spawn(move || {
        let deadline = Instant::now() + PATIENCE;
        while sender.write_all(b"G").is_ok() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(300));
        }
    });
    let trickled = rest(&mut trickle);
    for (what, mut stream) in [("nothing", nothing), ("begun", begun)] {
        let answer = Answer::parse(&rest(&mut stream));
        let message = "did not come in time";
        assert_refused(&answer, ErrorCode::BodyTooSlow, message, what);
    }
    let later = String::from_utf8(rest(&mut second)).unwrap();
    assert!(later.contains("HTTP/1.1 408 "), "{later}");
    assert!(trickled.is_empty() || trickled.starts_with(b"HTTP/1.1 408 "));
    sending.join().unwrap();
    let cut = r#"deskledger_connections_cut_total{reason="slow_head"}"#;
    assert_eq!(metric(&service, cut), 4);
}

#[test]
fn credentials_are_judged_by_the_head_and_the_refusal_arrives_while_the_body_is_sent() {
    let database = Database::sqlite();
    let service = Service::start(&database);
    let export = Service::export_path("");
    for (coding, body) in [
        ("content-length: 50000000", "x"),
        ("transfer-encoding: chunked", "1\r\nx\r\n"),
    ] {
        let mut stream = connect(&service);
        let head = format!(
            "GET {export} HTTP/1.1\r\nhost: x\r\nx-auth-token: wrong\r\n{coding}\r\n\r\n{body}"
        );
        stream.write_all(head.as_bytes()).unwrap();
        let answer = Answer::parse(&rest(&mut stream));
        assert_eq!(answer.status, 401, "{coding}");
        assert_eq!(answer.header("connection"), Some("close"), "{coding}");
    }
    // A client that does not look at the answer before it has sent everything finds it all the same.
    let large = format!(
        "GET {export} HTTP/1.1\r\nhost: x\r\nx-auth-token: wrong\r\ncontent-length: 3000000\r\n\r\n{}",
        "x".repeat(3_000_000)
    );
    assert_eq!(service.raw(large.as_bytes()).status, 401);
}

#[test]
fn a_body_that_does_not_come_is_refused_also_of_those_who_are_known() {
    let database = Database::sqlite();
    let service = with_a_key(&database, |settings| settings.limits.slow_body_seconds = 1);
    let export = Service::export_path("");
    let mut known = connect(&service);
    let head = format!(
        "GET {export} HTTP/1.1\r\nhost: x\r\nx-auth-token: {TOKEN}\r\ncontent-length: 2\r\n\r\n{{"
    );
    known.write_all(head.as_bytes()).unwrap();
    let stranger = waits_with_one_byte(&service);
    for (what, mut stream) in [("known", known), ("stranger", stranger)] {
        let answer = Answer::parse(&rest(&mut stream));
        let message = "comes too slowly";
        assert_refused(&answer, ErrorCode::BodyTooSlow, message, what);
    }
}

#[test]
fn answers_that_nobody_reads_are_bounded_and_end() {
    let database = Database::sqlite();
    database.fill(PROJECT, bulky(1_000));
    let service = Service::start_with(&database, |settings| {
        settings.limits.response_bytes = 10_000_000;
        settings.limits.queue_seconds = 1;
        settings.limits.slow_client_seconds = 5;
    });
    let list = format!("/v2/{PROJECT}/connections/desktops?limit=1000");
    let token = [("X-Auth-Token", TOKEN)];
    let whole = service.get(&list, &token);
    let length = whole.body.len();
    assert!(length > 3_000_000, "{length} bytes say little");
    assert_eq!(whole.header("content-length"), Some(&*length.to_string()));
    let mut silent = connect(&service);
    let request = format!("GET {list} HTTP/1.1\r\nhost: x\r\nx-auth-token: {TOKEN}\r\n\r\n");
    silent.write_all(request.as_bytes()).unwrap();
    silent.read_exact(&mut [0; 12]).unwrap();
    // It holds the project's half of the memory.
    let answer = service.get(&list, &token);
    let message = "clients of this project have not read";
    assert_refused(&answer, ErrorCode::TooManyRequests, message, "the next");
    assert_eq!(answer.header("retry-after"), Some("10"));
    assert_others_are_served(&service);
    wait_until("the memory is never given back", || {
        service.get(&list, &token).status == 200
    });
    assert!(rest(&mut silent).len() < length, "the answer was not cut");
    // It read nothing for too long, or too little while the list was asked for again.
    let cut = ["slow_reader", "below_minimum_rate"].map(|reason| {
        let name = format!("deskledger_connections_cut_total{{reason=\"{reason}\"}}");
        metric(&service, &name)
    });
    assert_eq!(cut.iter().sum::<u64>(), 1);
}

#[test]
fn strangers_do_not_stretch_a_stop() {
    let database = Database::sqlite();
    let service = with_a_key(&database, |settings| settings.server.shutdown_seconds = 600);
    let mut strangers: Vec<_> = (0..30)
        .flat_map(|_| [waits_with_one_byte(&service), connect(&service)])
        .collect();
    assert_eq!(service.get("/health/live", &[]).status, 200);
    service.stop(true);
    for stranger in &mut strangers {
        rest(stranger);
    }
}

#[test]
fn administrators_have_an_address_of_their_own() {
    let database = Database::sqlite();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = port.local_addr().unwrap();
    drop(port);
    let _service = Service::start_with(&database, |settings| {
        settings.server.admin_listen = Some(address);
    });
    for (path, status) in [
        ("/health/live", "200"),
        ("/health/ready", "200"),
        ("/metrics", "200"),
        ("/explorer", "404"),
        ("/v2/p/connections/desktops", "404"),
    ] {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let answer = String::from_utf8(rest(&mut stream)).unwrap();
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{path}: {answer}"
        );
    }
}

#[test]
fn head_is_answered_wherever_get_is_and_does_no_work() {
    let database = Database::sqlite();
    database.fill(PROJECT, bulky(3));
    let service = Service::start(&database);
    let head = |path: &str, token: &str| {
        let request = format!(
            "HEAD {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-auth-token: {token}\r\n\r\n"
        );
        let answer = service.raw(request.as_bytes());
        assert!(answer.body.is_empty(), "{path}");
        assert_eq!(
            answer.header("x-content-type-options"),
            Some("nosniff"),
            "{path}"
        );
        answer
    };
    let export = head(&Service::export_path(""), TOKEN);
    assert_eq!(
        (export.status, export.header("content-length")),
        (200, None)
    );
    let disposition = export.header("content-disposition").unwrap();
    assert!(disposition.starts_with("attachment;"));
    assert_eq!(
        head(&Service::export_path("language=xx"), TOKEN).status,
        400
    );
    assert_eq!(head(&Service::export_path(""), "wrong").status, 401);
    let task = format!("/v3/{PROJECT}/desktops/connections/export");
    assert_eq!(head(&task, TOKEN).status, 200);

    let token = [("X-Auth-Token", TOKEN)];
    let list = format!("/v2/{PROJECT}/connections/desktops");
    let length = head(&list, TOKEN)
        .header("content-length")
        .map(str::to_owned);
    let body = service.get(&list, &token).body;
    assert_eq!(length, Some(body.len().to_string()));
    for path in [
        "/health/live",
        "/health/ready",
        "/metrics",
        "/openapi.json",
        "/explorer",
    ] {
        assert_eq!(head(path, "").status, 200, "{path}");
    }
    // Nothing was exported, and no task began. The refused exports are written down.
    let audits = service.get(&format!("/v2/{PROJECT}/connections/export-audits"), &token);
    let audits = String::from_utf8(audits.body).unwrap();
    assert!(!audits.contains("\"done\""), "{audits}");
    let tasks = service.get(&format!("/v2/{PROJECT}/export-tasks"), &token);
    let tasks: serde_json::Value = serde_json::from_slice(&tasks.body).unwrap();
    assert_eq!(tasks["count"], 0);
}
