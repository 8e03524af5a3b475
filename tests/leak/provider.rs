//! A sign-in at a provider, and what it leaves that must not leak.

use deskledger_domain::Clock;
use deskledger_settings::OidcGrantSettings;
use deskledger_tests::{Answer, Database, Oidc, PROJECT, Person, Service, secret};

use crate::{assert_shows_none, set_secrets};

/// Somebody signs in at the provider. Returns what opens anything: the code, the state, and both cookies; and the answers.
pub(crate) fn sign_in(database: &Database) -> (Vec<String>, Vec<Answer>) {
    const PUBLIC_URL: &str = "http://127.0.0.1:1";

    let service = Service::start_by(database, Clock::system(), |settings| {
        set_secrets(settings, database);
        PUBLIC_URL.clone_into(&mut settings.server.public_url);
        let oidc = &mut settings.identity.oidc;
        oidc.issuer = Oidc::issuer();
        Oidc::CLIENT.clone_into(&mut oidc.client_id);
        oidc.client_secret = Oidc::client_secret().into();
        oidc.grants.push(OidcGrantSettings {
            group: "desk-admins".to_owned(),
            project_id: PROJECT.to_owned(),
            roles: vec!["te_admin".to_owned()],
        });
        assert_shows_none(&format!("{settings:?}"));
    });
    let cookie_of = |answer: &Answer, name: &str| {
        let set = answer
            .headers
            .iter()
            .filter(|(header, _)| header == "set-cookie");
        let mut values = set.filter_map(|(_, value)| value.strip_prefix(name)?.strip_prefix('='));
        let (value, _) = values.next().unwrap().split_once(';').unwrap();
        value.to_owned()
    };
    let began = service.get("/v2/sign-in/oidc", &[]);
    let cookie = cookie_of(&began, "deskledger-sign-in");
    let provider = began.header("location").unwrap();
    let callback = Person::default().sign_in(provider, "ann", &Oidc::password());
    let callback = callback.away();
    let path = callback.strip_prefix(PUBLIC_URL).unwrap();
    let header = format!("deskledger-sign-in={cookie}");
    let open = |path: &str| service.get(path, &[("Cookie", &header)]);
    let signed_in = open(path);
    assert_eq!(
        (began.status, signed_in.status),
        (302, 303),
        "{signed_in:?}"
    );
    let mut secrets = vec![cookie_of(&signed_in, "deskledger"), cookie];
    let pairs = path
        .split(['?', '&'])
        .filter_map(|pair| pair.split_once('='));
    let opening = pairs.filter(|(name, _)| ["code", "state"].contains(name));
    secrets.extend(opening.map(|(_, value)| value.to_owned()));
    assert_eq!(secrets.len(), 4);
    // Used twice, and what nobody should send there.
    let mut answers = vec![open(path)];
    let wrong = secret("wrong");
    for path in [
        path.replace("code=", &format!("code={wrong}")),
        path.replace("state=", &format!("state={wrong}")),
        path.replace(
            "state=",
            &format!("error={wrong}&error_description={wrong}&state="),
        ),
        format!("/v2/sign-in/oidc/callback?{wrong}={wrong}"),
        format!("/v2/sign-in/oidc?to={wrong}"),
    ] {
        answers.push(open(&path));
    }
    for answer in &answers {
        assert!((400..500).contains(&answer.status), "{answer:?}");
    }
    answers.extend([began, signed_in]);
    (secrets, answers)
}
