//! Three processes behind nginx over one database are one service, while one of them is killed and comes back.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use ureq::Agent;

use crate::count::assert_counts_are_right;
use crate::database::TestDatabase;
use crate::process::{PROJECT, Process, audits};
use crate::proxy::{Place, Proxy};

/// Longer than any test should wait.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many clients record, how many batches each, and how many records a batch has.
const CLIENTS: usize = 3;
const BATCHES: usize = 40;
const RECORDS: usize = 20;

/// What the log of a process says of a list that it answered.
const LISTED: &str = r#""method":"GET","path":"/v2/p1/connections/desktops","#;

/// Keys that all processes share: base64 of 32 bytes.
const KEYS: &str = r#"
[[identity.sealing_keys]]
id = "shared"
key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
[[access.messages.keys]]
id = "shared"
key = "YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODk="
"#;

/// The service: a proxy before three processes, which share a database, a folder and keys.
struct Site {
    database: TestDatabase,
    folder: TempDir,
    place: Place,
    client: Agent,
}

impl Site {
    fn new() -> Self {
        let place = Place::new();
        Self {
            database: TestDatabase::postgres(),
            folder: TempDir::new().unwrap(),
            client: place.client(),
            place,
        }
    }

    fn start(&self, address: &str) -> Process {
        let storage = self.folder.path().display().to_string();
        let environment = [
            ("DESKLEDGER__SERVER__LISTEN", address),
            ("DESKLEDGER__SERVER__PUBLIC_URL", &self.place.url()),
            ("DESKLEDGER__TASKS__STORAGE", &storage),
            ("DESKLEDGER__TASKS__POLL_SECONDS", "1"),
            ("DESKLEDGER__LINKS__OPEN_PER_USER", "3"),
        ];
        Process::start_with_settings(self.database.url(), &environment, KEYS)
    }

    /// Asks the proxy with the token of [`PROJECT`]: status and body.
    fn get(&self, path: &str) -> (u16, Vec<u8>) {
        let url = self.place.url();
        let request = self.client.get(format!("{url}{path}"));
        body(request.header("X-Auth-Token", "foo").call())
    }

    /// Posts JSON, or nothing where that is null, to an address, with headers.
    fn post(&self, at: &str, path: &str, headers: &[(&str, &str)], json: &Value) -> Answer {
        let mut request = self.client.post(format!("{at}{path}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        match json {
            Value::Null => request.send_empty(),
            json => {
                let request = request.content_type("application/json");
                request.send(json.to_string())
            }
        }
    }

    /// Records batches, each again until it is acknowledged.
    fn record(&self, client: usize, written: &AtomicUsize) {
        for batch in 0..BATCHES {
            let records: Vec<_> = (0..RECORDS)
                .map(|number| {
                    let transaction = format!("{client}-{batch}-{number}");
                    json!({"transaction_id": transaction, "connection_start_time": "2026-11-20T08:00:00Z"})
                })
                .collect();
            let path = format!("/v2/{PROJECT}/connections/desktops");
            let headers = [("X-Auth-Token", "foo")];
            let begin = Instant::now();
            loop {
                let (status, said) =
                    body(self.post(&self.place.url(), &path, &headers, &json!(records)));
                if status == 200 {
                    break;
                }
                // A process that is killed while it writes cannot say whether it has written.
                let said = String::from_utf8_lossy(&said);
                assert!([502, 503, 504].contains(&status), "{status}: {said}");
                assert!(begin.elapsed() < PATIENCE);
            }
            written.fetch_add(1, Ordering::SeqCst);
        }
    }
}

type Answer = Result<ureq::http::Response<ureq::Body>, ureq::Error>;

fn body(answer: Answer) -> (u16, Vec<u8>) {
    let mut answer = answer.unwrap();
    let body = answer.body_mut().read_to_vec().unwrap();
    (answer.status().as_u16(), body)
}

fn parsed((status, body): (u16, Vec<u8>)) -> Value {
    let text = String::from_utf8_lossy(&body);
    assert!([200, 201].contains(&status), "{status}: {text}");
    serde_json::from_str(&text).unwrap()
}

/// Waits until something holds.
fn until(what: &str, holds: impl Fn() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < PATIENCE, "{what}");
        thread::sleep(Duration::from_millis(10));
    }
}

fn http(process: &Process) -> String {
    format!("http://{}", process.address())
}

mod postgres {
    use super::*;

