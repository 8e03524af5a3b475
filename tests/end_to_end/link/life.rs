//! A link that is made, followed once, and shown.

use std::collections::BTreeMap;
use std::sync::Barrier;
use std::thread;

use deskledger_api::ErrorCode;
use deskledger_tests::{Database, PROJECT, Service, TOKEN, on_both_databases, secret};
use serde_json::json;

use super::{
    CLERKS, Hands, add_users, assert_nowhere, auth, follow, idle_follower, links_path, made,
    make_with, show_with, shown, wait_for,
};
use crate::record::{bare, bulky, realistic};

on_both_databases! {
    a_link_leads_to_the_bytes_of_the_export_in_each_format
    the_size_of_a_download_is_that_of_its_file_however_it_travels
    a_link_leads_to_its_file_once
    of_many_at_once_exactly_one_gets_the_file
    a_head_does_not_use_a_link_up
    a_link_that_nobody_follows_in_time_expires
    what_an_export_would_be_refused_for_makes_no_link
    a_project_and_a_user_have_so_many_open_links
    links_are_listed_newest_first
    a_link_that_is_old_is_deleted_when_a_service_starts
    a_link_shows_how_far_its_download_came
}

fn a_link_leads_to_the_bytes_of_the_export_in_each_format(database: &Database) {
    database.fill(PROJECT, realistic(300));
    let service = Service::start(database);
    for query in [
        "",
        "format=csv&language=zh_CN&time_zone=Asia/Shanghai",
        "format=jsonl",
        "summary=true&state=ended",
        "format=csv&user_name=nobody",
    ] {
        let link = made(&service, query);
        let (file, export) = (follow(&service, &link), service.export(query));
        assert_eq!((file.status, export.status), (200, 200), "{query}");
        assert!(file.body == export.body, "{query}");
        for name in ["content-type", "content-disposition", "content-length"] {
            assert_eq!(file.header(name), export.header(name), "{query}: {name}");
        }
        assert_eq!(file.header("cache-control"), Some("no-store"));
        assert_eq!(file.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(export.header("referrer-policy"), None);
        let shown = wait_for(&service, &link, "done");
        assert_eq!(shown["rows"], link.total, "{query}");
        assert_eq!(shown["total_count"], link.total);
        assert_eq!(shown["bytes"], file.body.len(), "{query}");
        assert!(shown["error_code"].is_null() && shown["end_time"].is_string());
        let sent = query.split('&').filter_map(|pair| pair.split_once('='));
        let sent: BTreeMap<_, _> = sent.collect();
        assert_eq!(shown["parameters"], json!(sent), "{query}");
        if query == "format=jsonl" {
            let lines = String::from_utf8(file.body).unwrap().lines().count();
            assert_eq!(link.total, lines);
        }
    }
}

fn the_size_of_a_download_is_that_of_its_file_however_it_travels(database: &Database) {
    database.fill(PROJECT, realistic(3_000));
    let service = Service::start(database);
    for format in ["csv", "jsonl"] {
        let query = format!("format={format}");
        let size = service.export(&query).body.len();
        for coding in ["gzip", "zstd"] {
            let link = made(&service, &query);
            let sent = service.get(&link.url, &[("Accept-Encoding", coding)]);
            assert_eq!(sent.header("content-encoding"), Some(coding));
            assert!(sent.body.len() < size / 2, "{query} {coding}");
            assert_eq!(
                wait_for(&service, &link, "done")["bytes"],
                size,
                "{query} {coding}"
            );
        }
    }
}

fn a_link_leads_to_its_file_once(database: &Database) {
    database.fill(PROJECT, [bare("1", "2020-04-13T02:00Z")]);
    let service = Service::start(database);
    let link = made(&service, "");
    assert_eq!(shown(&service, &link)["state"], "waiting");
    assert_eq!(follow(&service, &link).status, 200);
    let again = follow(&service, &link);
    assert_nowhere(&again);
    let mut unknown = link.clone();
    unknown.url = format!("/v2/exports/{}", "A".repeat(43));
    let unknown = follow(&service, &unknown);
    assert_nowhere(&unknown);
    assert!(again.body == unknown.body);
    assert_eq!(wait_for(&service, &link, "done")["rows"], 1);
}

fn of_many_at_once_exactly_one_gets_the_file(database: &Database) {
    database.fill(PROJECT, realistic(50));
    let service = Service::start_with(database, |settings| settings.server.workers = 4);
    for _ in 0..5 {
        let link = made(&service, "format=csv");
        let barrier = Barrier::new(8);
        let statuses = thread::scope(|scope| {
            let clients: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        barrier.wait();
                        follow(&service, &link).status
                    })
                })
                .collect();
            let statuses = clients.into_iter().map(|client| client.join().unwrap());
            statuses.collect::<Vec<_>>()
        });
        let files = statuses.iter().filter(|status| **status == 200).count();
        assert_eq!(files, 1, "{statuses:?}");
        // Those who came too late may have been too many.
        let others = statuses
            .iter()
            .all(|status| [200, 404, 429].contains(status));
        assert!(others, "{statuses:?}");
        wait_for(&service, &link, "done");
    }
}

