//! The real program as the system sees it: its descriptors, its sockets, its signals.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod process;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use process::{PATIENCE, Process};

const LIVE: &[u8] = b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n";

/// Asks whether the service is live, on a connection that stays open. The error says what came instead of an answer.
fn live(address: SocketAddr) -> Result<TcpStream, String> {
    let fail = |error: std::io::Error| error.to_string();
    let mut stream = TcpStream::connect(address).map_err(fail)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(fail)?;
    stream.write_all(LIVE).map_err(fail)?;
    let mut status = [0; 12];
    stream.read_exact(&mut status).map_err(fail)?;
    match &status {
        b"HTTP/1.1 200" => Ok(stream),
        other => {
            let mut answer = other.to_vec();
            let _ = stream.read_to_end(&mut answer);
            Err(String::from_utf8_lossy(&answer).into_owned())
        }
    }
}

/// What a service opens once it has its database is not there before.
fn wait_until_ready(address: SocketAddr) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let request = b"GET /health/ready HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        stream.write_all(request).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        if answer.starts_with(b"HTTP/1.1 200 ") {
            return;
        }
        assert!(Instant::now() < deadline, "it is never ready");
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_connection_needs_one_descriptor() {
    let service = Process::start(&[]);
    wait_until_ready(service.address());
    let _first = live(service.address()).unwrap();
    let before = service.sockets();
    let clients: Vec<_> = (0..100).map(|_| live(service.address()).unwrap()).collect();
    let added = service.sockets() - before;
    // A connection that ends takes a moment; with two descriptors each there would be twice as many.
    assert!(added.abs_diff(clients.len()) < 10, "{added}");
}

/// Whether something came on a connection that is not blocking, be it its end.
fn was_answered(stream: &TcpStream) -> bool {
    let nothing = |error: &std::io::Error| error.kind() == std::io::ErrorKind::WouldBlock;
    !stream.peek(&mut [0]).is_err_and(|error| nothing(&error))
}

fn wait_until_unchanged(count: impl Fn() -> usize) {
    let deadline = Instant::now() + PATIENCE;
    let mut last = count();
    loop {
        thread::sleep(Duration::from_millis(300));
        match count() {
            same if same == last => return,
            other => last = other,
        }
        assert!(Instant::now() < deadline, "it never comes to rest");
    }
}

#[test]
fn a_small_limit_of_descriptors_is_named_and_strangers_do_not_use_it_up() {
    let service = Process::start_by("ulimit -n 256", &[]);
    assert!(service.logged("the limit of descriptors (RLIMIT_NOFILE) is small"));
    let mut strangers = Vec::new();
    for _ in 0..600 {
        let mut stranger = TcpStream::connect(service.address()).unwrap();
        // It may have been cut already.
        let _ = stranger.write_all(b"POST / HTTP/1.1\r\nhost: x\r\n");
        stranger.set_nonblocking(true).unwrap();
        strangers.push(stranger);
    }
    // The last of them may not have been accepted yet, and would come after those who are served.
    wait_until_unchanged(|| {
        strangers
            .iter()
            .filter(|stranger| was_answered(stranger))
            .count()
    });
    for _ in 0..20 {
        live(service.address()).unwrap();
    }
    assert!(service.descriptors() <= 256);
}

#[test]
fn a_soft_limit_of_descriptors_is_raised() {
    let service = Process::start_by("ulimit -S -n 128", &[]);
    let clients: Vec<_> = (0..200).map(|_| live(service.address()).unwrap()).collect();
    assert!(service.descriptors() > clients.len());
}

/// Clients that ask for the health of an address until they are to stop, each on a connection of its own.
fn ask_until(stop: &AtomicBool, address: SocketAddr, asked: &AtomicU32) -> Vec<String> {
    let mut failures = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        if let Err(failure) = live(address) {
            failures.push(failure);
        }
        asked.fetch_add(1, Ordering::Relaxed);
    }
    failures
}

/// Has clients ask while `work` is done, and returns what failed for them.
fn under_load<R>(address: SocketAddr, work: impl FnOnce(&AtomicU32) -> R) -> (R, Vec<String>) {
    let (stop, asked) = (AtomicBool::new(false), AtomicU32::new(0));
    thread::scope(|scope| {
        let clients: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| ask_until(&stop, address, &asked)))
            .collect();
        // What it returns lives until the last client has its answer.
        let result = work(&asked);
        stop.store(true, Ordering::Relaxed);
        let failures = clients.into_iter().map(|client| client.join().unwrap());
        (result, failures.flatten().collect())
    })
}

