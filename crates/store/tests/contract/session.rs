use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use deskledger_domain::{SessionId, SignInWay, parse_time};
use deskledger_store::{
    Alive, Database, ListedSession, NewSession, SessionAbout, SessionBounds, SessionHash,
    SessionStore, StoredSession,
};

use crate::fixture::{Fixture, project, settings};
use crate::tasking::scope;

const MANY: SessionBounds = SessionBounds {
    of_owner: 100,
    of_project: 100,
};

fn sessions(fixture: &Fixture) -> Arc<dyn SessionStore> {
    let settings = settings(fixture.database.url());
    Database::open(&settings).unwrap().sessions()
}

/// The time so many minutes after the tests began.
fn at(minutes: u64) -> DateTime<Utc> {
    parse_time("2026-11-28T08:00:00.000001Z").unwrap() + Duration::from_secs(60 * minutes)
}

fn alive(minutes: u64) -> Alive {
    Alive {
        now: at(minutes),
        idle: Duration::from_secs(30 * 60),
    }
}

fn hash(number: u8) -> SessionHash {
    [number; 32]
}

fn about(number: u8, user: &str, began: u64) -> SessionAbout {
    SessionAbout {
        id: SessionId::new(format!("s-{number}")).unwrap(),
        user: user.to_owned(),
        way: SignInWay::Iam,
        created_at: at(began),
        ends_at: at(began + 480),
        address: Some("192.0.2.1".to_owned()),
        user_agent: number.is_multiple_of(2).then(|| "浏览器 'x'".to_owned()),
    }
}

fn begin_with(
    store: &dyn SessionStore,
    number: u8,
    user: &str,
    began: u64,
    projects: &[&str],
    most: SessionBounds,
) {
    let about = about(number, user, began);
    let projects: Vec<_> = projects.iter().map(|id| project(id)).collect();
    let session = NewSession {
        hash: &hash(number),
        about: &about,
        owner: &format!("owner of {user}"),
        projects: &projects,
        sealed: &[0, 255, b'\'', number],
        replaces: None,
    };
    store.begin(&session, most).unwrap();
}

fn begin(store: &dyn SessionStore, number: u8, user: &str, began: u64) {
    begin_with(store, number, user, began, &["p1", "项目 2"], MANY);
}

fn listed(store: &dyn SessionStore, of: &str, user: Option<&str>, now: u64) -> Vec<String> {
    let listed = store.list(&scope(of), user, alive(now), 1000).unwrap();
    let ids = listed.into_iter().map(|session| session.about.id);
    ids.map(|id| id.as_str().to_owned()).collect()
}

pub(crate) fn a_session_comes_back_by_its_hash_alone(fixture: &Fixture) {
    let store = sessions(fixture);
    begin(store.as_ref(), 1, "ann", 0);
    begin(store.as_ref(), 2, "ann 张", 1);
    let found = store.find(&hash(2)).unwrap();
    let expected = StoredSession {
        about: about(2, "ann 张", 1),
        sealed: vec![0, 255, b'\'', 2],
        last_used_at: at(1),
    };
    assert_eq!(found, Some(expected));
    assert_eq!(store.find(&hash(3)).unwrap(), None);
    // Another store on the same database knows it too.
    assert!(sessions(fixture).find(&hash(1)).unwrap().is_some());
}

pub(crate) fn a_list_has_what_is_alive_in_a_project(fixture: &Fixture) {
    let store = sessions(fixture);
    begin(store.as_ref(), 1, "ann", 0);
    begin(store.as_ref(), 2, "bob", 1);
    begin_with(store.as_ref(), 3, "ann", 1, &["p3"], MANY);
    assert_eq!(listed(store.as_ref(), "p1", None, 2), ["s-2", "s-1"]);
    assert_eq!(listed(store.as_ref(), "项目 2", None, 2), ["s-2", "s-1"]);
    assert_eq!(listed(store.as_ref(), "p1", Some("ann"), 2), ["s-1"]);
    assert_eq!(listed(store.as_ref(), "p1", Some("Ann"), 2), [""; 0]);
    assert_eq!(listed(store.as_ref(), "p3", None, 2), ["s-3"]);
    assert_eq!(listed(store.as_ref(), "p2", None, 2), [""; 0]);
    // Thirty minutes without use are too many.
    assert_eq!(listed(store.as_ref(), "p1", None, 30), ["s-2"]);
    store.touch(&hash(1), at(29)).unwrap();
    assert_eq!(listed(store.as_ref(), "p1", None, 30), ["s-2", "s-1"]);
    // A time that is written late takes nothing back.
    store.touch(&hash(1), at(5)).unwrap();
    let line = ListedSession {
        about: about(1, "ann", 0),
        last_used_at: at(29),
    };
    let list = store.list(&scope("p1"), None, alive(58), 1000).unwrap();
    assert_eq!(list, [line]);
    store.touch(&hash(1), at(479)).unwrap();
    assert_eq!(listed(store.as_ref(), "p1", None, 479), ["s-1"]);
    assert_eq!(listed(store.as_ref(), "p1", None, 480), [""; 0]);
    let short = store.list(&scope("p1"), None, alive(2), 1).unwrap();
    assert_eq!(short.len(), 1);
}

