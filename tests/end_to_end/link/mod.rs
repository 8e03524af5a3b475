//! Export links: made with credentials, followed once without, watched and cancelled.

mod attack;
mod cancel;
mod life;
mod policy;
mod session;
mod task;

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use deskledger_domain::Clock;
use deskledger_settings::Settings;
use deskledger_tests::{Answer, PROJECT, Service, TOKEN, secret, token};
use serde_json::Value;

use crate::record::time;

/// An administrator of [`PROJECT`] has [`TOKEN`]. These users may export there, and manage nobody else's links.
const CLERKS: [&str; 2] = ["clerk-1", "clerk-2"];

/// An administrator of another project, of this name.
const FOREIGN: &str = "foreign";

/// Adds the users.
fn add_users(settings: &mut Settings) {
    let tokens = &mut settings.identity.tokens;
    for name in CLERKS {
        tokens.push(token(&secret(name), PROJECT, &["wks_auditor"]));
    }
    tokens.push(token(&secret(FOREIGN), FOREIGN, &["te_admin"]));
}

fn links_path(project: &str) -> String {
    format!("/v2/{project}/connections/desktops/export-links")
}

fn auth(token: &str) -> [(&str, &str); 1] {
    [("X-Auth-Token", token)]
}

/// Asks for a link to an export of [`PROJECT`].
fn make_with(service: &Service, token: &str, query: &str) -> Answer {
    let path = format!("{}?{query}", links_path(PROJECT));
    service.send("POST", &path, &auth(token), b"")
}

/// A link that was made.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) id: String,
    pub(crate) url: String,
    pub(crate) total: Value,
}

impl Link {
    /// Reads the answer.
    pub(crate) fn of(answer: &Answer) -> Self {
        let text = String::from_utf8_lossy(&answer.body);
        assert_eq!(answer.status, 201, "{text}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let body = answer.json();
        assert_eq!(body.as_object().unwrap().len(), 4, "{text}");
        assert_eq!(body["expires_in"], 60);
        let url = body["url"].as_str().unwrap().to_owned();
        assert_eq!(url.len(), "/v2/exports/".len() + 43, "{url}");
        Self {
            id: body["id"].as_str().unwrap().to_owned(),
            url,
            total: body["total_count"].clone(),
        }
    }
}

/// A link to an export of [`PROJECT`], made by its administrator.
pub(crate) fn made(service: &Service, query: &str) -> Link {
    Link::of(&make_with(service, TOKEN, query))
}

fn follow(service: &Service, link: &Link) -> Answer {
    service.get(&link.url, &[])
}

/// What a link shows.
fn show_with(service: &Service, token: &str, id: &str) -> Answer {
    let path = format!("{}/{id}", links_path(PROJECT));
    service.get(&path, &auth(token))
}

fn shown(service: &Service, link: &Link) -> Value {
    let answer = show_with(service, TOKEN, &link.id);
    assert_eq!(answer.status, 200);
    answer.json()
}

/// Waits until a link has this state, and shows it then.
fn wait_for(service: &Service, link: &Link, state: &str) -> Value {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let shown = shown(service, link);
        if shown["state"] == state {
            return shown;
        }
        assert!(Instant::now() < deadline, "not {state}: {shown}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn cancel_with(service: &Service, token: &str, link: &Link) -> Answer {
    let path = format!("{}/{}", links_path(PROJECT), link.id);
    service.send("DELETE", &path, &auth(token), b"")
}

/// The answer to a link that leads nowhere: as to any path that there is not.
#[track_caller]
fn assert_nowhere(answer: &Answer) {
    assert_eq!(answer.status, 404);
    let (code, message) = answer.error();
    assert_eq!(code, "APIGW.0101");
    assert_eq!(message, "there is no such path");
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

/// A client that follows a link and then takes nothing of its file.
fn idle_follower(service: &Service, link: &Link) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", service.port())).unwrap();
    let head = format!(
        "GET {} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        link.url
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).unwrap();
    assert_eq!(&status, b"HTTP/1.1 200");
    stream
}

/// Whether what is left of a chunked transfer ends properly. A transfer that neither ends nor breaks fails the test.
fn ends_properly(mut stream: TcpStream) -> bool {
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let mut rest = Vec::new();
    if let Err(error) = stream.read_to_end(&mut rest) {
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}");
        return false;
    }
    rest.ends_with(b"0\r\n\r\n")
}

/// A clock that a test moves on.
#[derive(Clone, Default)]
struct Hands(Arc<AtomicI64>);

impl Hands {
    fn clock(&self) -> Clock {
        let seconds = Arc::clone(&self.0);
        let began = time("2020-05-01T08:00:00Z");
        Clock::given(move || began + TimeDelta::seconds(seconds.load(Ordering::SeqCst)))
    }

    fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}