fn a_head_does_not_use_a_link_up(database: &Database) {
    database.fill(PROJECT, realistic(20));
    let service = Service::start(database);
    let link = made(&service, "format=csv");
    for _ in 0..3 {
        let head = service.send("HEAD", &link.url, &[], b"");
        assert_eq!(head.status, 200);
        assert!(head.body.is_empty());
        assert_eq!(head.header("content-type"), Some("text/csv; charset=utf-8"));
        assert!(head.header("content-disposition").is_some());
    }
    assert_eq!(shown(&service, &link)["state"], "waiting");
    assert_eq!(follow(&service, &link).status, 200);
    assert_eq!(service.send("HEAD", &link.url, &[], b"").status, 404);
    // A part from the middle is refused as of every export, and uses nothing up.
    let link = made(&service, "format=csv");
    let part = service.get(&link.url, &[("Range", "bytes=5-")]);
    assert_eq!(part.error().0, ErrorCode::NotResumable.code());
    assert_eq!(follow(&service, &link).status, 200);
}

fn a_link_that_nobody_follows_in_time_expires(database: &Database) {
    let hands = Hands::default();
    let service = Service::start_by(database, hands.clock(), |_| {});
    let (late, early) = (made(&service, ""), made(&service, ""));
    hands.pass(59);
    assert_eq!(follow(&service, &early).status, 200);
    hands.pass(1);
    assert_nowhere(&follow(&service, &late));
    let shown = shown(&service, &late);
    assert_eq!(shown["state"], "expired");
    assert!(shown["end_time"].is_null() && shown["error_code"].is_null());
}

fn what_an_export_would_be_refused_for_makes_no_link(database: &Database) {
    database.fill(PROJECT, ["1", "2"].map(|id| bare(id, "2020-04-13T02:00Z")));
    let service = Service::start_with(database, |settings| {
        add_users(settings);
        settings.limits.max_records = 1;
    });
    for (query, code) in [
        ("format=pdf", ErrorCode::UnknownFormat),
        ("usr_name=x", ErrorCode::UnknownParameter),
        ("start_time=soon", ErrorCode::InvalidTime),
        ("summary=true&format=csv", ErrorCode::NoSummary),
        ("", ErrorCode::TooManyRows),
    ] {
        let answer = make_with(&service, TOKEN, query);
        assert_eq!(answer.error().0, code.code(), "{query}");
    }
    assert_eq!(make_with(&service, &secret("nobody"), "").status, 401);
    let foreign = make_with(&service, &secret(super::FOREIGN), "");
    assert_eq!(foreign.status, 403);
    let made = make_with(&service, TOKEN, "user_name=nobody");
    assert_eq!(made.json()["total_count"], 0);
}