    #[test]
    fn three_processes_behind_nginx_are_one_service() {
        let site = Site::new();
        let mut processes = [(); 3].map(|()| site.start("127.0.0.1:0"));
        let addresses = processes
            .each_ref()
            .map(|process| process.address().to_owned());
        let _proxy = Proxy::start(&site.place, addresses.each_ref().map(String::as_str));

        // Nothing that was acknowledged is lost or there twice, although a process is killed and comes back.
        let written = AtomicUsize::new(0);
        thread::scope(|scope| {
            for client in 0..CLIENTS {
                let (site, written) = (&site, &written);
                scope.spawn(move || site.record(client, written));
            }
            let written = || written.load(Ordering::SeqCst);
            until("nothing is written", || written() > CLIENTS * BATCHES / 4);
            processes[1].kill();
            until("no more is written", || written() > CLIENTS * BATCHES / 2);
            processes[1] = site.start(&addresses[1]);
        });
        let list = format!("/v2/{PROJECT}/connections/desktops?limit=1");
        let total = parsed(site.get(&list))["total_count"].as_u64();
        assert_eq!(total, Some((CLIENTS * BATCHES * RECORDS) as u64));
        assert_counts_are_right(site.database.url());

        // nginx asks all of them, and the one that came back once its time is over.
        until("a process is never asked", || {
            parsed(site.get(&list));
            processes.iter().all(|process| process.logged(LISTED) > 0)
        });

        a_session_of_one_is_a_session_of_all(&site, &processes);
        a_link_of_one_is_followed_once_at_any(&site, &processes);
        a_task_of_one_is_handed_out_by_all(&site, &processes);
        a_refusal_of_one_is_explained_by_another(&site, &processes);
        until("an audit is never closed", || {
            let audits = audits(&site.database);
            audits.iter().all(|audit| audit.ending().is_some())
        });
    }
}

fn a_session_of_one_is_a_session_of_all(site: &Site, processes: &[Process; 3]) {
    let url = site.place.url();
    let own = [
        ("Origin", url.as_str()),
        ("Sec-Fetch-Site", "same-origin"),
        ("X-Deskledger", "1"),
    ];
    let answer = site
        .post(&url, "/v2/sign-in/token", &own, &json!({"token": "foo"}))
        .unwrap();
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    let (cookie, attributes) = cookie.split_once(';').unwrap();
    assert!(cookie.starts_with("__Host-deskledger="), "{cookie}");
    assert!(attributes.contains("Secure"), "{attributes}");
    let knows = |process: &Process| {
        let mut request = site.client.get(format!("{}/v2/session", http(process)));
        for (name, value) in own {
            request = request.header(name, value);
        }
        body(request.header("Cookie", cookie).call()).0
    };
    assert_eq!(processes.each_ref().map(knows), [200; 3]);
    let mut request = site
        .client
        .delete(format!("{}/v2/session", http(&processes[0])));
    for (name, value) in own {
        request = request.header(name, value);
    }
    let (status, _) = body(request.header("Cookie", cookie).call());
    assert_eq!(status, 204);
    assert_eq!(processes.each_ref().map(knows), [401; 3]);
}

/// Links are counted for all: who has three that wait gets no fourth, wherever it is asked for.
fn a_link_of_one_is_followed_once_at_any(site: &Site, processes: &[Process; 3]) {
    let path = format!("/v2/{PROJECT}/connections/desktops/export-links");
    let make = |process| {
        site.post(
            &http(process),
            &path,
            &[("X-Auth-Token", "foo")],
            &Value::Null,
        )
    };
    let links = processes
        .each_ref()
        .map(|process| parsed(body(make(process))));
    assert_eq!(
        processes.each_ref().map(|process| body(make(process)).0),
        [429; 3]
    );
    for link in &links {
        let url = link["url"].as_str().unwrap();
        let (status, file) = site.get(url);
        assert_eq!(status, 200);
        assert!(file.starts_with(b"PK"));
        assert_eq!(site.get(url).0, 404);
        let id = link["id"].as_str().unwrap();
        for process in processes {
            until("a link is never done", || {
                parsed(process.get(&format!("{path}/{id}")))["state"] == "done"
            });
        }
    }
}

fn a_task_of_one_is_handed_out_by_all(site: &Site, processes: &[Process; 3]) {
    let path = format!("/v3/{PROJECT}/desktops/connections/export");
    let task = parsed(processes[0].get(&path))["task_id"].clone();
    let task = format!("/v2/{PROJECT}/export-tasks/{}", task.as_str().unwrap());
    until("a task is never done", || {
        parsed(site.get(&task))["status"] == "SUCCESS"
    });
    let download = format!("{task}/download");
    let (status, file) = site.get(&download);
    assert_eq!(status, 200);
    for process in processes {
        assert_eq!(process.get(&download), (200, file.clone()));
    }
}

fn a_refusal_of_one_is_explained_by_another(site: &Site, processes: &[Process; 3]) {
    let (status, refusal) = processes[0].get("/v2/another/connections/desktops/export");
    assert_eq!(status, 403);
    let refusal: Value = serde_json::from_slice(&refusal).unwrap();
    let sealed = &refusal["encoded_authorization_message"];
    for process in processes {
        let explained = site.post(
            &http(process),
            "/v5/decode-authorization-message",
            &[("X-Auth-Token", "foo")],
            &json!({"encoded_message": sealed}),
        );
        assert!(parsed(body(explained))["decoded_message"].is_string());
    }
}
