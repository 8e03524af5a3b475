//! Links that are cancelled or break while their file is on its way: nobody gets what looks like a whole file.

use std::thread;
use std::time::{Duration, Instant};

use deskledger_tests::{Database, PROJECT, Service, TOKEN, on_both_databases};

use super::{
    assert_nowhere, auth, cancel_with, ends_properly, follow, idle_follower, made, shown, wait_for,
};
use crate::record::{bare, bulky};

on_both_databases! {
    a_link_that_is_cancelled_before_leads_nowhere
    a_download_that_is_cancelled_breaks_within_a_second
    a_download_is_cancelled_by_another_process
    a_download_that_waits_for_its_permit_is_cancelled
    a_client_that_takes_nothing_leaves_a_broken_link
    a_client_that_leaves_leaves_a_broken_link
    what_has_ended_stays_what_it_is
}

fn a_link_that_is_cancelled_before_leads_nowhere(database: &Database) {
    let service = Service::start(database);
    let link = made(&service, "");
    assert_eq!(cancel_with(&service, TOKEN, &link).status, 204);
    assert_nowhere(&follow(&service, &link));
    let cancelled = shown(&service, &link);
    assert_eq!(cancelled["state"], "cancelled");
    assert!(cancelled["end_time"].is_string() && cancelled["error_code"].is_null());
    assert_eq!(cancel_with(&service, TOKEN, &link).status, 204);
}

