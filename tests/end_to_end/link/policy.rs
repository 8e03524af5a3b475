//! Who may see, cancel and follow a link: that is asked again when it is followed.

use deskledger_api::ErrorCode;
use deskledger_domain::{Principal, ProjectId, parse_time};
use deskledger_identity::{Sealer, SealingKey, SecretSealer};
use deskledger_store::NewAccessKey;
use deskledger_tests::{
    Database, PROJECT, Service, Signer, TOKEN, on_both_databases, sealing_key, secret, token,
};
use secrecy::SecretString;
use serde_json::Value;

use super::{
    CLERKS, FOREIGN, Link, add_users, assert_nowhere, auth, cancel_with, follow, links_path,
    make_with, show_with, shown, wait_for,
};
use crate::record::bare;

on_both_databases! {
    a_link_is_seen_and_cancelled_by_its_owner_and_administrators_alone
    a_link_of_a_token_that_was_taken_back_is_denied
    a_link_of_a_role_that_may_no_more_is_denied
    a_link_of_a_revoked_access_key_is_denied
    a_link_is_audited_with_its_client_and_its_owner
    a_project_called_as_the_path_of_links_is_a_project
}

fn ids(service: &Service, token: &str) -> Vec<String> {
    let list = service.get(&links_path(PROJECT), &auth(token)).json();
    let links = list["export_links"].as_array().unwrap().clone();
    links
        .iter()
        .map(|link| link["id"].as_str().unwrap().to_owned())
        .collect()
}

fn a_link_is_seen_and_cancelled_by_its_owner_and_administrators_alone(database: &Database) {
    let service = Service::start_with(database, add_users);
    let [owner, other] = CLERKS.map(secret);
    let link = Link::of(&make_with(&service, &owner, ""));
    let show = |token: &str| show_with(&service, token, &link.id).status;
    assert_eq!((show(&owner), show(&other), show(TOKEN)), (200, 404, 200));
    assert_eq!(show(&secret(FOREIGN)), 403);
    assert_eq!(ids(&service, &owner), std::slice::from_ref(&link.id));
    assert!(ids(&service, &other).is_empty());
    assert_eq!(ids(&service, TOKEN), std::slice::from_ref(&link.id));
    // By another project it is that of nobody.
    let path = format!("{}/{}", links_path(FOREIGN), link.id);
    let foreign = service.get(&path, &auth(&secret(FOREIGN)));
    assert_eq!(foreign.error().0, ErrorCode::LinkNotFound.code());
    let foreign = service.send("DELETE", &path, &auth(&secret(FOREIGN)), b"");
    assert_eq!(foreign.status, 404);

    assert_eq!(cancel_with(&service, &other, &link).status, 404);
    assert_eq!(cancel_with(&service, &secret(FOREIGN), &link).status, 403);
    assert_eq!(shown(&service, &link)["state"], "waiting");
    assert_eq!(cancel_with(&service, &owner, &link).status, 204);
    assert_eq!(shown(&service, &link)["state"], "cancelled");

    let link = Link::of(&make_with(&service, &owner, ""));
    assert_eq!(cancel_with(&service, TOKEN, &link).status, 204);
    assert_nowhere(&follow(&service, &link));
}

fn a_link_of_a_token_that_was_taken_back_is_denied(database: &Database) {
    database.fill(PROJECT, [bare("1", "2020-04-13T02:00Z")]);
    let service = Service::start_with(database, add_users);
    let owner = secret(CLERKS[0]);
    let link = Link::of(&make_with(&service, &owner, ""));
    service.reload(database, |_| {}).unwrap();
    let denied = follow(&service, &link);
    assert_eq!(denied.status, 403);
    assert_eq!(denied.error().0, ErrorCode::Forbidden.code());
    assert_eq!(shown(&service, &link)["state"], "waiting");
    // The token is back, with another role.
    let take = |roles: &'static [&'static str]| {
        let again = token(&owner, PROJECT, roles);
        let change =
            |settings: &mut deskledger_settings::Settings| settings.identity.tokens.push(again);
        service.reload(database, change).unwrap();
        follow(&service, &link).status
    };
    assert_eq!(take(&["nobody"]), 403);
    assert_eq!(take(&["te_admin"]), 200);
}

fn a_link_of_a_role_that_may_no_more_is_denied(database: &Database) {
    database.fill(PROJECT, [bare("1", "2020-04-13T02:00Z")]);
    let service = Service::start_with(database, add_users);
    let link = Link::of(&make_with(&service, &secret(CLERKS[0]), ""));
    service
        .reload(database, |settings| {
            add_users(settings);
            let roles = &mut settings.access.roles;
            roles.insert("wks_auditor".to_owned(), Vec::new());
        })
        .unwrap();
    let denied = follow(&service, &link);
    assert_eq!(denied.status, 403);
    denied.authorization_message();
    service.reload(database, add_users).unwrap();
    assert_eq!(follow(&service, &link).status, 200);
}

