//! Limits for each peer follow the address that a trusted proxy names, and believe nobody else.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use deskledger_api::ErrorCode;
use deskledger_tests::{Answer, Database, PROJECT, Service, TOKEN};

use crate::record::bare;
use crate::refusal::assert_code;

/// Much longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(40);

const LOCAL: &str = "127.0.0.1";

fn list(service: &Service, headers: &[(&str, &str)]) -> Answer {
    let path = format!("/v2/{PROJECT}/connections/desktops");
    let mut all = vec![("X-Auth-Token", TOKEN)];
    all.extend(headers);
    service.get(&path, &all)
}

/// Begins a recording that brings no body, with a header that names a client.
fn begin(service: &Service, header: &str) -> TcpStream {
    let mut stream = TcpStream::connect((LOCAL, service.port())).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let path = Service::record_path(PROJECT);
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nx-auth-token: {TOKEN}\r\n{header}\r\n\
         content-type: application/x-ndjson\r\ncontent-length: 1000\r\nexpect: 100-continue\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

/// What a request with this header is answered, as far as it is.
fn asked(service: &Service, header: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect((LOCAL, service.port())).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let head =
        format!("GET /health/live HTTP/1.1\r\nhost: x\r\n{header}\r\nconnection: close\r\n\r\n");
    let _ = stream.write_all(head.as_bytes());
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    answer
}

fn running(service: &Service) -> usize {
    let text = String::from_utf8(service.get("/metrics", &[]).body).unwrap();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(r#"deskledger_running{kind="recordings"} "#));
    line.unwrap().parse().unwrap()
}

#[track_caller]
fn wait_until(mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "it never is so");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A service on which two requests of one address may run, with these proxies.
fn service(database: &Database, proxies: &[&str]) -> Service {
    Service::start_with(database, |settings| {
        settings.server.connections_per_peer = 2;
        settings.server.trusted_proxies = proxies.iter().map(|proxy| (*proxy).to_owned()).collect();
        settings.limits.recordings_per_project = 4;
    })
}

#[test]
fn requests_of_a_trusted_proxy_count_for_the_client_that_it_names() {
    let database = Database::sqlite();
    let service = service(&database, &["127.0.0.0/8"]);
    // Both ways to name it, and what the client made up before the proxy.
    let held = [
        begin(&service, "x-forwarded-for: 192.0.2.1, 198.51.100.7"),
        begin(&service, "forwarded: for=198.51.100.7;proto=https"),
    ];
    wait_until(|| running(&service) == 2);
    for header in [
        ("X-Forwarded-For", "198.51.100.7"),
        ("X-Forwarded-For", "192.0.2.9, 198.51.100.7, 127.0.0.5"),
        ("Forwarded", r#"for="198.51.100.7:4711""#),
    ] {
        let refused = list(&service, &[header]);
        assert_code(&refused, ErrorCode::Unavailable, header.1);
        assert_eq!(refused.header("retry-after"), Some("1"));
    }
    for header in [
        ("X-Forwarded-For", "198.51.100.8"),
        ("X-Forwarded-For", "198.51.100.7, 198.51.100.8"),
        ("Forwarded", "for=198.51.100.8"),
    ] {
        assert_eq!(list(&service, &[header]).status, 200, "{header:?}");
    }
    // The connections themselves are the proxy's, which has as many as it likes.
    assert_eq!(list(&service, &[]).status, 200);
    drop(held);
    wait_until(|| list(&service, &[("X-Forwarded-For", "198.51.100.7")]).status == 200);
}

#[test]
fn what_another_than_a_trusted_proxy_says_of_its_address_is_not_believed() {
    let database = Database::sqlite();
    let service = service(&database, &["192.0.2.0/24"]);
    let names = |number| format!("x-forwarded-for: 198.51.100.{number}");
    let mut held = vec![begin(&service, &names(1))];
    wait_until(|| running(&service) == 1);
    // All connections are of this machine, whatever they say, and soon two of them are busy.
    wait_until(|| {
        held.truncate(1);
        held.push(begin(&service, &names(2)));
        thread::sleep(Duration::from_millis(300));
        asked(&service, &names(3)).starts_with(b"HTTP/1.1 503 ")
    });
    drop(held);
    wait_until(|| asked(&service, &names(3)).starts_with(b"HTTP/1.1 200 "));
}

/// An IAM that says of no token what it is, and answers nothing until it is let go on.
struct Iam {
    port: u16,
    gate: Arc<(Mutex<State>, Condvar)>,
}

#[derive(Default)]
struct State {
    asked: usize,
    is_open: bool,
}

impl Iam {
    fn start() -> Self {
        let listener = TcpListener::bind((LOCAL, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let gate = Arc::new((Mutex::new(State::default()), Condvar::new()));
        let shared = Arc::clone(&gate);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (mut stream, gate) = (stream.unwrap(), Arc::clone(&shared));
                thread::spawn(move || {
                    let mut head = Vec::new();
                    let mut byte = [0];
                    while !head.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).is_ok() {
                        head.push(byte[0]);
                    }
                    let mut state = gate.0.lock().unwrap();
                    state.asked += 1;
                    drop(gate.1.wait_while(state, |state| !state.is_open).unwrap());
                    let answer =
                        b"HTTP/1.1 403 X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                    let _ = stream.write_all(answer);
                });
            }
        });
        Self { port, gate }
    }

    fn asked(&self) -> usize {
        self.gate.0.lock().unwrap().asked
    }

    fn go_on(&self) {
        self.gate.0.lock().unwrap().is_open = true;
        self.gate.1.notify_all();
    }
}

#[test]
fn questions_to_iam_are_shared_by_the_address_that_a_trusted_proxy_names() {
    for (proxies, of_all) in [(vec![LOCAL.to_owned()], 4), (Vec::new(), 3)] {
        let iam = Iam::start();
        let database = Database::sqlite();
        database.fill(PROJECT, [bare("a", "2020-04-24T03:02:45Z")]);
        let service = Service::start_with(&database, |settings| {
            settings.identity.iam.url = format!("http://{LOCAL}:{}", iam.port);
            settings.identity.iam.requests = 4;
            settings.identity.iam.request_timeout_seconds = 30;
            settings.server.trusted_proxies = proxies;
        });
        let unknown = |token: String, client: &str| {
            let path = format!("/v2/{PROJECT}/connections/desktops");
            let headers = [("X-Auth-Token", &*token), ("X-Forwarded-For", client)];
            service.get(&path, &headers)
        };
        let unknown = &unknown;
        thread::scope(|scope| {
            for number in 0..5 {
                scope.spawn(move || unknown(format!("unknown{number}"), "198.51.100.7"));
            }
            wait_until(|| iam.asked() == 3);
            let other = scope.spawn(|| unknown("unknown".to_owned(), "198.51.100.8"));
            wait_until(|| iam.asked() == of_all);
            thread::sleep(Duration::from_millis(300));
            assert_eq!(iam.asked(), of_all);
            // What is known needs no IAM, and the metrics show who waits.
            assert_eq!(list(&service, &[]).status, 200);
            let text = String::from_utf8(service.get("/metrics", &[]).body).unwrap();
            let waiting = format!(
                r#"deskledger_waiting{{kind="iam_questions"}} {}"#,
                6 - of_all
            );
            assert!(text.lines().any(|line| line == waiting), "{text}");
            assert!(!text.contains("198.51.100."), "{text}");
            iam.go_on();
            let refused = other.join().unwrap();
            assert_code(&refused, ErrorCode::IamUnavailable, "unknown");
        });
    }
}

#[test]
fn metrics_name_projects_where_a_setting_asks_for_it_and_only_there() {
    for is_asked_for in [false, true] {
        let database = Database::sqlite();
        let service = Service::start_with(&database, |settings| {
            settings.metrics.project_labels = is_asked_for;
        });
        let _held = begin(&service, "x-a: b");
        let (named, all) = (
            format!(r#"deskledger_running{{kind="recordings",project="{PROJECT}"}} 1"#),
            r#"deskledger_running{kind="recordings"} 1"#,
        );
        let wanted = if is_asked_for { &named } else { all };
        let text = || String::from_utf8(service.get("/metrics", &[]).body).unwrap();
        wait_until(|| text().lines().any(|line| line == wanted));
        assert_eq!(text().contains(PROJECT), is_asked_for);
    }
}
