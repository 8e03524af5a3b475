//! How long sessions live.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::TimeDelta;
use deskledger_api::ErrorCode;
use deskledger_domain::{Clock, parse_time};
use deskledger_tests::{Database, PROJECT, Service, TOKEN, on_both_databases, sealing_key, secret};

use super::{Browser, records, sessions, with_people};
use crate::refusal::assert_code;

on_both_databases! {
    a_session_ends_when_it_is_idle_and_when_its_time_is_over
    a_restart_keeps_sessions_and_a_row_that_was_moved_opens_nothing
}

/// A clock of a test, in seconds after it began.
#[derive(Clone, Default)]
struct Seconds(Arc<AtomicI64>);

impl Seconds {
    fn clock(&self) -> Clock {
        let seconds = self.clone();
        let begin = parse_time("2026-11-28T08:00Z").unwrap();
        Clock::given(move || begin + TimeDelta::seconds(seconds.0.load(Ordering::Relaxed)))
    }

    fn set(&self, seconds: i64) {
        self.0.store(seconds, Ordering::Relaxed);
    }
}

fn a_session_ends_when_it_is_idle_and_when_its_time_is_over(database: &Database) {
    const MINUTE: i64 = 60;

    let now = Seconds::default();
    let service = Service::start_by(database, now.clock(), with_people);
    let (used, idle) = (Browser::of(&service), Browser::of(&service));
    used.sign_in(TOKEN);
    idle.sign_in(TOKEN);
    let list = || {
        let answer = service.get(&sessions(), &[("X-Auth-Token", TOKEN)]);
        answer.json()["sessions"].as_array().unwrap().clone()
    };
    // Within a minute nothing is written.
    now.set(MINUTE - 1);
    assert_eq!(
        used.get("/v2/session").json()["idle_ends_at"],
        "2026-11-28T08:30:00Z"
    );
    now.set(29 * MINUTE);
    let info = used.get("/v2/session").json();
    assert_eq!(info["idle_ends_at"], "2026-11-28T08:59:00Z");
    // It is written while nobody waits.
    let is_written = || {
        list()
            .iter()
            .any(|one| one["last_used_at"] == "2026-11-28T08:29:00Z")
    };
    while !is_written() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    now.set(30 * MINUTE);
    assert_eq!(used.get(&records(PROJECT)).status, 200);
    assert_code(&idle.get(&records(PROJECT)), ErrorCode::NoSession, "idle");
    assert_eq!(list().len(), 1);
    // Who goes on signs in again after eight hours.
    for minute in (40..480).step_by(20) {
        now.set(minute * MINUTE);
        assert_eq!(used.get("/v2/session").status, 200, "{minute}");
        // What is written in the background is there before the clock goes on.
        let written = format_seconds(minute * MINUTE);
        while !list().iter().any(|one| one["last_used_at"] == written) {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }
    now.set(480 * MINUTE - 1);
    assert_eq!(used.get("/v2/session").status, 200);
    now.set(480 * MINUTE);
    assert_code(&used.get("/v2/session"), ErrorCode::NoSession, "over");
    assert_eq!(list().len(), 0);
}

fn format_seconds(seconds: i64) -> String {
    let begin = parse_time("2026-11-28T08:00Z").unwrap();
    deskledger_domain::format_time(begin + TimeDelta::seconds(seconds))
}

fn a_restart_keeps_sessions_and_a_row_that_was_moved_opens_nothing(database: &Database) {
    let (mine, theirs, user) = {
        let service = Service::start_with(database, with_people);
        let (mine, theirs) = (Browser::of(&service), Browser::of(&service));
        let info = mine.sign_in(&secret("reader")).json();
        theirs.sign_in(TOKEN);
        let user = info["user"].as_str().unwrap().to_owned();
        (mine.cookie(), theirs.cookie(), user)
    };
    let open = |service: &Service, cookie: &str| {
        let browser = Browser::of(service);
        browser.set_cookie("deskledger", cookie.split_once('=').unwrap().1);
        browser.get("/v2/session")
    };
    {
        let service = Service::start_with(database, with_people);
        for cookie in [&mine, &theirs] {
            assert_eq!(open(&service, cookie).status, 200);
        }
        // A new key opens what the old one sealed, and another key opens nothing.
        let rotated = |settings: &mut deskledger_settings::Settings| {
            with_people(settings);
            settings
                .identity
                .sealing_keys
                .insert(0, sealing_key("b", 8));
        };
        service.reload(database, rotated).unwrap();
        assert_eq!(open(&service, &mine).status, 200);
        let other = |settings: &mut deskledger_settings::Settings| {
            with_people(settings);
            settings.identity.sealing_keys = vec![sealing_key("b", 8)];
        };
        service.reload(database, other).unwrap();
        assert_code(&open(&service, &mine), ErrorCode::NoSession, "another key");
    }
    // Somebody who can write to the database gives their session the rights of another's.
    database.execute(&format!(
        "UPDATE sessions SET sealed = (SELECT sealed FROM sessions AS other WHERE other.user_name <> '{user}') \
         WHERE user_name = '{user}'"
    ));
    let service = Service::start_with(database, with_people);
    assert_code(&open(&service, &mine), ErrorCode::NoSession, "moved");
    assert_eq!(open(&service, &theirs).status, 200);
}
