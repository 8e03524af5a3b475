//! Who is not signed in by a provider: people who may not, what strangers try, and what comes too late.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::TimeDelta;
use deskledger_api::ErrorCode;
use deskledger_domain::Clock;
use deskledger_tests::{
    Answer, Arrival, Database, Oidc, Person, Proxy, Service, Treatment, percent_encode, secret,
};
use serde_json::Value;

use super::super::with_people;
use super::{Browser, TO, service, service_with, set_cookie, with_provider};
use crate::refusal::assert_code;

/// Nobody is signed in, and the refusal has this code.
fn assert_nobody(browser: &Browser<'_>, answer: &Answer, code: ErrorCode, what: &str) {
    assert_code(answer, code, what);
    let session = browser.get("/v2/session");
    assert_eq!(session.status, 401, "{what}: {session:?}");
}

#[test]
fn who_cancels_or_is_in_no_group_or_has_no_name_is_refused() {
    let database = Database::sqlite();
    let service = service(&database);
    for account in ["nemo", "kim", "omar", "noname"] {
        let browser = Browser::of(&service);
        let refused = browser.sign_in_at_provider(account);
        assert_nobody(&browser, &refused, ErrorCode::SignInDenied, account);
    }
    let browser = Browser::of(&service);
    let cancelled = Person::default().cancel(&browser.begin(TO)).away();
    assert!(cancelled.contains("error=access_denied"), "{cancelled}");
    let refused = browser.open(&browser.path_of(&cancelled));
    assert_nobody(&browser, &refused, ErrorCode::SignInDenied, "cancelled");
    // What the provider, or somebody in its name, says is not repeated.
    let text = String::from_utf8(refused.body).unwrap();
    assert!(!text.contains("the person cancelled"), "{text}");
    // They may try again.
    let answer = browser.sign_in_at_provider("ann");
    assert_eq!(answer.header("location"), Some(TO));
}

#[test]
fn a_refusal_leads_a_browser_to_a_page_that_says_why_and_a_program_to_nothing() {
    let database = Database::sqlite();
    let service = service(&database);
    let browser = Browser::of(&service);
    let by_person = [("Accept", "text/html,*/*;q=0.8")];
    let led = |browser: &Browser<'_>, path: &str, to: &str| {
        let answer = browser.send("GET", path, &by_person, &Value::Null);
        assert_eq!(answer.status, 303, "{path}: {answer:?}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert!(answer.body.is_empty(), "{answer:?}");
        let request = answer.header("x-request-id").unwrap();
        let location = answer.header("location").unwrap();
        assert_eq!(location, to.replace("{}", request), "{path}");
        assert_eq!(browser.get("/v2/session").status, 401, "{path}");
    };
    // What was asked for is kept, as it was, and relative to the console.
    let page = "p%2Fone%2Fconnections%3Ft%3Dnow-7d..now%26state%3Dfailed";
    let denied = browser.arrive("nemo");
    let to = format!("../../../console/sign-in?error=WKS.00002403&request={{}}&to={page}");
    led(&browser, &denied, &to);
    // What another site makes up names no page, and no text.
    let made_up = "/v2/sign-in/oidc/callback?error=Call+0800&error_description=evil&to=/console/x";
    let to = "../../../console/sign-in?error=WKS.00002401&request={}";
    led(&Browser::of(&service), made_up, to);
    // On the way there, too.
    let to = "../../console/sign-in?error=WKS.00041400&request={}";
    led(&browser, "/v2/sign-in/oidc?to=//evil.example.com", to);
    assert_code(&browser.open(made_up), ErrorCode::SignInRefused, "program");

    let without = Service::start_with(&database, |settings| {
        with_people(settings);
        settings.console.enabled = false;
    });
    let browser = Browser::of(&without);
    let answer = browser.send("GET", "/v2/sign-in/oidc", &by_person, &Value::Null);
    assert_code(&answer, ErrorCode::SignInNotConfigured, "no console");
}

