//! Tokens of a real Keystone: status and code of `contract.md` §4 and §5, over HTTP.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;
use std::time::Duration;

use chrono::TimeDelta;
use deskledger_api::ErrorCode as Code;
use deskledger_domain::Clock;
use deskledger_tests::{
    Answer, Database, Keystone, PROJECT, Proxy, Scope, Service, TOKEN, Treatment, sheets,
};

use crate::record::bare;
use crate::refusal::assert_code;

/// The service beside Keystone, by a clock that tests put forward.
struct Site {
    keystone: &'static Keystone,
    service: Service,
    ahead: Arc<AtomicI64>,
    _database: Database,
}

impl Site {
    fn new() -> Self {
        Self::at(Keystone::of_the_tests().url())
    }

    /// The service with IAM at `url`.
    fn at(url: &str) -> Self {
        let keystone = Keystone::of_the_tests();
        let database = Database::sqlite();
        database.fill(keystone.project(), [bare("55f1", "2020-04-24T03:02:45Z")]);
        let ahead = Arc::new(AtomicI64::new(0));
        let seconds = Arc::clone(&ahead);
        let clock = Clock::given(move || {
            Clock::system().now() + TimeDelta::seconds(seconds.load(Ordering::SeqCst))
        });
        let service = Service::start_by(&database, clock, |settings| {
            url.clone_into(&mut settings.identity.iam.url);
            // Keystone's test server answers one after the other, on a machine that does much else.
            settings.identity.iam.request_timeout_seconds = 60;
        });
        Self {
            keystone,
            service,
            ahead,
            _database: database,
        }
    }

