//! Access keys over HTTP: those who may make, see and revoke them, and sign with them.

mod refused;

use std::thread;
use std::time::Duration;

use deskledger_api::ErrorCode;
use deskledger_settings::Settings;
use deskledger_tests::{
    Answer, Database, PROJECT, Service, Signer, TOKEN, access_key, on_both_databases, sealing_key,
    secret, token,
};
use serde_json::{Value, json};

use crate::refusal::assert_code;
use crate::sign_in::Browser;
use crate::signature::{OURS, PYTHON, path};

on_both_databases! {
    a_key_that_was_made_signs_until_it_is_revoked
    a_project_sees_and_revokes_its_own_keys_alone
    what_is_done_with_keys_is_audited_with_their_identifiers
}

/// Another project, whose administrator has the token `foreign`.
const OTHER: &str = "another";

fn with_people(settings: &mut Settings) {
    let identity = &mut settings.identity;
    identity.sealing_keys = vec![sealing_key("a", 7)];
    identity.access_keys = vec![access_key(OURS.id, OURS.secret, PROJECT, &["te_admin"])];
    identity.tokens.extend([
        token(&secret("auditor"), PROJECT, &["wks_auditor"]),
        token(&secret("both"), PROJECT, &["te_admin", "wks_auditor"]),
        token(&secret("foreign"), OTHER, &["te_admin"]),
    ]);
}

fn service(database: &Database) -> Service {
    Service::start_with(database, with_people)
}

fn keys(project: &str) -> String {
    format!("/v2/{project}/access-keys")
}

fn make(service: &Service, token: &str, body: &Value) -> Answer {
    service.post(&keys(PROJECT), token, body)
}

fn listed(service: &Service) -> Vec<Value> {
    let answer = service.get(&keys(PROJECT), &[("X-Auth-Token", TOKEN)]);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(!String::from_utf8_lossy(&answer.body).contains("secret"));
    answer.json()["access_keys"].as_array().unwrap().clone()
}

fn revoke(service: &Service, token: &str, project: &str, id: &str) -> Answer {
    let path = format!("{}/{id}", keys(project));
    service.send("DELETE", &path, &[("X-Auth-Token", token)], b"")
}

/// What a request is answered that a key signs, as answered by [`make`].
fn signed(service: &Service, key: &Value, path: &str) -> Answer {
    let signer = Signer {
        id: key["id"].as_str().unwrap(),
        secret: key["secret"].as_str().unwrap(),
    };
    service.raw(&signer.sign("GET", path, &[], &PYTHON, "").bytes())
}

fn a_key_that_was_made_signs_until_it_is_revoked(database: &Database) {
    let service = service(database);
    // The cache is as in any service: nobody waits for it in the process that makes and revokes.
    let first = make(&service, TOKEN, &json!({}));
    assert_eq!(first.status, 201, "{first:?}");
    assert_eq!(first.header("cache-control"), Some("no-store"));
    let first = first.json();
    assert_eq!(first["roles"], json!(["te_admin"]));
    assert_eq!(first["created_at"], "2020-05-01T08:00:00Z");
    assert_eq!(signed(&service, &first, &path(PROJECT)).status, 200);

    // A person who signed in may have one, too, with some of their roles.
    let browser = Browser::of(&service);
    browser.sign_in(&secret("both"));
    let body = json!({"roles": ["wks_auditor"]});
    let second = browser.script("POST", &keys(PROJECT), &body);
    assert_eq!(second.status, 201, "{second:?}");
    let second = second.json();
    assert_eq!(second["user"], browser.get("/v2/session").json()["user"]);
    assert_eq!(signed(&service, &second, &path(PROJECT)).status, 200);
    let tasks = format!("/v3/{PROJECT}/desktops/connections/export");
    let more = signed(&service, &second, &tasks);
    assert_code(&more, ErrorCode::Forbidden, "a role that it does not have");

    let all = listed(&service);
    let ids: Vec<_> = all.iter().map(|key| &key["id"]).collect();
    assert_eq!(ids.len(), 2);
    assert!(ids.contains(&&first["id"]) && ids.contains(&&second["id"]));
    let line = all.iter().find(|key| key["id"] == second["id"]).unwrap();
    let expected = json!({"id": second["id"], "user": second["user"], "roles": ["wks_auditor"], "state": "active",
        "created_at": "2020-05-01T08:00:00Z", "revoked_at": null});
    assert_eq!(*line, expected);

    // An administrator revokes the key of anybody; again is as good as once.
    let id = second["id"].as_str().unwrap();
    for _ in 0..2 {
        assert_eq!(revoke(&service, TOKEN, PROJECT, id).status, 204);
    }
    let refused = signed(&service, &second, &path(PROJECT));
    assert_code(&refused, ErrorCode::Unauthenticated, "revoked");
    assert_eq!(signed(&service, &first, &path(PROJECT)).status, 200);
    let all = listed(&service);
    assert_eq!(all[0]["id"], first["id"]);
    assert_eq!(
        (&all[1]["state"], &all[1]["revoked_at"]),
        (&json!("revoked"), &json!("2020-05-01T08:00:00Z"))
    );
}