#[test]
fn a_wrong_password_leads_nowhere() {
    let database = Database::sqlite();
    let service = service(&database);
    let browser = Browser::of(&service);
    let provider = browser.begin(TO);
    for (user, password) in [("ann", secret("wrong")), ("eve", Oidc::password())] {
        let arrival = Person::default().sign_in(&provider, user, &password);
        assert!(matches!(arrival, Arrival::Page(401, _)), "{arrival:?}");
    }
    assert_eq!(browser.get("/v2/session").status, 401);
}

#[test]
fn a_callback_signs_in_once_and_only_the_browser_that_began() {
    let database = Database::sqlite();
    let service = service(&database);
    let (victim, attacker) = (Browser::of(&service), Browser::of(&service));
    let provider = victim.begin(TO);
    // The provider does not know that it was asked twice by the same sign-in, and takes both codes.
    let arrive = || Person::default().sign_in(&provider, "ann", &Oidc::password());
    let [callback, second] = [arrive(), arrive()].map(|arrival| victim.path_of(&arrival.away()));
    // The attacker has the address, and a sign-in of their own that is under way.
    attacker.begin(TO);
    let before = attacker.cookie();
    let refused = attacker.open(&callback);
    assert_nobody(&attacker, &refused, ErrorCode::SignInRefused, "another's");
    let refused = Browser::of(&service).open(&callback);
    assert_code(&refused, ErrorCode::SignInRefused, "no cookie");

    let kept = victim.cookie();
    assert_eq!(victim.open(&callback).header("location"), Some(TO));
    let session = victim.cookie();
    let again = victim.open(&callback);
    assert_code(&again, ErrorCode::SignInRefused, "twice");
    // Not even with the cookie that it had, and it ends no session.
    let replay = Browser::of(&service);
    let (name, value) = kept.split_once('=').unwrap();
    for (path, what) in [(callback, "replayed"), (second, "with another code")] {
        replay.set_cookie(name, value);
        let refused = replay.open(&path);
        assert_nobody(&replay, &refused, ErrorCode::SignInRefused, what);
    }
    assert_eq!(victim.cookie(), session);
    assert_eq!(victim.session()["user"], "ann");

    // A victim whose browser an attacker sends to the callback of the attacker is not signed in as the attacker.
    let planted = Browser::of(&service).arrive("mallory");
    let refused = victim.open(&planted);
    assert_code(&refused, ErrorCode::SignInRefused, "planted");
    assert_eq!(victim.session()["user"], "ann");
    assert!(!before.is_empty());
}

#[test]
fn a_callback_that_was_changed_signs_nobody_in() {
    use ErrorCode as Code;

    let database = Database::sqlite();
    let service = service(&database);
    let evil = percent_encode("https://evil.example.com");
    let upper = |value: &str| match value.to_uppercase() {
        upper if upper == value => value.to_lowercase(),
        upper => upper,
    };
    let change = |name: &'static str, change: &dyn Fn(&str) -> String| {
        let browser = Browser::of(&service);
        (replaced(&browser.arrive("ann"), name, change), browser)
    };
    let with = |more: &str| {
        let browser = Browser::of(&service);
        (format!("{}&{more}", browser.arrive("ann")), browser)
    };
    let without = |name: &str| {
        let browser = Browser::of(&service);
        (without(&browser.arrive("ann"), name), browser)
    };
    for (what, (path, browser), code) in [
        (
            "another state",
            change("state", &|value| format!("{}A", &value[1..])),
            Code::SignInRefused,
        ),
        (
            "the state in another case",
            change("state", &upper),
            Code::SignInRefused,
        ),
        (
            "a longer state",
            change("state", &|value| format!("{value}A")),
            Code::SignInRefused,
        ),
        ("no state", without("state"), Code::SignInRefused),
        (
            "an empty state",
            change("state", &|_| String::new()),
            Code::SignInRefused,
        ),
        ("two states", with("state=x"), Code::RepeatedParameter),
        (
            "another code",
            change("code", &|_| "x".repeat(43)),
            Code::SignInRefused,
        ),
        (
            "a long code",
            change("code", &|_| "x".repeat(4000)),
            Code::SignInRefused,
        ),
        ("no code", without("code"), Code::SignInRefused),
        ("two codes", with("code=x"), Code::RepeatedParameter),
        (
            "another issuer",
            change("iss", &|_| evil.clone()),
            Code::SignInRefused,
        ),
        // The provider says that it never leaves it out (RFC 9207).
        ("no issuer", without("iss"), Code::SignInRefused),
        (
            "an error beside the code",
            with("error=access_denied"),
            Code::SignInDenied,
        ),
    ] {
        let answer = browser.open(&path);
        assert_nobody(&browser, &answer, code, what);
        let set = answer
            .headers
            .iter()
            .filter(|(name, _)| name == "set-cookie");
        for (_, cookie) in set {
            assert!(!cookie.starts_with("deskledger="), "{what}: {cookie}");
        }
    }
}