fn wait_for_more(asked: &AtomicU32) {
    let enough = asked.load(Ordering::Relaxed) + 50;
    let deadline = Instant::now() + PATIENCE;
    while asked.load(Ordering::Relaxed) < enough {
        assert!(Instant::now() < deadline, "nobody is answered");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_socket_that_is_handed_over_refuses_nobody_while_processes_change() {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let old = Process::start_on(&socket);
    assert_eq!(old.address(), address);
    // The settings of these tests have one.
    assert!(old.logged("line 3: server.listen"));
    assert!(!old.logged("server.reuse_port"));
    let (_newest, failures) = under_load(address, |asked| {
        wait_for_more(asked);
        let new = Process::start_on(&socket);
        wait_for_more(asked);
        assert!(old.terminate().success());
        wait_for_more(asked);
        // And once more: an operator may hand the socket over as often as there are releases.
        let newest = Process::start_on(&socket);
        assert!(new.terminate().success());
        wait_for_more(asked);
        newest
    });
    assert_eq!(failures, Vec::<String>::new());
}

#[cfg(target_os = "linux")]
#[test]
fn a_socket_that_does_not_listen_is_no_socket_to_serve_on() {
    let listens = TcpListener::bind("127.0.0.1:0").unwrap();
    let connected = TcpStream::connect(listens.local_addr().unwrap()).unwrap();
    let refusal = Process::refusal_of(connected.into());
    assert!(refusal.contains("does not listen"), "{refusal}");
}

#[test]
fn two_processes_share_a_port_where_the_settings_say_so() {
    let reuse = ("DESKLEDGER__SERVER__REUSE_PORT", "true");
    let first = Process::start(&[reuse]);
    let address = first.address().to_string();
    let second = Process::start(&[reuse, ("DESKLEDGER__SERVER__LISTEN", &address)]);
    assert_eq!(first.address(), second.address());
    for _ in 0..20 {
        live(first.address()).unwrap();
    }
    assert!(first.terminate().success());
    // The kernel sends new connections to those that listen still.
    for _ in 0..20 {
        live(second.address()).unwrap();
    }
}

#[test]
fn a_stop_waits_neither_for_idle_connections_nor_for_strangers() {
    let patient = ("DESKLEDGER__SERVER__SHUTDOWN_SECONDS", "600");
    let service = Process::start(&[patient]);
    let idle: Vec<_> = (0..20).map(|_| live(service.address()).unwrap()).collect();
    let silent: Vec<_> = (0..20)
        .map(|_| TcpStream::connect(service.address()).unwrap())
        .collect();
    // The wait is for PATIENCE at most, which is much less than the 600 seconds that known clients would have.
    assert!(service.terminate().success());
    drop((idle, silent));
}

#[test]
fn the_log_begins_with_what_starts_and_names_requests_that_nothing_could_read() {
    let service = Process::start(&[("DESKLEDGER__LIMITS__EXPORTS", "3")]);
    let first: serde_json::Value = serde_json::from_str(&service.line(0)).unwrap();
    assert_eq!(first["message"], "starting");
    assert_eq!(first["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(first["exports"], 3);
    for (key, part) in [
        ("database", "records.sqlite3"),
        ("settings", "settings.toml"),
    ] {
        let value = first[key].as_str().unwrap();
        assert!(value.ends_with(part), "{key}: {value}");
    }
    for key in [
        "tokens",
        "access_keys",
        "roles",
        "recordings",
        "queries",
        "queue_length",
    ] {
        assert!(first[key].is_u64(), "{key}: {first}");
    }

    let mut stream = TcpStream::connect(service.address()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let request =
        "GET /v2/p/connections/desktops?user_name=\u{5468}\u{4e3d} HTTP/1.1\r\nhost: x\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let id = answer
        .lines()
        .find_map(|line| line.strip_prefix("x-request-id: "))
        .unwrap();
    let deadline = Instant::now() + PATIENCE;
    while !service.logged(id) {
        assert!(Instant::now() < deadline, "{answer} is in no line");
        thread::sleep(Duration::from_millis(20));
    }
}
