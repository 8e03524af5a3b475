//! What strangers try.

use deskledger_api::ErrorCode;
use deskledger_tests::{Answer, Database, PROJECT, Service, TOKEN, secret};
use serde_json::json;

use super::{Browser, audited, records, service, sessions};
use crate::refusal::assert_code;

const SCRIPT: (&str, &str) = ("X-Deskledger", "1");
const SAME: (&str, &str) = ("Sec-Fetch-Site", "same-origin");
const NAVIGATE: (&str, &str) = ("Sec-Fetch-Mode", "navigate");

#[test]
fn what_another_site_makes_a_browser_send_does_nothing() {
    let database = Database::sqlite();
    let service = service(&database);
    let browser = Browser::of(&service);
    browser.sign_in(TOKEN);
    let own = browser.origin();
    let own = ("Origin", own.as_str());
    for (headers, what) in [
        (&[][..], "a browser that says nothing"),
        (&[SCRIPT], "a script whose origin is not said"),
        (&[SAME, own], "a form of our own pages"),
        (&[("Sec-Fetch-Site", "cross-site"), NAVIGATE], "a link"),
        (&[("Sec-Fetch-Site", "none"), NAVIGATE], "a typed address"),
        (&[("Sec-Fetch-Site", "same-site"), SCRIPT], "a sister host"),
        (&[("Sec-Fetch-Site", "cross-site"), SCRIPT], "a script"),
        (
            &[("Origin", "https://evil.example.com"), SCRIPT],
            "another origin",
        ),
        (&[("Origin", "http://127.0.0.1:1"), SCRIPT], "another port"),
        (&[("Origin", "null"), SCRIPT], "a frame without an origin"),
        (
            &[("Sec-Fetch-Site", "cross-site"), own, SCRIPT],
            "two that differ",
        ),
        (&[SAME, ("Origin", "null"), SCRIPT], "two that differ"),
    ] {
        for (method, path) in [
            ("GET", records(PROJECT)),
            ("POST", records(PROJECT)),
            ("GET", Service::export_path("")),
            ("DELETE", "/v2/session".to_owned()),
            ("PUT", "/v2/session".to_owned()),
            ("GET", sessions()),
        ] {
            if method == "GET" && what == "a form of our own pages" {
                continue;
            }
            let answer = browser.send(method, &path, headers, &json!(null));
            assert_code(
                &answer,
                ErrorCode::OtherSite,
                &format!("{what}: {method} {path}"),
            );
            assert_eq!(answer.header("access-control-allow-origin"), None);
        }
    }
    // Nor does it sign anybody in, as somebody else.
    let forged = browser.send(
        "POST",
        "/v2/sign-in/token",
        &[("Origin", "https://evil.example.com")],
        &json!({"token": TOKEN}),
    );
    assert_code(&forged, ErrorCode::OtherSite, "a forged sign-in");
    assert_eq!(browser.get("/v2/session").status, 200);
    // A download that the user opens from a page of ours is read.
    let path = Service::export_path("format=csv");
    let opened = browser.send("GET", &path, &[SAME, NAVIGATE], &json!(null));
    assert_eq!(opened.status, 200);
    // The browser asks before a script of another site may ask anything with our header, and gets no leave.
    let preflight = [
        ("Origin", "https://evil.example.com"),
        ("Access-Control-Request-Method", "DELETE"),
        ("Access-Control-Request-Headers", "x-deskledger"),
    ];
    let asked = service.send("OPTIONS", "/v2/session", &preflight, b"");
    assert_eq!(asked.status, 405);
    assert_eq!(asked.header("access-control-allow-origin"), None);
}

#[test]
fn a_cookie_that_was_set_before_is_not_the_one_after_and_is_ended() {
    let database = Database::sqlite();
    let service = service(&database);
    let (attacker, victim) = (Browser::of(&service), Browser::of(&service));
    attacker.sign_in(&secret("reader"));
    let planted = attacker.cookie();
    // What the attacker has is put into the victim's browser.
    victim.set_cookie("deskledger", planted.split_once('=').unwrap().1);
    assert_eq!(victim.sign_in(TOKEN).status, 200);
    assert_ne!(victim.cookie(), planted);
    assert_code(
        &attacker.get("/v2/session"),
        ErrorCode::NoSession,
        "planted",
    );
    let made_up = "A".repeat(43);
    victim.set_cookie("deskledger", &made_up);
    assert_code(&victim.get("/v2/session"), ErrorCode::NoSession, "made up");
    victim.sign_in(TOKEN);
    assert!(!victim.cookie().contains(&made_up));
    // Each sign-in has a new one.
    let before = victim.cookie();
    victim.sign_in(TOKEN);
    assert_ne!(victim.cookie(), before);
}

#[test]
fn a_cookie_that_is_damaged_or_there_twice_opens_nothing() {
    let database = Database::sqlite();
    let service = service(&database);
    let browser = Browser::of(&service);
    browser.sign_in(TOKEN);
    let good = browser.cookie();
    let value = good.split_once('=').unwrap().1;
    let origin = browser.origin();
    let send = |cookie: &str| {
        let headers = [("Origin", &*origin), SCRIPT, ("Cookie", cookie)];
        service.get("/v2/session", &headers)
    };
    assert_eq!(send(&good).status, 200);
    for cookie in [
        "deskledger=",
        &format!("deskledger={}", &value[1..]),
        &format!("deskledger={value}A"),
        &format!("deskledger=\"{value}\""),
        &format!("deskledger={}", value.to_lowercase()),
        &format!("{good}; {good}"),
        &format!("{good}; deskledger=x"),
    ] {
        assert_code(&send(cookie), ErrorCode::NoSession, cookie);
    }
    // Where the service is not at one's own machine, it is the name that no other host can set.
    let elsewhere = |name: &str| {
        let cookie = format!("{name}={value}");
        let headers = [
            ("Host", "ledger.example.com"),
            ("Origin", "https://ledger.example.com"),
            SCRIPT,
            ("Cookie", &cookie),
        ];
        service.get("/v2/session", &headers)
    };
    assert_eq!(elsewhere("__Host-deskledger").status, 200);
    assert_code(
        &elsewhere("deskledger"),
        ErrorCode::NoSession,
        "its plain name",
    );
    let headers = [
        ("Host", "ledger.example.com"),
        ("Origin", "https://ledger.example.com"),
        SCRIPT,
        ("Content-Type", "application/json"),
    ];
    let body = json!({"token": TOKEN}).to_string();
    let signed_in = service.send("POST", "/v2/sign-in/token", &headers, body.as_bytes());
    let cookie = signed_in.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-deskledger="), "{cookie}");
    assert!(
        cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict; Secure"),
        "{cookie}"
    );
}

#[test]
fn a_thousand_guessed_tokens_get_nowhere_and_say_when_to_come_again() {
    let database = Database::sqlite();
    let service = service(&database);
    let browser = Browser::of(&service);
    let guess = |number: usize| browser.sign_in(&secret(&format!("guess {number}")));
    let answers: Vec<Answer> = (0..1000).map(guess).collect();
    let looked_at = answers.iter().filter(|answer| answer.status == 401);
    assert_eq!(looked_at.count(), 20);
    assert!(answers[20..].iter().all(|answer| answer.status == 429));
    let wait: u64 = answers[999].header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(audited(&service), [[""; 4]; 0]);
    // Tokens in headers are another matter, and so are sessions that there are.
    let list = service.get(&records(PROJECT), &[("X-Auth-Token", TOKEN)]);
    assert_eq!(list.status, 200);
}
