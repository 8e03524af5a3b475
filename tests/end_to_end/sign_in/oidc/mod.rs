//! People sign in at a real provider of `OpenID` Connect.

mod attack;

use deskledger_api::ErrorCode;
use deskledger_domain::Clock;
use deskledger_settings::{OidcGrantSettings, Settings};
use deskledger_tests::{
    Answer, Database, Oidc, PROJECT, Person, Service, TOKEN, on_both_databases, percent_encode,
    sheets,
};
use serde_json::{Value, json};

use super::{Browser, audited, records, with_people};
use crate::refusal::assert_code;

on_both_databases! {
    a_person_of_the_provider_acts_in_the_projects_of_their_groups
    a_restart_keeps_the_session_of_a_person
    a_name_that_a_spreadsheet_could_take_for_a_formula_stays_text
}

/// Where the browser is to go afterwards.
const TO: &str = "/console/p/one/connections?t=now-7d..now&state=failed";

/// Another project than [`PROJECT`].
const BRANCH: &str = "branch";

/// Settings by which people of a provider can sign in. Browsers reach the service at `public_url`.
fn with_provider(settings: &mut Settings, issuer: &str, public_url: &str) {
    with_people(settings);
    public_url.clone_into(&mut settings.server.public_url);
    let oidc = &mut settings.identity.oidc;
    issuer.clone_into(&mut oidc.issuer);
    Oidc::CLIENT.clone_into(&mut oidc.client_id);
    oidc.client_secret = Oidc::client_secret().into();
    "Example".clone_into(&mut oidc.label);
    oidc.grants = vec![
        grant("desk-admins", PROJECT, &["te_admin"]),
        grant("desk-readers", PROJECT, &["reader"]),
        grant("branch-readers", BRANCH, &["te_admin"]),
    ];
}

fn grant(group: &str, project: &str, roles: &[&str]) -> OidcGrantSettings {
    OidcGrantSettings {
        group: group.to_owned(),
        project_id: project.to_owned(),
        roles: roles.iter().map(ToString::to_string).collect(),
    }
}

/// The service, which people reach at its own address, with other settings than [`with_provider`] has.
fn service_with(
    database: &Database,
    clock: Clock,
    issuer: &str,
    change: impl Fn(&mut Settings),
) -> Service {
    let service = Service::start_by(database, clock, with_people);
    // Its port is known now.
    let url = format!("http://127.0.0.1:{}", service.port());
    let reloaded = service.reload(database, |settings| {
        with_provider(settings, issuer, &url);
        change(settings);
    });
    reloaded.unwrap();
    service
}

fn service(database: &Database) -> Service {
    service_with(database, Clock::system(), &Oidc::issuer(), |_| {})
}

impl Browser<'_> {
    /// Asks for a page of the service as a link on a page of another site does.
    fn open(&self, path: &str) -> Answer {
        let headers = [
            ("Sec-Fetch-Site", "cross-site"),
            ("Sec-Fetch-Mode", "navigate"),
            ("Sec-Fetch-Dest", "document"),
        ];
        self.send("GET", path, &headers, &Value::Null)
    }

    /// Begins to sign in, and returns the page of the provider to go to.
    fn begin(&self, to: &str) -> String {
        let answer = self.open(&format!("/v2/sign-in/oidc?to={}", percent_encode(to)));
        assert_eq!(answer.status, 302, "{answer:?}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        answer.header("location").unwrap().to_owned()
    }

    /// Begins to sign in and signs in at the provider. Returns the path at the service to which the provider sends the browser.
    fn arrive(&self, user: &str) -> String {
        let provider = self.begin(TO);
        let arrival = Person::default().sign_in(&provider, user, &Oidc::password());
        self.path_of(&arrival.away())
    }

    /// Signs in as an account of the provider.
    fn sign_in_at_provider(&self, user: &str) -> Answer {
        self.open(&self.arrive(user))
    }

    /// The path of a URL of the service.
    fn path_of(&self, url: &str) -> String {
        let path = url.strip_prefix(&self.origin());
        assert!(path.is_some(), "{url} is elsewhere");
        path.unwrap().to_owned()
    }

    /// What the page learns of the session.
    fn session(&self) -> Value {
        let answer = self.get("/v2/session");
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }
}

/// The attributes of a cookie that an answer sets.
fn set_cookie<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let set = answer.headers.iter().find_map(|(header, value)| {
        let value = (header == "set-cookie").then_some(value)?;
        value.strip_prefix(name)?.strip_prefix('=')
    });
    assert!(set.is_some(), "{name} is not set: {answer:?}");
    set.unwrap()
}