/// A path whose parameter has another value.
fn replaced(path: &str, name: &str, change: impl Fn(&str) -> String) -> String {
    let (path, query) = path.split_once('?').unwrap();
    let pairs: Vec<_> = query
        .split('&')
        .map(|pair| match pair.split_once('=').unwrap() {
            (key, value) if key == name => format!("{key}={}", change(value)),
            _ => pair.to_owned(),
        })
        .collect();
    format!("{path}?{}", pairs.join("&"))
}

/// A path without a parameter.
fn without(path: &str, name: &str) -> String {
    let (path, query) = path.split_once('?').unwrap();
    let pairs: Vec<_> = query
        .split('&')
        .filter(|pair| pair.split_once('=').unwrap().0 != name)
        .collect();
    format!("{path}?{}", pairs.join("&"))
}

#[test]
fn who_comes_back_after_ten_minutes_begins_anew() {
    let database = Database::sqlite();
    let later = Arc::new(AtomicI64::new(0));
    let clock = {
        let (later, real) = (Arc::clone(&later), Clock::system());
        Clock::given(move || real.now() + TimeDelta::seconds(later.load(Ordering::Relaxed)))
    };
    let service = service_with(&database, clock, &Oidc::issuer(), |_| {});
    let (slow, too_slow) = (Browser::of(&service), Browser::of(&service));
    // Both have begun when they arrive. What the provider says of them is valid for longer than ten minutes.
    let (slow_path, too_slow_path) = (slow.arrive("ann"), too_slow.arrive("ann"));
    later.store(9 * 60, Ordering::Relaxed);
    assert_eq!(slow.open(&slow_path).header("location"), Some(TO));
    later.store(10 * 60 + 1, Ordering::Relaxed);
    let refused = too_slow.open(&too_slow_path);
    assert_nobody(&too_slow, &refused, ErrorCode::SignInRefused, "too slow");
}

#[test]
fn where_to_go_afterwards_is_a_page_of_the_service() {
    let database = Database::sqlite();
    let service = service(&database);
    let browser = Browser::of(&service);
    for to in [
        "https://evil.example.com",
        "https://evil.example.com/console/",
        "//evil.example.com/console/",
        "///evil.example.com",
        "/\\evil.example.com",
        "\\\\evil.example.com",
        "/console/..\\..\\evil.example.com",
        "/console//evil.example.com\r\nSet-Cookie: deskledger=x",
        "/console/\u{0}",
        "\t//evil.example.com",
        " //evil.example.com",
        "/\t/evil.example.com",
        "/console/\n",
        "javascript:alert(1)",
        "data:text/html,x",
        "console/",
        "@evil.example.com",
        ".evil.example.com",
        "http:evil.example.com",
        "/console/ü",
        &format!("/console/{}", "x".repeat(2000)),
    ] {
        let path = format!("/v2/sign-in/oidc?to={}", percent_encode(to));
        let answer = browser.open(&path);
        assert_code(&answer, ErrorCode::InvalidReturnPath, to);
        assert_eq!(answer.header("location"), None, "{to:?}");
        assert_eq!(browser.cookie(), "", "{to:?}");
    }
    let twice = browser.open("/v2/sign-in/oidc?to=/console/&to=//evil.example.com");
    assert_code(&twice, ErrorCode::RepeatedParameter, "twice");
    assert_eq!(browser.open("/v2/sign-in/oidc").status, 302);
}

