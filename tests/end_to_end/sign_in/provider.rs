//! What a browser sees of a sign-in by a provider that refuses, or does not answer.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use deskledger_api::ErrorCode;
use deskledger_domain::ProjectId;
use deskledger_settings::{OidcGrantSettings, Settings};
use deskledger_tests::{Answer, Database, PROJECT, Service, sealing_key};
use serde_json::json;

use super::Browser;
use crate::refusal::{assert_code, assert_refused};

/// The address of a provider that says where to sign in, and signs nobody in.
pub(crate) fn described_provider() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let description = json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
        "jwks_uri": format!("{url}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "keys": [],
    });
    let body = description.to_string();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // The whole of a question comes at once.
            let _ = stream.read(&mut [0; 16 * 1024]);
            let length = body.len();
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
            let _ = write!(stream, "{head}\r\ncontent-length: {length}\r\n\r\n{body}");
        }
    });
    url
}

/// People sign in by the provider at this address.
pub(crate) fn with_provider(settings: &mut Settings, url: &str) {
    settings.identity.sealing_keys = vec![sealing_key("a", 7)];
    "http://localhost:8080/desk".clone_into(&mut settings.server.public_url);
    let oidc = &mut settings.identity.oidc;
    url.clone_into(&mut oidc.issuer);
    "deskledger".clone_into(&mut oidc.client_id);
    oidc.grants = vec![OidcGrantSettings {
        group: "*".to_owned(),
        project_id: ProjectId::new(PROJECT).unwrap().as_str().to_owned(),
        roles: vec!["te_admin".to_owned()],
    }];
}

/// What the service answers a browser that comes back from a provider which refuses.
pub(crate) fn come_back_refused(browser: &Browser<'_>) -> Answer {
    let gone = browser.navigate("/v2/sign-in/oidc?to=/console/");
    let location = gone.header("location").unwrap();
    let (_, state) = location.split_once("state=").unwrap();
    let state = state.split('&').next().unwrap();
    let error = "error=access_denied%0d%0a&error_description=no&session_state=x";
    browser.navigate(&format!("/v2/sign-in/oidc/callback?state={state}&{error}"))
}

#[test]
fn a_browser_is_led_to_the_provider_and_learns_why_it_refuses() {
    let database = Database::sqlite();
    let url = described_provider();
    let service = Service::start_with(&database, |settings| with_provider(settings, &url));
    let browser = Browser::of(&service);
    assert_eq!(
        browser.navigate("/v2/sign-in").json(),
        json!({"ways": ["oidc", "token"], "oidc_label": "your company"})
    );
    let gone = browser.navigate("/v2/sign-in/oidc");
    assert_eq!(gone.status, 302);
    let location = gone.header("location").unwrap();
    assert!(
        location.starts_with(&format!("{url}/authorize?")),
        "{location}"
    );
    let back = "redirect_uri=http%3A%2F%2Flocalhost%3A8080%2Fdesk%2Fv2%2Fsign-in%2Foidc%2Fcallback";
    assert!(location.contains(back), "{location}");
    assert_eq!(gone.header("cache-control"), Some("no-store"));
    let cookie = gone.header("set-cookie").unwrap();
    assert!(cookie.starts_with("deskledger-sign-in="), "{cookie}");
    assert!(cookie.contains("SameSite=Lax"), "{cookie}");

    let refused = come_back_refused(&browser);
    let expected = "did not sign the user in: access_denied";
    assert_refused(&refused, ErrorCode::SignInDenied, expected, "refused");
    assert_eq!(browser.get("/v2/session").status, 401);
    let nobody = browser.navigate("/v2/sign-in/oidc/callback?code=x&state=y");
    assert_code(&nobody, ErrorCode::SignInRefused, "another state");
}

#[test]
fn no_browser_is_led_to_another_site() {
    let database = Database::sqlite();
    let url = described_provider();
    let service = Service::start_with(&database, |settings| with_provider(settings, &url));
    let browser = Browser::of(&service);
    for to in [
        "",
        "console",
        "//evil.example.com",
        "/%5Cevil.example.com",
        "%5C%5Cevil.example.com",
        "https://evil.example.com",
        "javascript:alert(1)",
        "/%09/evil.example.com",
        "/%0D%0ASet-Cookie:%20a=b",
        "%20/console/",
        "/%C3%A9",
    ] {
        let answer = browser.navigate(&format!("/v2/sign-in/oidc?to={to}"));
        assert_refused(
            &answer,
            ErrorCode::InvalidReturnPath,
            "to must be a path",
            to,
        );
    }
    for (query, code) in [
        ("to=/&to=/", ErrorCode::RepeatedParameter),
        ("too=/", ErrorCode::UnknownParameter),
        ("to=%ff", ErrorCode::InvalidRequest),
    ] {
        let answer = browser.navigate(&format!("/v2/sign-in/oidc?{query}"));
        assert_code(&answer, code, query);
    }
    let twice = browser.navigate("/v2/sign-in/oidc/callback?state=a&state=b");
    assert_code(&twice, ErrorCode::RepeatedParameter, "state");
}

#[test]
fn without_a_provider_and_with_one_that_does_not_answer_nobody_signs_in_by_it() {
    let database = Database::sqlite();
    let without = Service::start_with(&database, super::with_people);
    for path in ["/v2/sign-in/oidc", "/v2/sign-in/oidc/callback?state=x"] {
        let answer = Browser::of(&without).navigate(path);
        assert_code(&answer, ErrorCode::SignInNotConfigured, path);
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let service = Service::start_with(&database, |settings| with_provider(settings, &url));
    let answer = Browser::of(&service).navigate("/v2/sign-in/oidc");
    assert_code(&answer, ErrorCode::IamUnavailable, "down");
    assert!(answer.header("retry-after").is_some());
    let health = service.get("/health/ready", &[]);
    assert_eq!(health.status, 200, "{:?}", health.json());
}
