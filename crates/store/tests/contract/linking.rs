//! Export links: a life that every process sees, and that one of them leads.

use std::sync::Arc;
use std::time::Duration;

use deskledger_domain::{ExportLink, LinkId, LinkQuery, LinkState};
use deskledger_store::{
    Added, Database, ExportLinkStore, LinkEnd, LinkReport, MostLinks, NewExportLink,
    StoreErrorKind, StoreSettings,
};

use crate::fixture::Fixture;
use crate::tasking::{at, id as task_id, scope};

const MOST: MostLinks = MostLinks {
    of_project: 100,
    of_user: 100,
};

fn links(store: &Fixture) -> Arc<dyn ExportLinkStore> {
    let mut settings = StoreSettings::new(store.database.url());
    settings.connection_timeout = Duration::from_secs(20);
    Database::open(&settings).unwrap().export_links()
}

fn id(text: &str) -> LinkId {
    LinkId::new(text).unwrap()
}

/// A link that waits for a minute.
fn new(link: &str, of: &str, created: u32) -> NewExportLink {
    NewExportLink {
        id: id(link),
        scope: scope(of),
        user: "ann".to_owned(),
        session: None,
        secret_hash: format!("hash of {link}").into_bytes(),
        request: format!("what '{link}' asks for"),
        task_id: None,
        total_count: Some(7),
        total_bytes: None,
        created_at: at(created),
        waits: Duration::from_secs(60),
    }
}

fn add(links: &dyn ExportLinkStore, link: &str, created: u32) {
    let added = links.add(&new(link, "p1", created), MOST);
    assert_eq!(added.unwrap(), Added::Yes);
}

fn found(links: &dyn ExportLinkStore, link: &str, now: u32) -> ExportLink {
    links
        .find(&scope("p1"), &id(link), at(now))
        .unwrap()
        .unwrap()
}

fn state(links: &dyn ExportLinkStore, link: &str, now: u32) -> LinkState {
    found(links, link, now).state
}

fn report(rows: u64, now: u32) -> LinkReport {
    LinkReport {
        rows,
        bytes: rows * 10,
        now: at(now),
        until: at(now + 10),
        ends: false,
    }
}

fn end(now: u32, error_code: Option<&str>) -> LinkEnd {
    LinkEnd {
        rows: 7,
        bytes: 70,
        at: at(now),
        whole: error_code.is_none(),
        error_code: error_code.map(str::to_owned),
    }
}

pub(crate) fn a_link_is_begun_once_and_followed_to_its_end(store: &Fixture) {
    let links = &*links(store);
    let new = NewExportLink {
        session: Some("s".to_owned()),
        task_id: Some(task_id("t")),
        ..new("a", "p1", 0)
    };
    assert_eq!(links.add(&new, MOST).unwrap(), Added::Yes);
    let waiting = links.waiting(b"hash of a", at(59)).unwrap().unwrap();
    assert_eq!(waiting.session.as_deref(), Some("s"));
    assert_eq!(waiting.request, "what 'a' asks for");
    assert_eq!(waiting.link.task_id, Some(task_id("t")));
    assert_eq!(waiting.link.begins_before, at(60));
    assert!(links.waiting(b"hash of b", at(0)).unwrap().is_none());
    assert!(links.waiting(b"", at(0)).unwrap().is_none());

    assert!(links.begin(&id("a"), at(1), at(11)).unwrap());
    assert!(!links.begin(&id("a"), at(1), at(11)).unwrap());
    assert!(links.waiting(b"hash of a", at(1)).unwrap().is_none());
    assert!(links.report(&id("a"), &report(3, 2)).unwrap());
    let running = found(links, "a", 3);
    assert_eq!(
        (running.rows, running.bytes, running.total_count),
        (3, 30, Some(7))
    );
    assert_eq!(running.state, LinkState::Running);

    let ends = LinkReport {
        ends: true,
        ..report(6, 3)
    };
    assert!(links.report(&id("a"), &ends).unwrap());
    assert!(links.report(&id("a"), &report(7, 4)).unwrap());
    // It is whole but for its last bytes, so it is not cancelled any more.
    links.cancel(&scope("p1"), &id("a"), at(4)).unwrap();
    assert_eq!(state(links, "a", 4), LinkState::Running);
    assert!(links.end(&id("a"), &end(5, None)).unwrap());
    let done = found(links, "a", 100);
    assert_eq!((done.state, done.ended_at), (LinkState::Done, Some(at(5))));
    assert!(!links.end(&id("a"), &end(6, Some("x"))).unwrap());
    assert!(!links.report(&id("a"), &report(7, 6)).unwrap());
}

pub(crate) fn a_link_that_nobody_begins_in_time_has_expired(store: &Fixture) {
    let links = &*links(store);
    add(links, "a", 0);
    assert_eq!(state(links, "a", 59), LinkState::Waiting);
    assert_eq!(state(links, "a", 60), LinkState::Expired);
    assert!(links.waiting(b"hash of a", at(60)).unwrap().is_none());
    assert!(!links.begin(&id("a"), at(60), at(70)).unwrap());
    links.cancel(&scope("p1"), &id("a"), at(60)).unwrap();
    assert_eq!(state(links, "a", 60), LinkState::Expired);
}

pub(crate) fn a_link_whose_process_is_not_heard_of_is_broken(store: &Fixture) {
    let links = &*links(store);
    add(links, "a", 0);
    assert!(links.begin(&id("a"), at(0), at(10)).unwrap());
    assert!(links.report(&id("a"), &report(1, 5)).unwrap());
    assert_eq!(state(links, "a", 14), LinkState::Running);
    let broken = LinkState::Broken { error_code: None };
    assert_eq!(state(links, "a", 15), broken);
    // A process that comes back late learns that it is to stop.
    assert!(!links.report(&id("a"), &report(2, 15)).unwrap());
    links.cancel(&scope("p1"), &id("a"), at(15)).unwrap();
    assert_eq!(state(links, "a", 15), broken);
    let reason = Some("WKS.00000503".to_owned());
    assert!(links.end(&id("a"), &end(16, reason.as_deref())).unwrap());
    assert_eq!(
        state(links, "a", 16),
        LinkState::Broken { error_code: reason }
    );
}

