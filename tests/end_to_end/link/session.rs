//! A link that was made in a session is followed in that session alone.

use deskledger_settings::Settings;
use deskledger_tests::{Database, PROJECT, Service, TOKEN, on_both_databases, sealing_key, secret};
use serde_json::Value;

use super::{CLERKS, Link, add_users, assert_nowhere, links_path};
use crate::record::bare;
use crate::sign_in::Browser;

on_both_databases! {
    a_link_of_a_session_is_followed_there_once_and_nowhere_else
    a_link_ends_with_its_session
}

fn with_people(settings: &mut Settings) {
    settings.identity.sealing_keys = vec![sealing_key("a", 7)];
    add_users(settings);
}

/// A service with one record.
fn service(database: &Database) -> Service {
    database.fill(PROJECT, [bare("1", "2020-04-13T02:00Z")]);
    Service::start_with(database, with_people)
}

fn signed_in<'a>(service: &'a Service, token: &str) -> Browser<'a> {
    let browser = Browser::of(service);
    assert_eq!(browser.sign_in(token).status, 200);
    browser
}

fn made_by(browser: &Browser<'_>) -> Link {
    Link::of(&browser.script("POST", &links_path(PROJECT), &Value::Null))
}

fn a_link_of_a_session_is_followed_there_once_and_nowhere_else(database: &Database) {
    let service = service(database);
    let owner = signed_in(&service, TOKEN);
    let link = made_by(&owner);

    // The thief has the address: without a session, in one of another user, in another one of the same user, with the very
    // credentials that the session began with, and by a page of another origin in the owner's browser.
    assert_nowhere(&service.get(&link.url, &[]));
    assert_nowhere(&signed_in(&service, &secret(CLERKS[0])).navigate(&link.url));
    assert_nowhere(&signed_in(&service, TOKEN).navigate(&link.url));
    assert_nowhere(&service.get(&link.url, &super::auth(TOKEN)));
    for site in ["cross-site", "same-site"] {
        let from_there = [("Sec-Fetch-Site", site), ("Sec-Fetch-Mode", "navigate")];
        assert_nowhere(&owner.send("GET", &link.url, &from_there, &Value::Null));
    }

    // None of that used it up.
    let from_here = [
        ("Sec-Fetch-Site", "same-origin"),
        ("Sec-Fetch-Mode", "navigate"),
    ];
    let answer = owner.send("GET", &link.url, &from_here, &Value::Null);
    assert_eq!(answer.status, 200);
    assert!(answer.body.starts_with(b"PK"));
    assert_nowhere(&owner.send("GET", &link.url, &from_here, &Value::Null));
}

fn a_link_ends_with_its_session(database: &Database) {
    let service = service(database);
    let owner = signed_in(&service, TOKEN);
    let link = made_by(&owner);
    let cookie = owner.cookie();
    assert_eq!(
        owner.script("DELETE", "/v2/session", &Value::Null).status,
        204
    );
    assert_nowhere(&owner.navigate(&link.url));
    assert_nowhere(&service.get(&link.url, &[("Cookie", cookie.as_str())]));
    // Nor does the next session of the user have it.
    assert_nowhere(&signed_in(&service, TOKEN).navigate(&link.url));
}
