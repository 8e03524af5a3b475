//! Who makes, sees and revokes no access keys, and which are not made.

use deskledger_api::ErrorCode;
use deskledger_tests::{Database, PROJECT, Service, TOKEN, secret};
use serde_json::{Value, json};

use super::{keys, listed, make, revoke, service, signed, with_people};
use crate::refusal::{assert_code, assert_refused};
use crate::sign_in::Browser;
use crate::signature::{OURS, path};

#[test]
fn who_may_not_manage_keys_is_refused_whatever_they_ask() {
    let database = Database::sqlite();
    let service = service(&database);
    let auditor = secret("auditor");
    let id = make(&service, TOKEN, &json!({})).json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let list = service.get(&keys(PROJECT), &[("X-Auth-Token", &auditor)]);
    for (answer, what) in [
        (list, "list"),
        (make(&service, &auditor, &json!({})), "make"),
        (
            make(&service, &auditor, &json!({"roles": ["te_admin"]})),
            "make with more",
        ),
        (revoke(&service, &auditor, PROJECT, &id), "revoke"),
        (
            revoke(&service, &auditor, PROJECT, "nobody"),
            "revoke what there is not",
        ),
    ] {
        assert_code(&answer, ErrorCode::Forbidden, what);
    }
    assert_eq!(listed(&service).len(), 1);
}

#[test]
fn nobody_gives_a_key_more_than_they_have_and_no_key_makes_keys() {
    let database = Database::sqlite();
    let service = service(&database);
    for (body, code, text) in [
        (
            json!({"roles": ["wks_adm"]}),
            ErrorCode::RoleNotHeld,
            "wks_adm",
        ),
        (
            json!({"roles": ["te_admin", "TE_ADMIN"]}),
            ErrorCode::RoleNotHeld,
            "TE_ADMIN",
        ),
        (
            json!({"roles": ["te_admin\nwks_adm"]}),
            ErrorCode::RoleNotHeld,
            "",
        ),
        (json!({"roles": [""]}), ErrorCode::RoleNotHeld, ""),
        (json!({"roles": []}), ErrorCode::FieldLength, "0"),
        (
            json!({"roles": vec!["te_admin"; 65]}),
            ErrorCode::FieldLength,
            "65",
        ),
        (
            json!({"roles": "te_admin"}),
            ErrorCode::InvalidBody,
            "roles",
        ),
        (json!({"user": "somebody"}), ErrorCode::InvalidBody, "roles"),
        (json!([]), ErrorCode::InvalidBody, "roles"),
    ] {
        let what = body.to_string();
        assert_refused(&make(&service, TOKEN, &body), code, text, &what);
    }
    let empty = service.send("POST", &keys(PROJECT), &[("X-Auth-Token", TOKEN)], b"");
    assert_code(&empty, ErrorCode::InvalidBody, "no body");
    // A key signs whatever its user may do, but for this.
    let json = ("Content-Type", "application/json");
    let request = OURS.sign("POST", &keys(PROJECT), &[], &[json], "{}");
    let refused = service.raw(&request.bytes());
    assert_code(&refused, ErrorCode::KeyMakesNoKey, "by a key");
    // Nor by a signature that another credential comes with.
    let refused = service.raw(&request.with("X-Auth-Token", TOKEN).bytes());
    assert_code(&refused, ErrorCode::KeyMakesNoKey, "by a key with a token");
    assert_eq!(listed(&service), [] as [Value; 0]);
}

#[test]
fn another_site_makes_and_revokes_no_key_by_a_cookie() {
    let database = Database::sqlite();
    let service = service(&database);
    let browser = Browser::of(&service);
    browser.sign_in(TOKEN);
    let own = browser.origin();
    let id = make(&service, TOKEN, &json!({})).json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let one = format!("{}/{id}", keys(PROJECT));
    for headers in [
        &[
            ("Origin", "https://evil.example.com"),
            ("X-Deskledger", "1"),
        ][..],
        &[("Sec-Fetch-Site", "cross-site"), ("X-Deskledger", "1")],
        &[("Sec-Fetch-Site", "same-origin"), ("Origin", own.as_str())],
        &[],
    ] {
        for (method, path) in [
            ("POST", &keys(PROJECT)),
            ("DELETE", &one),
            ("GET", &keys(PROJECT)),
        ] {
            if method == "GET" && headers.contains(&("Origin", own.as_str())) {
                continue;
            }
            let answer = browser.send(method, path, headers, &json!({}));
            assert_code(
                &answer,
                ErrorCode::OtherSite,
                &format!("{method} {headers:?}"),
            );
        }
    }
    assert_eq!(listed(&service).len(), 1);
    assert_eq!(listed(&service)[0]["state"], "active");
}

