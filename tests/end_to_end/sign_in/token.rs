use std::cell::Cell;

use deskledger_api::ErrorCode;
use deskledger_tests::{Database, PROJECT, Service, TOKEN, on_both_databases, secret};
use serde_json::json;

use super::{Browser, audited, records, service, sessions, with_people};
use crate::refusal::{assert_code, assert_refused};

on_both_databases! {
    who_signs_in_with_a_token_asks_as_with_the_token_until_they_sign_out
    one_sees_and_ends_ones_own_sessions_and_an_administrator_those_of_all
}

fn who_signs_in_with_a_token_asks_as_with_the_token_until_they_sign_out(database: &Database) {
    let service = service(database);
    let browser = Browser::of(&service);
    assert_eq!(
        browser.get("/v2/sign-in").json(),
        json!({"ways": ["token"], "oidc_label": null})
    );
    let answer = browser.sign_in(TOKEN);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let info = answer.json();
    assert_eq!(info["project_id"], PROJECT);
    assert_eq!(info["way"], "token");
    assert_eq!(info["projects"][0]["roles"], json!(["te_admin"]));
    assert_eq!(info["signed_in_at"], "2020-05-01T08:00:00Z");
    assert_eq!(info["idle_ends_at"], "2020-05-01T08:30:00Z");
    assert_eq!(info["ends_at"], "2020-05-01T16:00:00Z");
    // Neither the token nor the secret of the cookie is in it.
    let secret = browser.cookie().split_once('=').unwrap().1.to_owned();
    let text = String::from_utf8(answer.body).unwrap();
    assert!(!text.contains(&secret) && !text.contains(TOKEN), "{text}");

    assert_eq!(browser.get("/v2/session").json(), info);
    assert_eq!(browser.get(&records(PROJECT)).status, 200);
    // The same policy decides: another project is denied, whatever the role.
    let denied = browser.get(&records("another"));
    assert_code(&denied, ErrorCode::Forbidden, "another project");
    let exported = browser.get(&Service::export_path("format=csv"));
    assert_eq!(exported.status, 200);
    let audits = service.get(
        &format!("/v2/{PROJECT}/connections/export-audits?via=export"),
        &[("X-Auth-Token", TOKEN)],
    );
    assert_eq!(audits.json()["audits"][0]["credential"], "session");
    assert_eq!(audits.json()["audits"][0]["user"], info["user"]);

    let before = browser.cookie();
    let out = browser.script("DELETE", "/v2/session", &json!(null));
    assert_eq!(out.status, 204, "{out:?}");
    assert_eq!(browser.cookie(), "");
    browser.set_cookie("deskledger", before.split_once('=').unwrap().1);
    for path in ["/v2/session", &records(PROJECT)] {
        assert_code(&browser.get(path), ErrorCode::NoSession, path);
    }
    assert_eq!(
        audited(&service),
        [
            ["sign_in", "done", "token", ""],
            ["sign_out", "done", "session", ""]
        ]
    );
}

fn one_sees_and_ends_ones_own_sessions_and_an_administrator_those_of_all(database: &Database) {
    let service = service(database);
    let (admin, reader, same_reader) = (
        Browser::of(&service),
        Browser::of(&service),
        Browser::of(&service),
    );
    admin.sign_in(TOKEN);
    let own = reader.sign_in(&secret("reader")).json();
    same_reader.sign_in(&secret("reader"));
    let of_admin = admin.get("/v2/session").json()["id"].clone();
    let listed = reader.get(&sessions()).json()["sessions"].clone();
    let listed = listed.as_array().unwrap();
    assert_eq!(listed.len(), 2, "{listed:?}");
    let current: Vec<_> = listed
        .iter()
        .filter(|session| session["is_current"] == true)
        .map(|session| &session["id"])
        .collect();
    assert_eq!(current, [&own["id"]]);
    assert!(listed.iter().all(|session| session["user"] == own["user"]));
    assert_eq!(listed[0]["address"], "127.0.0.1");
    let all = admin.get(&sessions()).json();
    assert_eq!(all["sessions"].as_array().unwrap().len(), 3);
    // A token sees as much.
    let by_token = service.get(&sessions(), &[("X-Auth-Token", TOKEN)]);
    assert_eq!(by_token.json()["sessions"].as_array().unwrap().len(), 3);
    let foreign = service.get(&sessions(), &[("X-Auth-Token", &secret("foreign"))]);
    assert_code(&foreign, ErrorCode::Forbidden, "foreign");
    let theirs = service.get(
        "/v2/another/sessions",
        &[("X-Auth-Token", &secret("foreign"))],
    );
    assert_eq!(theirs.json()["sessions"], json!([]));

    let end = |browser: &Browser<'_>, id: &serde_json::Value| {
        let path = format!("{}/{}", sessions(), id.as_str().unwrap());
        browser.script("DELETE", &path, &json!(null))
    };
    let refused = end(&reader, &of_admin);
    assert_code(&refused, ErrorCode::SessionNotFound, "of another user");
    let other = listed.iter().find(|session| session["is_current"] == false);
    assert_eq!(end(&reader, &other.unwrap()["id"]).status, 204);
    assert_code(
        &same_reader.get("/v2/session"),
        ErrorCode::NoSession,
        "ended",
    );
    assert_eq!(end(&admin, &own["id"]).status, 204);
    assert_code(&reader.get("/v2/session"), ErrorCode::NoSession, "ended");
    assert_eq!(admin.get("/v2/session").status, 200);
    let actions = audited(&service);
    let ended: Vec<_> = actions
        .iter()
        .filter(|[action, ..]| action == "end_session")
        .map(|[_, outcome, credential, code]| [outcome, credential, code].map(String::as_str))
        .collect();
    assert_eq!(
        ended,
        [
            ["done", "session", ""],
            ["done", "session", ""],
            ["refused", "session", ErrorCode::SessionNotFound.code()],
        ]
    );
}