fn a_link_of_a_revoked_access_key_is_denied(database: &Database) {
    const KEY: Signer<'static> = Signer {
        id: "HST3WHVQ5YN2AKB4QKTL",
        secret: "never-to-be-shown-key",
    };

    database.fill(PROJECT, [bare("1", "2020-04-13T02:00Z")]);
    let owner = Principal::new("ann", ProjectId::new(PROJECT).unwrap(), ["te_admin"]);
    let key = SealingKey::of_bytes("a", &[b'k'; 32]).unwrap();
    let sealer = SecretSealer::new(Sealer::new(key, Vec::new()));
    let secret_of_key = sealer.seal(KEY.id, &owner, &SecretString::from(KEY.secret));
    let keys = database.store().access_keys();
    let at = parse_time("2020-05-01T07:00Z").unwrap();
    keys.add(&NewAccessKey {
        id: KEY.id,
        principal: &owner,
        sealed_secret: &secret_of_key.unwrap(),
        created_at: at,
    })
    .unwrap();
    let service = Service::start_with(database, |settings| {
        settings.identity.sealing_keys = vec![sealing_key("a", b'k')];
        settings.identity.access_key_cache_seconds = 0;
    });
    let links: Vec<_> = (0..2)
        .map(|_| {
            let request = KEY.sign("POST", &links_path(PROJECT), &[], &[], "");
            let answer = service.raw(&request.bytes());
            Link::of(&answer)
        })
        .collect();
    assert_eq!(follow(&service, &links[0]).status, 200);
    wait_for_audit(&service);
    keys.revoke(KEY.id, at).unwrap();
    let denied = follow(&service, &links[1]);
    assert_eq!(denied.status, 403);
    assert_eq!(denied.error().0, ErrorCode::Forbidden.code());
    let audits = audits(&service);
    let mut outcomes: Vec<_> = audits
        .iter()
        .map(|audit| audit["outcome"].as_str().unwrap())
        .collect();
    // They are of the same moment.
    outcomes.sort_unstable();
    assert_eq!(outcomes, ["done", "refused"]);
    assert!(
        audits
            .iter()
            .all(|audit| audit["credential"] == "access_key")
    );
}

fn audits(service: &Service) -> Vec<Value> {
    let path = format!("/v2/{PROJECT}/connections/export-audits");
    let list = service.get(&path, &auth(TOKEN)).json();
    let mut audits = list["audits"].as_array().unwrap().clone();
    audits.retain(|audit| audit["via"] == "link");
    audits
}

/// The one audit of a link there is, once it has ended.
fn wait_for_audit(service: &Service) -> Value {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    loop {
        let audits = audits(service);
        assert_eq!(audits.len(), 1);
        if audits[0]["outcome"] != "running" {
            return audits[0].clone();
        }
        assert!(std::time::Instant::now() < deadline);
    }
}

fn a_link_is_audited_with_its_client_and_its_owner(database: &Database) {
    database.fill(PROJECT, ["1", "2"].map(|id| bare(id, "2020-04-13T02:00Z")));
    let service = Service::start_with(database, add_users);
    let link = Link::of(&make_with(
        &service,
        &secret(CLERKS[0]),
        "format=csv&user_name_prefix=",
    ));
    // To make it hands nothing out.
    assert!(audits(&service).is_empty());
    let file = service.get(&link.url, &[("X-Request-Id", "followed")]);
    assert_eq!(file.status, 200);
    wait_for(&service, &link, "done");
    let audit = wait_for_audit(&service);
    assert_eq!(audit["user"], shown(&service, &link)["user"]);
    assert_eq!(audit["outcome"], "done");
    assert_eq!(audit["request_id"], "followed");
    assert_eq!(audit["credential"], "token");
    assert_eq!(audit["rows"], 2, "{audit}");
    let text = audit.to_string();
    assert!(!text.contains(&link.url["/v2/exports/".len()..]));
    // What makes no link is audited as refused.
    assert_eq!(make_with(&service, TOKEN, "format=pdf").status, 400);
    let outcomes = audits(&service);
    let refused = outcomes.iter().find(|audit| audit["outcome"] == "refused");
    assert_eq!(
        refused.unwrap()["error_code"],
        ErrorCode::UnknownFormat.code()
    );
}

fn a_project_called_as_the_path_of_links_is_a_project(database: &Database) {
    let name = secret("exports");
    let service = Service::start_with(database, |settings| {
        settings
            .identity
            .tokens
            .push(token(&name, "exports", &["te_admin"]));
    });
    for path in [
        "/v2/exports/export-tasks",
        "/v2/exports/connections/desktops",
        "/v2/exports/connections/desktops/export-links",
    ] {
        let answer = service.get(path, &auth(&name));
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("referrer-policy"), None);
    }
}