fn a_project_sees_and_revokes_its_own_keys_alone(database: &Database) {
    let service = service(database);
    let ours = make(&service, TOKEN, &json!({})).json();
    let foreign = secret("foreign");
    let theirs = service.get(&keys(OTHER), &[("X-Auth-Token", &foreign)]);
    assert_eq!(theirs.json(), json!({"access_keys": []}));
    let id = ours["id"].as_str().unwrap();
    let refused = revoke(&service, &foreign, OTHER, id);
    assert_code(&refused, ErrorCode::AccessKeyNotFound, "another project's");
    let denied = revoke(&service, &foreign, PROJECT, id);
    assert_code(&denied, ErrorCode::Forbidden, "in another project");
    for unknown in ["nobody", OURS.id, "%20", "x%2Fy"] {
        let refused = revoke(&service, TOKEN, PROJECT, unknown);
        assert_code(&refused, ErrorCode::AccessKeyNotFound, unknown);
    }
    assert_eq!(signed(&service, &ours, &path(PROJECT)).status, 200);
}

/// What the audit says of keys, once all of it has ended: action, outcome, credential, code and key, in the order of the alphabet.
fn audited(service: &Service) -> Vec<[String; 5]> {
    let path = format!("/v2/{PROJECT}/connections/export-audits?via=access_key");
    let text = |audit: &Value, name: &str| audit[name].as_str().unwrap_or_default().to_owned();
    loop {
        let audits = service.get(&path, &[("X-Auth-Token", TOKEN)]).json()["audits"].clone();
        let of = [
            "action",
            "outcome",
            "credential",
            "error_code",
            "access_key_id",
        ];
        let audits = audits.as_array().unwrap().iter();
        let mut audits: Vec<_> = audits
            .map(|audit| of.map(|name| text(audit, name)))
            .collect();
        audits.sort();
        if audits.iter().all(|[_, outcome, ..]| outcome != "running") {
            return audits;
        }
        thread::sleep(Duration::from_millis(10));
    }
}

fn what_is_done_with_keys_is_audited_with_their_identifiers(database: &Database) {
    let service = service(database);
    let made = make(&service, TOKEN, &json!({})).json();
    let id = made["id"].as_str().unwrap();
    make(&service, &secret("auditor"), &json!({}));
    make(&service, TOKEN, &json!({"roles": ["wks_auditor"]}));
    revoke(&service, TOKEN, PROJECT, "nobody");
    revoke(&service, TOKEN, PROJECT, id);
    let expected = [
        ["make_access_key", "done", "token", "", id],
        [
            "make_access_key",
            "refused",
            "token",
            ErrorCode::Forbidden.code(),
            "",
        ],
        [
            "make_access_key",
            "refused",
            "token",
            ErrorCode::RoleNotHeld.code(),
            "",
        ],
        ["revoke_access_key", "done", "token", "", id],
        [
            "revoke_access_key",
            "refused",
            "token",
            ErrorCode::AccessKeyNotFound.code(),
            "nobody",
        ],
    ];
    assert_eq!(
        audited(&service),
        expected.map(|audit| audit.map(str::to_owned))
    );
    // So does the file, in the filter; and an audit of no key says nothing of keys.
    let audits = format!("/v2/{PROJECT}/connections/export-audits");
    let file = service.get(
        &format!("{audits}/export?format=csv"),
        &[("X-Auth-Token", TOKEN)],
    );
    let file = String::from_utf8(file.body).unwrap();
    assert!(file.contains(&format!("access_key_id={id}")), "{file}");
    let others = service.get(&format!("{audits}?via=list"), &[("X-Auth-Token", TOKEN)]);
    assert!(
        !String::from_utf8(others.body)
            .unwrap()
            .contains("access_key_id")
    );
}