pub(crate) fn the_oldest_sessions_of_an_owner_and_of_a_project_end(fixture: &Fixture) {
    let store = sessions(fixture);
    let most = SessionBounds {
        of_owner: 2,
        of_project: 3,
    };
    for number in 1..=3 {
        begin_with(store.as_ref(), number, "ann", number.into(), &["p1"], most);
    }
    assert_eq!(listed(store.as_ref(), "p1", None, 4), ["s-3", "s-2"]);
    begin_with(store.as_ref(), 4, "bob", 4, &["p1", "p2"], most);
    begin_with(store.as_ref(), 5, "cyd", 5, &["p1"], most);
    assert_eq!(listed(store.as_ref(), "p1", None, 6), ["s-5", "s-4", "s-3"]);
    begin_with(store.as_ref(), 6, "dan", 6, &["p2"], most);
    assert_eq!(listed(store.as_ref(), "p1", None, 6), ["s-5", "s-4", "s-3"]);
    assert_eq!(store.find(&hash(2)).unwrap(), None);
}

pub(crate) fn a_session_is_ended_within_its_project_and_by_its_successor(fixture: &Fixture) {
    let store = sessions(fixture);
    begin(store.as_ref(), 1, "ann", 0);
    begin(store.as_ref(), 2, "bob", 0);
    begin(store.as_ref(), 3, "cyd", 0);
    let id = |number: u8| SessionId::new(format!("s-{number}")).unwrap();
    let end = |of: &str, number, user| store.end(&scope(of), &id(number), user).unwrap();
    assert_eq!(end("p3", 1, None), None);
    assert_eq!(end("p1", 1, Some("bob")), None);
    assert_eq!(listed(store.as_ref(), "p1", None, 1).len(), 3);
    assert_eq!(end("项目 2", 1, Some("ann")).as_deref(), Some("ann"));
    assert_eq!(end("p1", 1, None), None);
    assert_eq!(end("p1", 2, None).as_deref(), Some("bob"));
    assert!(store.find(&hash(1)).unwrap().is_none());
    let successor = about(4, "cyd", 1);
    let session = NewSession {
        hash: &hash(4),
        about: &successor,
        owner: "another",
        projects: &[project("p1")],
        sealed: b"x",
        replaces: Some(&hash(3)),
    };
    store.begin(&session, MANY).unwrap();
    assert_eq!(listed(store.as_ref(), "p1", None, 2), ["s-4"]);
    assert_eq!(listed(store.as_ref(), "项目 2", None, 2), [""; 0]);
    assert!(store.reseal(&hash(4), b"y").unwrap());
    assert_eq!(store.find(&hash(4)).unwrap().unwrap().sealed, b"y");
    assert!(store.end_by_hash(&hash(4)).unwrap());
    assert!(!store.end_by_hash(&hash(4)).unwrap());
    assert!(!store.reseal(&hash(4), b"z").unwrap());
}

pub(crate) fn what_is_over_is_deleted_and_nothing_else(fixture: &Fixture) {
    let store = sessions(fixture);
    begin(store.as_ref(), 1, "ann", 0);
    begin(store.as_ref(), 2, "bob", 10);
    begin(store.as_ref(), 3, "cyd", 0);
    store.touch(&hash(3), at(479)).unwrap();
    assert_eq!(store.delete_over(alive(20)).unwrap(), 0);
    assert_eq!(store.delete_over(alive(30)).unwrap(), 1);
    assert!(store.find(&hash(1)).unwrap().is_none());
    assert!(store.find(&hash(2)).unwrap().is_some());
    assert_eq!(store.delete_over(alive(480)).unwrap(), 2);
    assert!(store.find(&hash(3)).unwrap().is_none());
}

pub(crate) fn a_sign_in_comes_back_once(fixture: &Fixture) {
    let store = sessions(fixture);
    assert!(store.spend(&hash(1), at(10)).unwrap());
    assert!(!store.spend(&hash(1), at(10)).unwrap());
    assert!(store.spend(&hash(2), at(20)).unwrap());
    store.delete_over(alive(10)).unwrap();
    assert!(store.spend(&hash(1), at(10)).unwrap());
    assert!(!store.spend(&hash(2), at(20)).unwrap());
}