    fn put_forward(&self, seconds: i64) {
        self.ahead.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Asks for an export of Keystone's first project.
    fn export(&self, token: &str) -> Answer {
        self.export_with(&[("X-Auth-Token", token)])
    }

    fn export_with(&self, headers: &[(&str, &str)]) -> Answer {
        let project = self.keystone.project();
        let path = format!("/v2/{project}/connections/desktops/export");
        self.service.get(&path, headers)
    }

    fn project_token(&self) -> String {
        self.keystone.token(Scope::Project(self.keystone.project()))
    }
}

#[test]
fn a_token_of_the_project_exports() {
    let site = Site::new();
    let token = site.project_token();
    for _ in 0..2 {
        let answer = site.export(&token);
        assert_eq!(answer.status, 200);
        assert_eq!(sheets(&answer.body)[0].texts("Transaction ID"), ["55f1"]);
    }
}

#[test]
fn a_token_that_does_not_allow_it_is_refused() {
    let site = Site::new();
    let keystone = site.keystone;
    let other = Scope::Project(keystone.other_project());
    for (token, what) in [
        (keystone.token(other), "of another project"),
        (keystone.token(Scope::Domain), "of the domain"),
        (keystone.token(Scope::Nothing), "of nothing"),
        (keystone.token_of_reader(), "without the role"),
    ] {
        assert!(keystone.knows(&token), "{what}");
        // The second answer comes from memory.
        for _ in 0..2 {
            assert_code(&site.export(&token), Code::Forbidden, what);
        }
    }
}

#[test]
fn a_token_of_another_project_exports_that_one_alone() {
    let site = Site::new();
    let token = site
        .keystone
        .token(Scope::Project(site.keystone.other_project()));
    let project = site.keystone.other_project();
    let path = format!("/v2/{project}/connections/desktops/export");
    let answer = site.service.get(&path, &[("X-Auth-Token", &token)]);
    assert_eq!(answer.status, 200);
    assert!(sheets(&answer.body)[0].rows.is_empty());
}

#[test]
fn what_keystone_does_not_know_is_refused() {
    let site = Site::new();
    let revoked = site.project_token();
    site.keystone.revoke(&revoked);
    let valid = site.project_token();
    let middle = valid.len() / 2;
    let flipped = if &valid[middle..=middle] == "A" {
        "B"
    } else {
        "A"
    };
    let mutated = format!("{}{flipped}{}", &valid[..middle], &valid[middle + 1..]);
    for (token, what) in [
        (revoked.as_str(), "revoked"),
        (&mutated, "mutated"),
        (&valid[..valid.len() - 8], "cut"),
        ("garbage", "garbage"),
        (&"g".repeat(40_000), "long"),
        ("", "empty"),
        ("two words", "blank"),
    ] {
        for _ in 0..2 {
            assert_code(&site.export(token), Code::Unauthenticated, what);
        }
    }
    assert_code(&site.export_with(&[]), Code::Unauthenticated, "missing");
    let twice = [("X-Auth-Token", valid.as_str()), ("X-Auth-Token", &valid)];
    assert_code(&site.export_with(&twice), Code::Unauthenticated, "twice");
    assert_eq!(site.export(&valid).status, 200);
}

#[test]
fn a_token_that_expired_is_called_so_where_it_was_known() {
    let (site, stranger) = (Site::new(), Site::new());
    // It lives ten seconds. On a machine that is busy they are over before it is used, so there are several tries.
    let mut tokens = (0..20).map(|_| site.keystone.brief_token());
    let token = tokens.find(|token| site.export(token).status == 200);
    let token = token.expect("a token of ten seconds was never taken");
    while site.keystone.knows(&token) {
        thread::sleep(Duration::from_millis(200));
    }
    assert_code(&site.export(&token), Code::TokenExpired, "known");
    // To Keystone itself it is now as unknown as any other.
    assert_code(&stranger.export(&token), Code::Unauthenticated, "unknown");
}

#[test]
fn a_token_that_expired_by_our_clock_is_not_taken() {
    let site = Site::new();
    let token = site.project_token();
    site.put_forward(2 * 3600);
    assert!(site.keystone.knows(&token));
    for _ in 0..2 {
        assert_code(&site.export(&token), Code::TokenExpired, "expired");
    }
}

#[test]
fn a_token_that_is_revoked_while_it_is_remembered_goes_on_for_a_minute() {
    let site = Site::new();
    let token = site.project_token();
    assert_eq!(site.export(&token).status, 200);
    site.keystone.revoke(&token);
    assert_eq!(site.export(&token).status, 200);
    site.put_forward(60);
    assert_code(&site.export(&token), Code::Unauthenticated, "revoked");
}

#[test]
fn while_keystone_is_unavailable_a_known_token_goes_on_and_others_wait() {
    let proxy = Proxy::to_url(Keystone::of_the_tests().url());
    let site = Site::at(&proxy.url(Keystone::of_the_tests().url()));
    let (known, other) = (site.project_token(), site.project_token());
    assert_eq!(site.export(&known).status, 200);

    proxy.treat(Treatment::Cut);
    let refused = site.export(&other);
    assert_code(&refused, Code::IamUnavailable, "unknown");
    assert_eq!(refused.header("retry-after"), Some("5"));
    // It was remembered a minute ago; and the token of the settings never needed IAM.
    site.put_forward(61);
    assert_eq!(site.export(&known).status, 200);
    assert_eq!(site.service.export("").status, 200);
    site.put_forward(300);
    assert_code(&site.export(&known), Code::IamUnavailable, "known long ago");

    proxy.treat(Treatment::Pass);
    site.put_forward(6);
    assert_eq!(site.export(&known).status, 200);
    assert_eq!(site.export(&other).status, 200);
}

#[test]
fn many_clients_with_one_token_ask_keystone_once() {
    let proxy = Proxy::to_url(Keystone::of_the_tests().url());
    let site = Site::at(&proxy.url(Keystone::of_the_tests().url()));
    let token = site.project_token();
    thread::scope(|scope| {
        // One project may run two exports at once, so these are refused, after their token was checked.
        let ask = || {
            let path = format!("/v2/{PROJECT}/connections/desktops/export");
            let answer = site.service.get(&path, &[("X-Auth-Token", &token)]);
            assert_code(&answer, Code::Forbidden, "another project");
        };
        for _ in 0..20 {
            scope.spawn(ask);
        }
    });
    // Keystone's test server closes each connection after its answer.
    assert_eq!(proxy.accepted(), 1);
}

#[test]
fn a_token_of_the_settings_is_not_shown_to_keystone() {
    let proxy = Proxy::to_url(Keystone::of_the_tests().url());
    let site = Site::at(&proxy.url(Keystone::of_the_tests().url()));
    assert_eq!(site.service.export("").status, 200);
    assert_code(&site.export(TOKEN), Code::Forbidden, "of another project");
    assert_eq!(proxy.accepted(), 0);
}
