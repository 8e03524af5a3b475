//! A database that does not die but freezes, or is behind connections that swallow what they get: each request is answered
//! in time, and all is well as soon as it can be.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use deskledger_api::ErrorCode;
use deskledger_tests::{Answer, Database, PROJECT, Proxy, Service, TOKEN, Treatment};

use crate::record::{bare, bulky};

const AUTH: [(&str, &str); 1] = [("X-Auth-Token", TOKEN)];

/// After this every request is answered, however the database behaves.
const ANSWERED: Duration = Duration::from_secs(20);

/// After this, and what a loaded machine may take, all is well once the database answers.
const HEALTHY: Duration = Duration::from_secs(20);

/// A request, by name.
type Request = (&'static str, fn(&Service) -> Answer);

/// A service whose database is behind a proxy.
struct Site {
    database: Database,
    proxy: Proxy,
    service: Service,
}

impl Site {
    fn start() -> Self {
        let database = Database::postgres();
        let proxy = Proxy::to_url(database.url());
        let service = Service::start_with(&database, |settings| {
            settings.database.url = proxy.url(database.url());
            settings.limits.exports_per_project = settings.limits.exports;
        });
        let site = Self {
            database,
            proxy,
            service,
        };
        let record = bare("known", "2020-04-13T02:00Z");
        site.database.fill(PROJECT, [record]);
        site
    }

    /// One of each kind of request, by name.
    fn requests() -> [Request; 6] {
        [
            ("export", |service| service.export("")),
            ("list", |service| {
                service.get(&Service::record_path(PROJECT), &AUTH)
            }),
            ("audits", |service| {
                service.get(&format!("/v2/{PROJECT}/connections/export-audits"), &AUTH)
            }),
            ("record", |service| {
                let body =
                    r#"{"transaction_id":"new","connection_start_time":"2020-04-13T03:00Z"}"#;
                service.record("application/x-ndjson", body.as_bytes())
            }),
            ("task", |service| {
                let path = format!("/v3/{PROJECT}/desktops/connections/export");
                service.get(&path, &AUTH)
            }),
            ("ready", |service| service.get("/health/ready", &[])),
        ]
    }

    /// Sends one of each, at once, and returns what they were answered and how long that took.
    fn ask_all(&self) -> Vec<(&'static str, Answer, Duration)> {
        thread::scope(|scope| {
            let requests = Self::requests().map(|(name, request)| {
                scope.spawn(move || {
                    let begin = Instant::now();
                    let answer = request(&self.service);
                    (name, answer, begin.elapsed())
                })
            });
            requests.map(|request| request.join().unwrap()).into()
        })
    }

    /// Waits until each kind of request is served.
    fn assert_heals(&self) {
        let begin = Instant::now();
        loop {
            let answers = self.ask_all();
            if answers.iter().all(|(_, answer, _)| answer.status == 200) {
                return;
            }
            let statuses: Vec<_> = answers
                .iter()
                .map(|(name, answer, _)| (*name, answer.status))
                .collect();
            assert!(begin.elapsed() < HEALTHY, "{statuses:?}");
        }
    }

    fn assert_all_refused(&self) {
        for (name, answer, duration) in self.ask_all() {
            assert_eq!(answer.status, 503, "{name}");
            assert_eq!(answer.error().0, ErrorCode::Unavailable.code(), "{name}");
            assert!(answer.header("retry-after").is_some(), "{name}");
            assert!(duration < ANSWERED, "{name}: {duration:?}");
        }
    }
}

#[test]
fn while_the_database_is_frozen_each_request_is_refused_in_time_and_then_served() {
    let site = Site::start();
    site.assert_heals();
    // First connections that lie idle are frozen, and then new ones.
    site.proxy.treat(Treatment::Freeze);
    site.assert_all_refused();
    site.assert_all_refused();
    site.proxy.treat(Treatment::Pass);
    site.assert_heals();
}

#[test]
fn when_connections_become_black_holes_new_ones_serve_without_a_restart() {
    let site = Site::start();
    site.assert_heals();
    site.proxy.treat_existing(Treatment::Swallow);
    site.assert_heals();
}

#[test]
fn readiness_is_answered_in_time_whatever_the_database_does() {
    let site = Site::start();
    for treatment in [Treatment::Freeze, Treatment::Swallow] {
        site.proxy.treat(treatment);
        for _ in 0..3 {
            let begin = Instant::now();
            let answer = site.service.get("/health/ready", &[]);
            // Two seconds, and what a loaded machine may take.
            assert!(begin.elapsed() < Duration::from_secs(5));
            assert_eq!(answer.status, 503);
            assert!(
                answer.error().1.starts_with("the database "),
                "{}",
                answer.error().1
            );
        }
        site.proxy.treat(Treatment::Pass);
        site.assert_heals();
    }
}

/// An export of which some bytes came before the database froze.
#[test]
fn an_export_whose_database_freezes_midway_breaks_visibly_and_gives_back_what_it_holds() {
    for treatment in [Treatment::Freeze, Treatment::Swallow] {
        let site = Site::start();
        site.database.fill(PROJECT, bulky(20_000));
        let mut client = TcpStream::connect(("127.0.0.1", site.service.port())).unwrap();
        client
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        write!(
            client,
            "GET {} HTTP/1.1\r\nHost: localhost\r\nX-Auth-Token: {TOKEN}\r\nConnection: close\r\n\r\n",
            Service::export_path("")
        )
        .unwrap();
        let mut first = [0; 1024];
        client.read_exact(&mut first).unwrap();
        assert!(first.starts_with(b"HTTP/1.1 200 "));
        site.proxy.treat_existing(treatment);
        let mut rest = Vec::new();
        let begin = Instant::now();
        let end = client.read_to_end(&mut rest);
        assert!(begin.elapsed() < ANSWERED + Duration::from_secs(10));
        assert!(
            end.is_err() || !rest.ends_with(b"\r\n0\r\n\r\n"),
            "{treatment:?}: a broken export looks whole"
        );
        site.assert_heals();
    }
}
