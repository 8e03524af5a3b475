//! Users of the real Keystone sign in with their password.

use deskledger_api::ErrorCode;
use deskledger_settings::Settings;
use deskledger_tests::{Answer, Database, Keystone, Proxy, Service, Treatment, secret};
use serde_json::{Value, json};

use super::{Browser, audited, records, with_people};
use crate::refusal::assert_code;

fn with_iam(settings: &mut Settings) {
    with_people(settings);
    Keystone::of_the_tests()
        .url()
        .clone_into(&mut settings.identity.iam.url);
    settings.identity.iam.request_timeout_seconds = 60;
}

fn login(keystone: &Keystone, password: &str) -> Value {
    json!({"domain": "Default", "user": keystone.user_name(), "password": password})
}

fn sign_in(browser: &Browser<'_>, body: &Value) -> Answer {
    browser.script("POST", "/v2/sign-in/iam", body)
}

#[test]
fn a_user_of_keystone_acts_in_each_of_their_projects_with_their_roles_there() {
    let database = Database::sqlite();
    let keystone = Keystone::of_the_tests();
    let service = Service::start_by(&database, deskledger_domain::Clock::system(), with_iam);
    let browser = Browser::of(&service);
    assert_eq!(
        browser.get("/v2/sign-in").json(),
        json!({"ways": ["iam", "token"], "oidc_label": null})
    );
    let mut body = login(keystone, &keystone.password());
    body["project"] = json!(keystone.other_project());
    let answer = sign_in(&browser, &body);
    assert_eq!(
        answer.status,
        200,
        "{}",
        String::from_utf8_lossy(&answer.body)
    );
    let info = answer.json();
    assert_eq!(info["user"], keystone.user_name());
    assert_eq!(info["way"], "iam");
    assert_eq!(info["project_id"], keystone.other_project());
    assert_eq!(info["projects"].as_array().unwrap().len(), 2);
    assert_eq!(info["projects"][0]["roles"], json!(["te_admin"]));
    assert_eq!(info["projects"][1]["roles"], Value::Null);
    assert_eq!(browser.get(&records(keystone.other_project())).status, 200);
    let first = records(keystone.project());
    assert_code(&browser.get(&first), ErrorCode::Forbidden, "not chosen");

    let choose = |project: &str| {
        let body = json!({"project_id": project});
        browser.script("PUT", "/v2/session", &body)
    };
    assert_code(&choose("nowhere"), ErrorCode::Forbidden, "another's");
    let chosen = choose(keystone.project());
    assert_eq!(chosen.json()["project_id"], keystone.project());
    assert_eq!(chosen.json()["projects"][1]["roles"], json!(["te_admin"]));
    assert_eq!(browser.get(&first).status, 200);
    let other = records(keystone.other_project());
    assert_code(
        &browser.get(&other),
        ErrorCode::Forbidden,
        "not chosen any more",
    );
    let out = browser.script("DELETE", "/v2/session", &Value::Null);
    assert_eq!(out.status, 204);
    assert_code(
        &browser.get(&first),
        ErrorCode::Unauthenticated,
        "signed out",
    );

    // What fails is in the audit of the project that it names.
    body["project"] = json!(deskledger_tests::PROJECT);
    body["password"] = json!("wrong");
    assert_code(&sign_in(&browser, &body), ErrorCode::SignInRefused, "wrong");
    let code = ErrorCode::SignInRefused.code();
    assert_eq!(
        audited(&service),
        [["sign_in", "refused", "password", code]]
    );
    body["password"] = json!(keystone.password());

    // Without a project it is one of theirs; one that is not theirs is refused.
    let any = sign_in(&browser, &login(keystone, &keystone.password()));
    assert_eq!(any.status, 200);
    body["project"] = json!("nowhere");
    assert_code(&sign_in(&browser, &body), ErrorCode::Forbidden, "another's");
}

#[test]
fn a_thousand_guessed_passwords_get_nowhere_and_ask_keystone_ten_times() {
    let database = Database::sqlite();
    let keystone = Keystone::of_the_tests();
    let service = Service::start_by(&database, deskledger_domain::Clock::system(), with_iam);
    let browser = Browser::of(&service);
    // Who signed in from there before has a count of their own.
    let right = sign_in(&browser, &login(keystone, &keystone.password()));
    assert_eq!(right.status, 200);
    let guess = |number: usize| {
        let body = login(keystone, &secret(&format!("password {number}")));
        sign_in(&browser, &body)
    };
    let answers: Vec<Answer> = (0..1000).map(guess).collect();
    let asked = answers.iter().filter(|answer| answer.status == 401).count();
    assert!((1..=20).contains(&asked), "{asked}");
    let last = answers.last().unwrap();
    assert_eq!(last.status, 429);
    assert!(last.header("retry-after").is_some());
    // The session that there was goes on.
    assert_eq!(browser.get("/v2/session").status, 200);
}

#[test]
fn what_keystone_refuses_and_what_it_does_not_say_is_told_apart() {
    let database = Database::sqlite();
    let keystone = Keystone::of_the_tests();
    let proxy = Proxy::to_url(keystone.url());
    let service = Service::start_with(&database, |settings| {
        with_iam(settings);
        settings.identity.iam.url = proxy.url(keystone.url());
    });
    let browser = Browser::of(&service);
    let mut wrong = login(keystone, &keystone.password());
    wrong["domain"] = json!("Elsewhere");
    assert_code(
        &sign_in(&browser, &wrong),
        ErrorCode::SignInRefused,
        "domain",
    );
    wrong = login(keystone, &keystone.password());
    wrong["passcode"] = json!("123456");
    assert_code(&sign_in(&browser, &wrong), ErrorCode::SignInRefused, "code");
    for (name, value, code) in [
        ("user", json!(""), ErrorCode::FieldLength),
        ("password", json!("x".repeat(4097)), ErrorCode::FieldLength),
        ("project", json!(""), ErrorCode::InvalidProjectId),
        ("domain", json!(1), ErrorCode::InvalidBody),
    ] {
        let mut body = login(keystone, "x");
        body[name] = value;
        assert_code(&sign_in(&browser, &body), code, name);
    }
    proxy.treat(Treatment::Cut);
    let away = sign_in(&browser, &login(keystone, &keystone.password()));
    assert_code(&away, ErrorCode::IamUnavailable, "cut");
}