fn a_person_of_the_provider_acts_in_the_projects_of_their_groups(database: &Database) {
    let service = service(database);
    let browser = Browser::of(&service);
    assert_eq!(
        browser.get("/v2/sign-in").json(),
        json!({"ways": ["oidc", "token"], "oidc_label": "Example"})
    );
    let began = browser.open(&format!("/v2/sign-in/oidc?to={}", percent_encode(TO)));
    let cookie = set_cookie(&began, "deskledger-sign-in");
    assert!(cookie.contains("; HttpOnly; SameSite=Lax"), "{cookie}");
    let provider = began.header("location").unwrap();
    assert!(
        provider.starts_with(&format!("{}/auth?", Oidc::issuer())),
        "{provider}"
    );
    let parameters = parameters(provider);
    let parameter = |name: &str| {
        let found: Vec<_> = parameters.iter().filter(|(key, _)| key == name).collect();
        assert_eq!(found.len(), 1, "{name} in {provider}");
        found[0].1.clone()
    };
    assert_eq!(parameter("client_id"), Oidc::CLIENT);
    assert_eq!(parameter("response_type"), "code");
    assert_eq!(parameter("code_challenge_method"), "S256");
    assert_eq!(
        parameter("redirect_uri"),
        format!("{}/v2/sign-in/oidc/callback", browser.origin())
    );
    assert!(parameter("scope").split(' ').any(|scope| scope == "openid"));
    for name in ["state", "nonce", "code_challenge"] {
        assert!(parameter(name).len() >= 22, "{name} in {provider}");
    }

    let person = Person::default();
    let arrival = person.sign_in(provider, "ann", &Oidc::password());
    let answer = browser.open(&browser.path_of(&arrival.away()));
    assert!(answer.status == 303, "{answer:?}");
    assert_eq!(answer.header("location"), Some(TO));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let cookie = set_cookie(&answer, "deskledger");
    assert!(
        cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict"),
        "{cookie}"
    );
    assert!(!browser.cookie().contains("deskledger-sign-in"));

    let info = browser.session();
    assert_eq!(info["user"], "ann");
    assert_eq!(info["way"], "oidc");
    // The first of the settings is chosen.
    assert_eq!(info["project_id"], PROJECT);
    let projects = info["projects"].as_array().unwrap();
    assert_eq!(projects.len(), 2, "{projects:?}");
    assert_eq!(
        (&projects[0]["id"], &projects[0]["roles"]),
        (&json!(PROJECT), &json!(["te_admin"]))
    );
    assert_eq!(
        (&projects[1]["id"], &projects[1]["roles"]),
        (&json!(BRANCH), &json!(["te_admin"]))
    );
    for (project, other) in [(BRANCH, PROJECT), (PROJECT, BRANCH)] {
        let choice = json!({ "project_id": project });
        assert_eq!(browser.script("PUT", "/v2/session", &choice).status, 200);
        assert_eq!(browser.get(&records(project)).status, 200);
        let denied = browser.get(&records(other));
        assert_code(&denied, ErrorCode::Forbidden, "not chosen");
    }

    let exported = browser.get(&Service::export_path("format=csv"));
    assert_eq!(exported.status, 200);
    let path = format!("/v2/{PROJECT}/connections/export-audits?via=export");
    let audits = service.get(&path, &[("X-Auth-Token", TOKEN)]).json();
    assert_eq!(audits["audits"][0]["user"], "ann");
    assert_eq!(audits["audits"][0]["credential"], "session");
    let out = browser.script("DELETE", "/v2/session", &Value::Null);
    assert_eq!(out.status, 204);
    assert_code(
        &browser.get("/v2/session"),
        ErrorCode::NoSession,
        "signed out",
    );
    assert_eq!(
        audited(&service),
        [
            ["sign_in", "done", "oidc", ""],
            ["sign_out", "done", "session", ""]
        ]
    );

    // The provider knows the person still, and asks nothing but whether it may.
    let again = person.sign_in(&browser.begin("/console/"), "nobody", "");
    let answer = browser.open(&browser.path_of(&again.away()));
    assert_eq!(answer.header("location"), Some("/console/"));
    assert_eq!(browser.session()["user"], "ann");
}