/// How the one audit of a link says that it ended.
fn outcome(service: &Service) -> String {
    let path = format!("/v2/{PROJECT}/connections/export-audits");
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let list = service.get(&path, &auth(TOKEN)).json();
        let audits = list["audits"].as_array().unwrap();
        let mut links = audits.iter().filter(|audit| audit["via"] == "link");
        let outcome = links.next().unwrap()["outcome"].as_str().unwrap();
        if outcome != "running" {
            return outcome.to_owned();
        }
        assert!(Instant::now() < deadline, "{list}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn a_download_that_is_cancelled_breaks_within_a_second(database: &Database) {
    database.fill(PROJECT, bulky(4_000));
    let service = Service::start(database);
    for query in ["", "format=csv"] {
        let link = made(&service, query);
        let client = idle_follower(&service, &link);
        assert_eq!(shown(&service, &link)["state"], "running");
        let began = Instant::now();
        assert_eq!(cancel_with(&service, TOKEN, &link).status, 204);
        assert_eq!(shown(&service, &link)["state"], "cancelled");
        assert!(!ends_properly(client), "{query}");
        assert!(began.elapsed() < Duration::from_secs(2), "{query}");
        assert_eq!(outcome(&service), "cancelled");
        assert_eq!(shown(&service, &link)["state"], "cancelled");
        // Its permit is free.
        assert_eq!(service.export("user_name=nobody").status, 200);
    }
}

fn a_download_is_cancelled_by_another_process(database: &Database) {
    database.fill(PROJECT, bulky(4_000));
    let (one, other) = (Service::start(database), Service::start(database));
    let link = made(&one, "");
    let client = idle_follower(&other, &link);
    assert_eq!(shown(&one, &link)["state"], "running");
    assert_eq!(cancel_with(&one, TOKEN, &link).status, 204);
    assert!(!ends_properly(client));
    assert_eq!(wait_for(&one, &link, "cancelled")["total_count"], 4_000);
}

fn a_download_that_waits_for_its_permit_is_cancelled(database: &Database) {
    database.fill(PROJECT, bulky(4_000));
    let service = Service::start_with(database, |settings| {
        settings.limits.exports_per_project = 1;
        settings.limits.queue_seconds = 60;
    });
    let (running, waiting) = (made(&service, ""), made(&service, ""));
    let client = idle_follower(&service, &running);
    thread::scope(|scope| {
        let answer = scope.spawn(|| follow(&service, &waiting).status);
        wait_for(&service, &waiting, "running");
        assert_eq!(cancel_with(&service, TOKEN, &waiting).status, 204);
        let status = answer.join();
        // It is answered, or cut.
        assert!(status.is_err() || status.is_ok_and(|status| status == 404));
    });
    assert_eq!(shown(&service, &waiting)["state"], "cancelled");
    drop(client);
    wait_for(&service, &running, "broken");
}

fn a_client_that_takes_nothing_leaves_a_broken_link(database: &Database) {
    database.fill(PROJECT, bulky(4_000));
    let service = Service::start_with(database, |settings| settings.limits.slow_client_seconds = 1);
    let link = made(&service, "");
    let client = idle_follower(&service, &link);
    let broken = wait_for(&service, &link, "broken");
    assert!(broken["error_code"].is_null());
    assert!(!ends_properly(client));
    assert_eq!(outcome(&service), "client_slow");
}

fn a_client_that_leaves_leaves_a_broken_link(database: &Database) {
    database.fill(PROJECT, bulky(4_000));
    let service = Service::start(database);
    let link = made(&service, "format=csv");
    drop(idle_follower(&service, &link));
    let broken = wait_for(&service, &link, "broken");
    assert!(broken["error_code"].is_null() && broken["end_time"].is_string());
    assert_eq!(outcome(&service), "client_left");
}

fn what_has_ended_stays_what_it_is(database: &Database) {
    database.fill(PROJECT, [bare("1", "2020-04-13T02:00Z")]);
    let service = Service::start(database);
    let link = made(&service, "");
    assert_eq!(follow(&service, &link).status, 200);
    let done = wait_for(&service, &link, "done");
    assert_eq!(cancel_with(&service, TOKEN, &link).status, 204);
    assert_eq!(shown(&service, &link), done);
}

mod postgres_alone {
    use diesel::prelude::*;
    use diesel::sql_types::{BigInt, Bool};

    use super::*;

    fn queries(observer: &mut PgConnection) -> i64 {
        diesel::select(diesel::dsl::sql::<BigInt>(
            "(SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
              AND application_name = 'deskledger' AND state = 'active' AND query LIKE 'COPY %')",
        ))
        .get_result(observer)
        .unwrap()
    }

    #[test]
    fn the_query_of_a_cancelled_link_has_ended_within_a_second() {
        let database = Database::postgres();
        database.fill(PROJECT, bulky(6_000));
        let service = Service::start(&database);
        let mut observer = database.server_of_exports(PROJECT);
        let link = made(&service, "");
        let client = idle_follower(&service, &link);
        assert_eq!(queries(&mut observer), 1);
        let began = Instant::now();
        assert_eq!(cancel_with(&service, TOKEN, &link).status, 204);
        while queries(&mut observer) > 0 {
            assert!(began.elapsed() < Duration::from_secs(1), "it goes on");
            thread::sleep(Duration::from_millis(10));
        }
        assert!(!ends_properly(client));
    }

    #[test]
    fn a_database_that_is_lost_breaks_the_download_and_its_link() {
        let database = Database::postgres();
        database.fill(PROJECT, bulky(6_000));
        let service = Service::start(&database);
        let mut observer = database.server_of_exports(PROJECT);
        let link = made(&service, "format=csv");
        let client = idle_follower(&service, &link);
        let terminated: bool = diesel::select(diesel::dsl::sql::<Bool>(
            "(SELECT bool_and(pg_terminate_backend(pid)) FROM pg_stat_activity
              WHERE datname = current_database() AND application_name = 'deskledger' AND query LIKE 'COPY %')",
        ))
        .get_result(&mut observer)
        .unwrap();
        assert!(terminated);
        assert!(!ends_properly(client));
        let broken = wait_for(&service, &link, "broken");
        assert_eq!(broken["error_code"], "WKS.00000503");
        assert!(broken["rows"].as_u64() < Some(6_000));
    }
}
