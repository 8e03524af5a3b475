//! What becomes of a link whose process is killed while its file is on its way, and of one that another process cancels.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::database::TestDatabase;
use crate::process::{PROJECT, Process, fill};

/// Longer than any test should wait.
const PATIENCE: Duration = Duration::from_secs(60);

fn start(database: &TestDatabase) -> Process {
    Process::start_with(database.url(), &[("DESKLEDGER__LINKS__LEASE_SECONDS", "3")])
}

fn path() -> String {
    format!("/v2/{PROJECT}/connections/desktops/export-links")
}

/// Sends a request without a body, and returns the answer as JSON.
fn asked(process: &Process, head: &str) -> Value {
    let mut stream = TcpStream::connect(process.address()).unwrap();
    let request =
        format!("{head} HTTP/1.1\r\nhost: x\r\nx-auth-token: foo\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap_or_default()
}

/// A client that follows a new link, and takes only the first bytes of its file.
fn follow(made_by: &Process, followed_at: &Process) -> (String, TcpStream) {
    let link = asked(made_by, &format!("POST {}", path()));
    let (id, url) = (link["id"].as_str().unwrap(), link["url"].as_str().unwrap());
    let mut stream = TcpStream::connect(followed_at.address()).unwrap();
    let request = format!("GET {url} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).unwrap();
    assert_eq!(&status, b"HTTP/1.1 200");
    (id.to_owned(), stream)
}

fn state(process: &Process, id: &str) -> Value {
    asked(process, &format!("GET {}/{id}", path()))
}

/// Whether a transfer that has ended did so in order.
fn ends_properly(mut stream: TcpStream) -> bool {
    let mut rest = Vec::new();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.read_to_end(&mut rest).is_ok() && rest.ends_with(b"0\r\n\r\n")
}

fn a_link_whose_process_is_killed_is_broken_after_its_lease(database: &TestDatabase) {
    fill(database, 6_000);
    let (mut first, second) = (start(database), start(database));
    let (id, client) = follow(&second, &first);
    let begin = Instant::now();
    while state(&second, &id)["rows"].as_u64() == Some(0) {
        assert!(begin.elapsed() < PATIENCE);
        thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(state(&second, &id)["state"], "running");
    first.kill();
    let killed = Instant::now();
    assert!(!ends_properly(client));
    let broken = loop {
        let shown = state(&second, &id);
        if shown["state"] != "running" {
            break shown;
        }
        assert!(killed.elapsed() < Duration::from_secs(10), "{shown}");
        thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(broken["state"], "broken");
    assert_eq!(broken["error_code"], "WKS.00000503");
    assert!(broken["rows"].as_u64() < Some(6_000));
    assert!(killed.elapsed() > Duration::from_secs(1), "{broken}");
}

fn a_link_is_cancelled_by_another_process(database: &TestDatabase) {
    fill(database, 6_000);
    let (first, second) = (start(database), start(database));
    let (id, client) = follow(&first, &second);
    let begin = Instant::now();
    asked(&first, &format!("DELETE {}/{id}", path()));
    assert!(!ends_properly(client));
    assert!(begin.elapsed() < Duration::from_secs(3));
    assert_eq!(state(&second, &id)["state"], "cancelled");
}

macro_rules! tests {
    ($($test:ident)+) => {
        mod postgres {
            $(#[test] fn $test() { super::$test(&super::TestDatabase::postgres()); })+
        }
        mod sqlite {
            $(#[test] fn $test() { super::$test(&super::TestDatabase::sqlite()); })+
        }
    };
}

tests! {
    a_link_whose_process_is_killed_is_broken_after_its_lease
    a_link_is_cancelled_by_another_process
}