#[test]
fn a_token_that_is_valid_no_more_ends_its_session_and_a_role_that_was_taken_is_gone() {
    let database = Database::sqlite();
    let service = service(&database);
    let browser = Browser::of(&service);
    browser.sign_in(TOKEN);
    assert_eq!(browser.get(&records(PROJECT)).status, 200);
    let reload = |roles: Option<&[&str]>| {
        service
            .reload(&database, |settings| {
                with_people(settings);
                settings.identity.tokens.remove(0);
                if let Some(roles) = roles {
                    let token = deskledger_tests::token(TOKEN, PROJECT, roles);
                    settings.identity.tokens.push(token);
                }
            })
            .unwrap();
    };
    reload(Some(&["reader", "wks_adm"]));
    let denied = browser.get(&records(PROJECT));
    assert_code(&denied, ErrorCode::Forbidden, "the role was taken");
    reload(Some(&["te_admin"]));
    assert_eq!(browser.get(&records(PROJECT)).status, 200);
    reload(None);
    assert_code(
        &browser.get(&records(PROJECT)),
        ErrorCode::NoSession,
        "gone",
    );
    // It does not come back with the token.
    reload(Some(&["te_admin"]));
    assert_code(&browser.get("/v2/session"), ErrorCode::NoSession, "ended");
}

#[test]
fn a_reload_changes_what_a_session_may_do() {
    let database = Database::sqlite();
    let service = service(&database);
    let browser = Browser::of(&service);
    browser.sign_in(&secret("reader"));
    let forbidden = browser.get(&records(PROJECT));
    assert_code(&forbidden, ErrorCode::Forbidden, "a reader");
    let roles = Cell::new(Vec::new());
    roles.set(vec!["workspace:connections:securityList".to_owned()]);
    service
        .reload(&database, |settings| {
            with_people(settings);
            let actions = roles.take();
            settings.access.roles.insert("reader".to_owned(), actions);
        })
        .unwrap();
    assert_eq!(browser.get(&records(PROJECT)).status, 200);
}

#[test]
fn credentials_in_headers_win_over_a_cookie() {
    let database = Database::sqlite();
    let service = service(&database);
    let browser = Browser::of(&service);
    browser.sign_in(TOKEN);
    let send = |token: &str| {
        let headers = [("X-Auth-Token", token)];
        browser.send("GET", &records(PROJECT), &headers, &json!(null))
    };
    // It needs nothing of what a cookie needs.
    assert_eq!(send(TOKEN).status, 200);
    assert_code(
        &send(&secret("nobody")),
        ErrorCode::Unauthenticated,
        "token",
    );
    let headers = [("Authorization", "SDK-HMAC-SHA256 x")];
    let signed = browser.send("GET", &records(PROJECT), &headers, &json!(null));
    assert_code(&signed, ErrorCode::Unauthenticated, "signature");
}

#[test]
fn without_a_key_that_seals_nobody_signs_in_and_cookies_are_nothing() {
    let database = Database::sqlite();
    let service = Service::start(&database);
    let browser = Browser::of(&service);
    assert_eq!(
        browser.get("/v2/sign-in").json(),
        json!({"ways": [], "oidc_label": null})
    );
    let refused = browser.sign_in(TOKEN);
    assert_code(&refused, ErrorCode::SignInNotConfigured, "sign-in");
    browser.set_cookie("deskledger", "x");
    assert_refused(
        &browser.get(&records(PROJECT)),
        ErrorCode::Unauthenticated,
        "X-Auth-Token",
        "a cookie",
    );
}