pub(crate) fn a_link_that_is_cancelled_stays_so(store: &Fixture) {
    let links = &*links(store);
    for link in ["waits", "runs"] {
        add(links, link, 0);
    }
    assert!(links.begin(&id("runs"), at(0), at(10)).unwrap());
    // Another project's is left alone.
    links.cancel(&scope("p2"), &id("runs"), at(1)).unwrap();
    assert_eq!(state(links, "runs", 1), LinkState::Running);
    for link in ["waits", "runs"] {
        links.cancel(&scope("p1"), &id(link), at(1)).unwrap();
        assert_eq!(state(links, link, 1), LinkState::Cancelled);
        assert!(!links.report(&id(link), &report(5, 2)).unwrap());
        let ends = LinkReport {
            ends: true,
            ..report(5, 2)
        };
        assert!(!links.report(&id(link), &ends).unwrap());
        assert!(!links.end(&id(link), &end(2, None)).unwrap());
        assert!(!links.begin(&id(link), at(2), at(12)).unwrap());
        let cancelled = found(links, link, 100);
        assert_eq!(
            (cancelled.state, cancelled.ended_at),
            (LinkState::Cancelled, Some(at(1)))
        );
    }
}

pub(crate) fn links_are_listed_of_one_project_and_user(store: &Fixture) {
    let links = &*links(store);
    let of_bob = NewExportLink {
        user: "bob".to_owned(),
        ..new("b", "p1", 1)
    };
    for link in [
        new("a", "p1", 0),
        of_bob,
        new("c", "p1", 1),
        new("d", "p2", 2),
    ] {
        assert_eq!(links.add(&link, MOST).unwrap(), Added::Yes);
    }
    let list = |user: Option<&str>, pairs: &[(&str, &str)]| {
        let query = LinkQuery::from_pairs(pairs.iter().copied()).unwrap();
        let filter = query.into_filter(scope("p1"), user.map(str::to_owned));
        let page = links.list(&filter.unwrap(), at(2)).unwrap();
        let ids = page.links.iter().map(|link| link.id.to_string());
        (page.total, ids.collect::<Vec<_>>().join(" "))
    };
    assert_eq!(list(None, &[]), (3, "c b a".to_owned()));
    assert_eq!(list(Some("ann"), &[]), (2, "c a".to_owned()));
    assert_eq!(list(Some("eve"), &[]), (0, String::new()));
    assert_eq!(
        list(None, &[("offset", "1"), ("limit", "1")]),
        (3, "b".to_owned())
    );
    assert!(links.find(&scope("p1"), &id("d"), at(2)).unwrap().is_none());
}

pub(crate) fn a_project_and_a_user_have_so_many_open_links(store: &Fixture) {
    let links = &*links(store);
    let most = MostLinks {
        of_project: 3,
        of_user: 2,
    };
    let add = |link: &str, user: &str, of: &str, created: u32| {
        let link = NewExportLink {
            user: user.to_owned(),
            ..new(link, of, created)
        };
        links.add(&link, most).unwrap()
    };
    assert_eq!(add("a", "ann", "p1", 0), Added::Yes);
    assert_eq!(add("b", "ann", "p1", 10), Added::Yes);
    assert_eq!(add("c", "ann", "p1", 10), Added::UserIsFull);
    assert_eq!(add("c", "bob", "p1", 10), Added::Yes);
    assert_eq!(add("d", "eve", "p1", 10), Added::ProjectIsFull);
    assert_eq!(add("d", "eve", "p2", 10), Added::Yes);
    // `a` has expired, and `b` runs.
    assert!(links.begin(&id("b"), at(20), at(100)).unwrap());
    assert_eq!(add("e", "ann", "p1", 60), Added::Yes);
    assert_eq!(add("f", "bob", "p1", 60), Added::ProjectIsFull);
    assert!(links.end(&id("b"), &end(61, None)).unwrap());
    assert_eq!(add("f", "bob", "p1", 61), Added::Yes);
}

pub(crate) fn old_links_are_swept_but_those_that_run(store: &Fixture) {
    let links = &*links(store);
    for link in ["old", "runs", "ended"] {
        add(links, link, 0);
    }
    add(links, "new", 500);
    assert!(links.begin(&id("runs"), at(0), at(1000)).unwrap());
    assert!(links.begin(&id("ended"), at(0), at(1000)).unwrap());
    assert!(links.end(&id("ended"), &end(1, None)).unwrap());
    assert_eq!(links.sweep(at(500), at(510)).unwrap(), 2);
    assert_eq!(links.sweep(at(500), at(510)).unwrap(), 0);
    let is_there = |link: &str| {
        links
            .find(&scope("p1"), &id(link), at(510))
            .unwrap()
            .is_some()
    };
    assert_eq!(
        ["old", "runs", "ended", "new"].map(is_there),
        [false, true, false, true]
    );
    assert_eq!(links.sweep(at(501), at(1000)).unwrap(), 2);
}

pub(crate) fn two_links_never_have_one_secret(store: &Fixture) {
    let links = &*links(store);
    add(links, "a", 0);
    let same = NewExportLink {
        secret_hash: b"hash of a".to_vec(),
        ..new("b", "p1", 0)
    };
    let error = links.add(&same, MOST).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Other);
}