#[test]
fn while_the_provider_is_unavailable_the_answer_says_when_to_come_again() {
    let database = Database::sqlite();
    let proxy = Proxy::to_url(&Oidc::issuer());
    let issuer = proxy.url(&Oidc::issuer());
    proxy.treat(Treatment::Cut);
    let service = service_with(&database, Clock::system(), &issuer, |_| {});
    let browser = Browser::of(&service);
    let unavailable = browser.open("/v2/sign-in/oidc?to=/console/");
    assert_unavailable(&unavailable, "before anything is known of it");
    assert_eq!(browser.cookie(), "");
    // Everybody else goes on.
    assert_eq!(browser.sign_in(deskledger_tests::TOKEN).status, 200);
    browser.script("DELETE", "/v2/session", &serde_json::Value::Null);

    proxy.treat(Treatment::Pass);
    let callback = loop {
        // It is not asked again at once.
        let answer = browser.open("/v2/sign-in/oidc?to=/console/");
        if answer.status == 302 {
            let provider = answer.header("location").unwrap();
            let person = Person::default();
            let arrival = person.sign_in(provider, "ann", &Oidc::password());
            break browser.path_of(&arrival.away());
        }
        assert_unavailable(&answer, "a while later");
        std::thread::sleep(std::time::Duration::from_millis(100));
    };
    proxy.treat(Treatment::Cut);
    let unavailable = browser.open(&callback);
    assert_unavailable(&unavailable, "when the code is exchanged");
    assert_eq!(browser.get("/v2/session").status, 401);
}

fn assert_unavailable(answer: &Answer, what: &str) {
    assert_code(answer, ErrorCode::IamUnavailable, what);
    let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{what}: {wait}");
}

#[test]
fn behind_tls_both_cookies_are_of_this_host_alone() {
    let database = Database::sqlite();
    let service = Service::start_by(&database, Clock::system(), |settings| {
        with_provider(settings, &Oidc::issuer(), "https://ledger.example.com");
    });
    let open = |path: &str, cookie: &str| {
        let headers = [
            ("Host", "ledger.example.com"),
            ("Sec-Fetch-Site", "cross-site"),
            ("Sec-Fetch-Mode", "navigate"),
            ("Cookie", cookie),
        ];
        service.get(path, &headers)
    };
    let began = open("/v2/sign-in/oidc?to=/console/", "x=y");
    let name = "__Host-deskledger-sign-in";
    let cookie = set_cookie(&began, name);
    for attribute in ["Path=/", "HttpOnly", "SameSite=Lax", "Secure"] {
        assert!(cookie.split("; ").any(|part| part == attribute), "{cookie}");
    }
    let provider = began.header("location").unwrap();
    let arrival = Person::default().sign_in(provider, "ann", &Oidc::password());
    let callback = arrival.away();
    let path = callback.strip_prefix("https://ledger.example.com").unwrap();
    let value = cookie.split(';').next().unwrap();
    let plain = open(path, &format!("deskledger-sign-in={value}"));
    assert_code(&plain, ErrorCode::SignInRefused, "its plain name");
    let answer = open(path, &format!("{name}={value}"));
    let session = set_cookie(&answer, "__Host-deskledger");
    assert!(
        session.ends_with("; Path=/; HttpOnly; SameSite=Strict; Secure"),
        "{session}"
    );
}