/// The names and values in the query of a URL, decoded.
fn parameters(url: &str) -> Vec<(String, String)> {
    let (_, query) = url.split_once('?').unwrap();
    query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(name, value)| (name.to_owned(), decode(value)))
        .collect()
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, others @ ..] = rest {
        rest = others;
        match (first, others) {
            (b'+', _) => bytes.push(b' '),
            (b'%', [high, low, others @ ..]) => {
                let digits = [*high, *low];
                let digits = std::str::from_utf8(&digits).unwrap();
                bytes.push(u8::from_str_radix(digits, 16).unwrap());
                rest = others;
            }
            (byte, _) => bytes.push(*byte),
        }
    }
    String::from_utf8(bytes).unwrap()
}

#[test]
fn roles_of_keycloak_and_identifiers_of_entra_grant_as_names_of_groups_do() {
    let database = Database::sqlite();
    let start = |change: fn(&mut Settings)| {
        service_with(&database, Clock::system(), &Oidc::issuer(), change)
    };
    let keycloak = start(|settings| {
        let oidc = &mut settings.identity.oidc;
        "realm_access.roles".clone_into(&mut oidc.groups_claim);
        oidc.scopes.push("roles".to_owned());
    });
    let entra = start(|settings| {
        let grants = vec![grant(Oidc::GUID, PROJECT, &["te_admin"])];
        settings.identity.oidc.grants = grants;
    });
    let other = start(|settings| {
        let oidc = &mut settings.identity.oidc;
        "email".clone_into(&mut oidc.user_claim);
        // Its keys are on a curve.
        Oidc::EC_CLIENT.clone_into(&mut oidc.client_id);
    });
    for (service, account, user) in [
        (&keycloak, "kim", "kim"),
        (&entra, "erin", "erin@example.com"),
        (&other, "ann", "ann@example.com"),
        (&other, "noname", "noname@example.com"),
    ] {
        let browser = Browser::of(service);
        let answer = browser.sign_in_at_provider(account);
        assert_eq!(answer.header("location"), Some(TO), "{account}: {answer:?}");
        let info = browser.session();
        assert_eq!(info["user"], user);
        let roles = info["projects"].as_array().unwrap().iter();
        let mut roles = roles.filter(|project| project["id"] == PROJECT);
        assert_eq!(
            roles.next().unwrap()["roles"],
            json!(["te_admin"]),
            "{user}"
        );
    }
    // Each counts the claim of its settings alone.
    for (service, account) in [(&keycloak, "ann"), (&entra, "ann"), (&other, "kim")] {
        let refused = Browser::of(service).sign_in_at_provider(account);
        assert_code(&refused, ErrorCode::SignInDenied, account);
    }
}

#[test]
fn a_reader_among_many_groups_reads_and_no_more() {
    let database = Database::sqlite();
    let service = service(&database);
    let (max, bob) = (Browser::of(&service), Browser::of(&service));
    assert_eq!(max.sign_in_at_provider("max").header("location"), Some(TO));
    assert_eq!(max.session()["projects"][0]["roles"], json!(["te_admin"]));
    assert_eq!(max.session()["projects"][1], Value::Null);
    assert_eq!(max.get(&records(PROJECT)).status, 200);
    bob.sign_in_at_provider("bob");
    assert_eq!(bob.session()["projects"][0]["roles"], json!(["reader"]));
    let denied = bob.get(&records(PROJECT));
    assert_code(&denied, ErrorCode::Forbidden, "a reader");
}

fn a_restart_keeps_the_session_of_a_person(database: &Database) {
    let cookie = {
        let service = service(database);
        let browser = Browser::of(&service);
        browser.sign_in_at_provider("ann");
        browser.cookie()
    };
    let service = service(database);
    let browser = Browser::of(&service);
    browser.set_cookie("deskledger", cookie.split_once('=').unwrap().1);
    assert_eq!(browser.session()["user"], "ann");
    assert_eq!(browser.session()["way"], "oidc");
}

fn a_name_that_a_spreadsheet_could_take_for_a_formula_stays_text(database: &Database) {
    const NAME: &str = "=cmd|'/c calc'!A1";

    let service = service(database);
    let browser = Browser::of(&service);
    browser.sign_in_at_provider("mallory");
    assert_eq!(browser.session()["user"], NAME);
    assert_eq!(browser.get(&Service::export_path("format=csv")).status, 200);
    let path = format!("/v2/{PROJECT}/connections/export-audits/export?via=export");
    let workbook = service.get(&path, &[("X-Auth-Token", TOKEN)]);
    assert_eq!(workbook.status, 200, "{workbook:?}");
    let users = sheets(&workbook.body)[0].texts("User");
    assert_eq!(users, [NAME]);
}
