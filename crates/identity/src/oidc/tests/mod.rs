//! A provider of the tests' own signs people in.

mod asking;
mod provider;
mod signing_in;

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use deskledger_domain::{Clock, ProjectId, parse_time};
use deskledger_store::{Database, SessionBounds, StoreSettings};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use ureq::tls::RootCerts;

use self::provider::{Key, Provider, unsigned};
use super::*;
use crate::request::tests::TestRequest;
use crate::seal::{Sealer, SealingKey};
use crate::session::{SessionOptions, SessionSealer, Sessions, Site};
use crate::sign_in::{BegunByProvider, ProviderAnswer, ReturnPath, SignIn, SignInAttempts};
use crate::token::StaticTokens;

const NOW: &str = "2026-11-28T08:00Z";
const CLIENT: &str = "deskledger";

/// A service with a provider.
struct World {
    folder: tempfile::TempDir,
    provider: Provider,
    key: Key,
    options: OidcOptions,
}

/// Somebody at the provider.
struct Pending {
    cookie: String,
    state: String,
    nonce: String,
}

impl World {
    fn new() -> Self {
        let key = Key::new("k1");
        let provider = Provider::start(&key);
        let options = OidcOptions {
            issuer: provider.url.clone(),
            client_id: CLIENT.to_owned(),
            client_secret: Some("hunter2".into()),
            label: "Example".to_owned(),
            scopes: vec!["openid".to_owned(), "profile".to_owned()],
            user_claim: "preferred_username".to_owned(),
            groups_claim: "groups".to_owned(),
            grants: vec![OidcGrant {
                group: "staff".to_owned(),
                project: ProjectId::new("p1").unwrap(),
                roles: BTreeSet::from(["te_admin".to_owned()]),
            }],
            leeway: Duration::from_secs(60),
            public_url: "http://localhost:8080/desk/".to_owned(),
            roots: RootCerts::WebPki,
            request_timeout: Duration::from_secs(5),
        };
        Self {
            folder: tempfile::tempdir().unwrap(),
            provider,
            key,
            options,
        }
    }

    fn sign_in(&self) -> SignIn {
        self.sign_in_at(NOW)
    }

    /// A process of the service, at a time.
    fn sign_in_at(&self, time: &str) -> SignIn {
        let url = format!("sqlite://{}/sessions.sqlite3", self.folder.path().display());
        let database = Database::open(&StoreSettings::new(url)).unwrap();
        database.records().migrate().unwrap();
        let key = SealingKey::of_bytes("a", &[7; 32]).unwrap();
        let options = SessionOptions {
            idle: Duration::from_secs(1800),
            lifetime: Duration::from_secs(28_800),
            bounds: SessionBounds {
                of_owner: 10,
                of_project: 100,
            },
            site: Site::new(Some("http://localhost:8080")),
        };
        let clock = Clock::fixed(parse_time(time).unwrap());
        let sealer = SessionSealer::new(Sealer::new(key, Vec::new()));
        let sessions = Sessions::new(database.sessions(), sealer, options, clock);
        let oidc = Oidc::new(self.options.clone()).unwrap();
        SignIn::new(
            Some(sessions),
            Arc::new(StaticTokens::default()),
            None,
            Some(oidc),
            SignInAttempts::default(),
        )
    }

    fn claims(&self, nonce: &str) -> Value {
        let now = parse_time(NOW).unwrap().timestamp();
        json!({
            "iss": self.provider.url, "aud": CLIENT, "sub": "42", "nonce": nonce, "iat": now, "exp": now + 300,
            "preferred_username": "ann", "groups": ["staff"], "email_verified": "true",
        })
    }

    /// The end of a sign-in to which the provider hands out what `token` makes of right claims.
    async fn ended_with(
        &self,
        sign_in: &SignIn,
        token: impl FnOnce(Value) -> String,
    ) -> Result<BegunByProvider, IdentityError> {
        let pending = begin(sign_in).await;
        self.provider.hands_out(&token(self.claims(&pending.nonce)));
        end(sign_in, &pending).await
    }
}

fn request(cookie: &str) -> TestRequest {
    TestRequest::get()
        .append_header(("host", "localhost:8080"))
        .append_header(("cookie", cookie))
}

async fn begin(sign_in: &SignIn) -> Pending {
    begin_from(sign_in, &request("")).await
}

async fn begin_from(sign_in: &SignIn, request: &TestRequest) -> Pending {
    let to = ReturnPath::new("/console/p/p1?x=1#y").unwrap();
    let to = sign_in.to_provider(request, &to).await.unwrap();
    let cookie = to.cookie.split_once(';').unwrap();
    assert_eq!(cookie.1, " Path=/; HttpOnly; SameSite=Lax; Max-Age=600");
    assert!(cookie.0.starts_with("deskledger-sign-in="));
    assert!(to.cookie.len() < 4096);
    Pending {
        cookie: cookie.0.to_owned(),
        state: parameter(&to.location, "state"),
        nonce: parameter(&to.location, "nonce"),
    }
}

async fn end(sign_in: &SignIn, pending: &Pending) -> Result<BegunByProvider, IdentityError> {
    let answer = ProviderAnswer {
        state: Some(pending.state.clone()),
        code: Some("the-code".into()),
        ..ProviderAnswer::default()
    };
    sign_in.by_provider(&request(&pending.cookie), answer).await
}

fn parameter(location: &str, name: &str) -> String {
    let (_, query) = location.split_once('?').unwrap();
    let pairs = crate::url::pairs(query).unwrap();
    let found = pairs.into_iter().find(|(other, _)| other == name);
    found.unwrap_or_else(|| panic!("no {name} in {location}")).1
}

fn kind(result: Result<BegunByProvider, IdentityError>) -> (IdentityErrorKind, String) {
    let error = result.err().unwrap();
    (error.kind(), error.to_string())
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}