fn a_project_and_a_user_have_so_many_open_links(database: &Database) {
    let hands = Hands::default();
    let service = Service::start_by(database, hands.clock(), |settings| {
        add_users(settings);
        settings.links.open_per_user = 2;
        settings.links.open_per_project = 3;
    });
    let [one, other] = CLERKS.map(secret);
    let first = super::Link::of(&make_with(&service, &one, ""));
    assert_eq!(make_with(&service, &one, "").status, 201);
    let refused = make_with(&service, &one, "");
    assert_eq!(refused.status, 429);
    assert!(refused.header("retry-after").is_some());
    assert!(refused.error().1.starts_with("you have 2 "));
    assert_eq!(make_with(&service, &other, "").status, 201);
    let refused = make_with(&service, &other, "");
    assert!(refused.error().1.starts_with("this project has 3 "));
    // One that was followed is open no more, nor is one that has expired.
    assert_eq!(follow(&service, &first).status, 200);
    wait_for(&service, &first, "done");
    assert_eq!(make_with(&service, &one, "").status, 201);
    assert_eq!(make_with(&service, &one, "").status, 429);
    hands.pass(60);
    assert_eq!(make_with(&service, &one, "").status, 201);
}

fn links_are_listed_newest_first(database: &Database) {
    let hands = Hands::default();
    let service = Service::start_by(database, hands.clock(), add_users);
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.insert(0, made(&service, "").id);
        hands.pass(1);
    }
    let list = |query: &str| {
        let path = format!("{}?{query}", links_path(PROJECT));
        let list = service.get(&path, &auth(TOKEN)).json();
        let links = list["export_links"].as_array().unwrap().clone();
        let listed: Vec<_> = links
            .iter()
            .map(|link| link["id"].as_str().unwrap().to_owned())
            .collect();
        (list["count"].as_u64().unwrap(), listed)
    };
    assert_eq!(list(""), (3, ids.clone()));
    assert_eq!(list("limit=1&offset=1"), (3, vec![ids[1].clone()]));
    let refused = format!("{}?limit=101", links_path(PROJECT));
    let refused = service.get(&refused, &auth(TOKEN));
    assert_eq!(refused.error().0, ErrorCode::InvalidNumber.code());
}

fn a_link_that_is_old_is_deleted_when_a_service_starts(database: &Database) {
    let hands = Hands::default();
    let old = {
        let service = Service::start_by(database, hands.clock(), |_| {});
        made(&service, "")
    };
    hands.pass(24 * 3600 - 1);
    let kept = {
        let service = Service::start_by(database, hands.clock(), |_| {});
        assert_eq!(shown(&service, &old)["state"], "expired");
        made(&service, "")
    };
    hands.pass(2);
    let service = Service::start_by(database, hands.clock(), |_| {});
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while show_with(&service, TOKEN, &old.id).status != 404 {
        assert!(std::time::Instant::now() < deadline);
        thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(shown(&service, &kept)["state"], "waiting");
}

fn a_link_shows_how_far_its_download_came(database: &Database) {
    database.fill(PROJECT, bulky(4_000));
    let service = Service::start(database);
    let link = made(&service, "");
    assert_eq!(link.total, 4_000);
    let client = idle_follower(&service, &link);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    let running = loop {
        let shown = shown(&service, &link);
        assert_eq!(shown["state"], "running");
        if shown["rows"].as_u64() > Some(0) && shown["bytes"].as_u64() > Some(0) {
            break shown;
        }
        assert!(std::time::Instant::now() < deadline);
        thread::sleep(std::time::Duration::from_millis(50));
    };
    assert!(running["rows"].as_u64() < Some(4_000), "{running}");
    assert_eq!(running["total_count"], 4_000);
    // A second client finds nothing, and the first one is not disturbed.
    assert_nowhere(&follow(&service, &link));
    assert!(super::ends_properly(client));
    assert_eq!(wait_for(&service, &link, "done")["rows"], 4_000);
}
