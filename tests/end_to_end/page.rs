//! The memory of pages whose clients do not read them.

use std::time::{Duration, Instant};

use deskledger_tests::{Answer, Database, PROJECT, Service, TOKEN};

use crate::client::idle_client_of;
use crate::record::bulky;

/// The service over records of which a page has three megabytes.
fn service_with_pages() -> (Database, Service) {
    let database = Database::sqlite();
    database.fill(PROJECT, bulky(1_000));
    let service = Service::start_with(&database, |settings| {
        settings.limits.response_bytes = 4 * 1024 * 1024;
        settings.limits.queue_seconds = 30;
        settings.limits.min_rate_window_seconds = 1;
    });
    (database, service)
}

fn path() -> String {
    format!("/v2/{PROJECT}/connections/desktops?limit=1000")
}

fn page(service: &Service) -> Answer {
    service.get(&path(), &[("X-Auth-Token", TOKEN)])
}

/// How many bytes answers hold.
fn held(service: &Service) -> u64 {
    let metrics = service.get("/metrics", &[]).body;
    let metrics = String::from_utf8(metrics).unwrap();
    let held = r#"deskledger_response_memory_bytes{state="held"} "#;
    let line = metrics.lines().find_map(|line| line.strip_prefix(held));
    line.unwrap().parse().unwrap()
}

#[test]
fn a_page_that_is_read_too_slowly_ends_while_somebody_waits_for_its_memory() {
    let (_database, service) = service_with_pages();
    let idle = idle_client_of(&service, &path(), "");
    let begin = Instant::now();
    assert_eq!(page(&service).status, 200);
    // That is well before the time-out of a client that reads nothing at all.
    assert!(begin.elapsed() < Duration::from_secs(25));
    drop(idle);
}

#[test]
fn a_page_that_was_compressed_is_held_too() {
    let (_database, service) = service_with_pages();
    let idle = idle_client_of(&service, &path(), "accept-encoding: gzip\r\n");
    let bytes = held(&service);
    assert!((500_000..3_000_000).contains(&bytes), "{bytes}");
    drop(idle);
    let deadline = Instant::now() + Duration::from_secs(60);
    while held(&service) > 0 {
        assert!(Instant::now() < deadline, "it is never given back");
    }
}