#[test]
fn a_user_has_ten_active_keys_at_most() {
    let database = Database::sqlite();
    let service = service(&database);
    let ids: Vec<_> = (1..=10)
        .map(|number| {
            let made = make(&service, TOKEN, &json!({}));
            assert_eq!(made.status, 201, "{number}: {made:?}");
            made.json()["id"].as_str().unwrap().to_owned()
        })
        .collect();
    let refused = make(&service, TOKEN, &json!({}));
    assert_refused(
        &refused,
        ErrorCode::TooManyAccessKeys,
        "the user has 10",
        "one more",
    );
    assert_eq!(make(&service, &secret("both"), &json!({})).status, 201);
    // Of those of this user: the list has all of the project.
    assert_eq!(revoke(&service, TOKEN, PROJECT, &ids[0]).status, 204);
    assert_eq!(make(&service, TOKEN, &json!({})).status, 201);
}

#[test]
fn without_a_key_that_seals_no_keys_are_managed() {
    let database = Database::sqlite();
    let service = Service::start(&database);
    for answer in [
        service.get(&keys(PROJECT), &[("X-Auth-Token", TOKEN)]),
        make(&service, TOKEN, &json!({})),
        revoke(&service, TOKEN, PROJECT, "nobody"),
    ] {
        assert_refused(
            &answer,
            ErrorCode::KeysNotConfigured,
            "identity.sealing_keys",
            "",
        );
    }
}

mod postgres_alone {
    use super::*;

    /// A role that was granted what services needed before.
    #[test]
    fn without_the_grant_keys_are_seen_and_sign_and_no_key_is_made_or_revoked() {
        let database = Database::postgres();
        let name = database.url().rsplit_once('/').unwrap().1;
        let role = format!("without_keys_{name}");
        database.execute(&format!(
            "CREATE ROLE {role} LOGIN;
             GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role};
             GRANT INSERT ON export_audits, export_audit_ends TO {role};
             GRANT INSERT, UPDATE, DELETE ON export_tasks, export_links, sessions TO {role}"
        ));
        let owners = service(&database);
        let made = make(&owners, TOKEN, &json!({})).json();
        let id = made["id"].as_str().unwrap();
        let (address, _) = database.url().rsplit_once('/').unwrap();
        let host = address
            .rsplit_once('@')
            .map_or_else(|| address.split_once("://").unwrap().1, |(_, host)| host);
        let served = Service::start_with(&database, |settings| {
            with_people(settings);
            settings.database.url = format!("postgres://{role}@{host}/{name}");
        });
        assert_eq!(signed(&served, &made, &path(PROJECT)).status, 200);
        assert_eq!(listed(&served)[0]["id"], made["id"]);
        for answer in [
            make(&served, TOKEN, &json!({})),
            revoke(&served, TOKEN, PROJECT, id),
        ] {
            assert_refused(&answer, ErrorCode::KeysNotConfigured, "lacks rights", "");
            let (_, message) = answer.error();
            assert!(!message.contains("access_keys"), "{message}");
        }
        assert_eq!(listed(&owners).len(), 1);
        database.execute(&format!("REVOKE SELECT ON access_keys FROM {role}"));
        let refused = served.get(&keys(PROJECT), &[("X-Auth-Token", TOKEN)]);
        assert_code(&refused, ErrorCode::KeysNotConfigured, "not even seen");
        assert_eq!(served.export("").status, 200);
        drop(served);
        database.execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
    }
}
