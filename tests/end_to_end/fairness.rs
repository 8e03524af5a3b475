//! One project that asks for too much, or is slow, keeps no other one up.

use std::io::Read as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use deskledger_settings::Settings;
use deskledger_tests::{
    Answer, Database, PROJECT, Service, TOKEN, on_both_databases, secret, token,
};

use crate::client::idle_client;
use crate::record::bulky;

on_both_databases! {
    beside_a_flood_of_exports_others_are_served_and_the_flood_is_refused
    a_reader_that_is_slow_while_others_wait_is_cut_and_its_audit_says_so
}

const OTHER: &str = "other";

fn with_another(settings: &mut Settings) {
    let other = token(&secret(OTHER), OTHER, &["te_admin"]);
    settings.identity.tokens.push(other);
}

fn export_of_another(service: &Service) -> Answer {
    let path = format!("/v2/{OTHER}/connections/desktops/export");
    service.get(&path, &[("X-Auth-Token", &secret(OTHER))])
}

fn beside_a_flood_of_exports_others_are_served_and_the_flood_is_refused(database: &Database) {
    const CLIENTS: usize = 36;
    const EXPORTS: usize = 20;

    database.fill(PROJECT, bulky(200));
    let service = Service::start_with(database, |settings| {
        with_another(settings);
        settings.limits.queue_seconds = 60;
    });
    let stop = AtomicBool::new(false);
    let flood = || {
        let mut statuses = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            statuses.push(service.export("").status);
        }
        statuses
    };
    let (served, flooded) = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(flood)).collect();
        let served: Vec<_> = (0..EXPORTS)
            .map(|_| export_of_another(&service).status)
            .collect();
        stop.store(true, Ordering::Relaxed);
        let flooded: Vec<_> = clients
            .into_iter()
            .flat_map(|client| client.join().unwrap())
            .collect();
        (served, flooded)
    });
    assert!(served.iter().all(|status| *status == 200), "{served:?}");
    assert!(
        flooded.contains(&200) && flooded.contains(&429),
        "{flooded:?}"
    );
    assert!(
        flooded.iter().all(|status| [200, 429].contains(status)),
        "{flooded:?}"
    );
}

fn a_reader_that_is_slow_while_others_wait_is_cut_and_its_audit_says_so(database: &Database) {
    database.fill(PROJECT, bulky(4_000));
    let service = Service::start_with(database, |settings| {
        with_another(settings);
        settings.limits.exports = 1;
        settings.limits.queue_seconds = 60;
        settings.limits.slow_client_seconds = 600;
        settings.limits.min_rate_window_seconds = 1;
    });
    let mut slow = idle_client(&service);
    // Nobody waits, so it may be as slow as it likes: for longer than what it is judged over.
    thread::sleep(Duration::from_secs(2));
    assert_eq!(outcomes(&service), ["running"]);
    assert_eq!(export_of_another(&service).status, 200);
    let mut rest = Vec::new();
    let _ = slow.read_to_end(&mut rest);
    assert!(!rest.ends_with(b"0\r\n\r\n"), "the transfer looks whole");
    let deadline = Instant::now() + Duration::from_secs(30);
    while outcomes(&service) != ["client_slow: the client was slow while others waited"] {
        assert!(Instant::now() < deadline, "{:?}", outcomes(&service));
        thread::sleep(Duration::from_millis(50));
    }
}

/// What became of the exports of the project, with the reason where there is one.
fn outcomes(service: &Service) -> Vec<String> {
    let path = format!("/v2/{PROJECT}/connections/export-audits");
    let answer = service.get(&path, &[("X-Auth-Token", TOKEN)]);
    let audits = answer.json()["audits"].as_array().unwrap().clone();
    let outcome = |audit: &serde_json::Value| {
        let outcome = audit["outcome"].as_str().unwrap();
        match audit["reason"].as_str() {
            Some(reason) => format!("{outcome}: {reason}"),
            None => outcome.to_owned(),
        }
    };
    audits.iter().map(outcome).collect()
}
