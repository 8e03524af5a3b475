use std::sync::OnceLock;

use serde_json::{Value, json};
use ureq::http::Response;
use ureq::{Agent, Body};

use crate::secret;

/// The domain that every Keystone begins with.
const DOMAIN: &str = "default";

/// The real identity service of the tests, with two projects. Ann is `te_admin` in both and in the domain, Bob is
/// `reader` in the first.
pub struct Keystone {
    url: String,
    brief_url: String,
    project: String,
    other_project: String,
    ann: String,
    bob: String,
}

/// What a token is for.
#[derive(Clone, Copy, Debug)]
pub enum Scope<'a> {
    /// A project, by its identifier.
    Project(&'a str),
    /// The domain of the users.
    Domain,
    /// Nothing.
    Nothing,
}

impl Keystone {
    /// The one that the test command started.
    pub fn of_the_tests() -> &'static Self {
        static KEYSTONE: OnceLock<Keystone> = OnceLock::new();
        KEYSTONE.get_or_init(Self::furnish)
    }

    fn furnish() -> Self {
        let url = variable("DESKLEDGER_TEST_KEYSTONE");
        let admin = Admin::log_in(&url, &variable("DESKLEDGER_TEST_KEYSTONE_PASSWORD"));
        // Nobody else furnishes the same Keystone with these names.
        let name = |what: &str| format!("{what}-{}", std::process::id());
        let named = |what: &str| json!({"name": name(what), "domain_id": DOMAIN});
        let user = |what: &str| {
            let mut user = named(what);
            user["password"] = json!(password());
            user
        };
        let project = admin.create("project", &named("one"));
        let other_project = admin.create("project", &named("two"));
        let ann = admin.create("user", &user("ann"));
        let bob = admin.create("user", &user("bob"));
        let te_admin = admin.role("te_admin");
        let reader = admin.role("reader");
        admin.assign(&format!("projects/{project}"), &ann, &te_admin);
        admin.assign(&format!("projects/{other_project}"), &ann, &te_admin);
        admin.assign(&format!("domains/{DOMAIN}"), &ann, &te_admin);
        admin.assign(&format!("projects/{project}"), &bob, &reader);
        Self {
            url,
            brief_url: variable("DESKLEDGER_TEST_KEYSTONE_BRIEF"),
            project,
            other_project,
            ann,
            bob,
        }
    }

    /// Its URL, as the settings of the service have it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The first project.
    pub fn project(&self) -> &str {
        &self.project
    }

    /// The second project.
    pub fn other_project(&self) -> &str {
        &self.other_project
    }

    /// The name of Ann, in the domain `Default`.
    pub fn user_name(&self) -> String {
        format!("ann-{}", std::process::id())
    }

    /// Her password.
    pub fn password(&self) -> String {
        password()
    }

    /// A new token of Ann's.
    pub fn token(&self, scope: Scope<'_>) -> String {
        token(&self.url, &self.ann, &password(), scope)
    }

    /// A new token of Ann's for the first project, which lives some seconds.
    pub fn brief_token(&self) -> String {
        let scope = Scope::Project(&self.project);
        token(&self.brief_url, &self.ann, &password(), scope)
    }

    /// A new token of Bob's for the first project.
    pub fn token_of_reader(&self) -> String {
        let scope = Scope::Project(&self.project);
        token(&self.url, &self.bob, &password(), scope)
    }

    /// Whether it calls a token valid.
    pub fn knows(&self, token: &str) -> bool {
        let response = agent()
            .get(format!("{}/v3/auth/tokens", self.url))
            .header("X-Auth-Token", token)
            .header("X-Subject-Token", token)
            .call();
        response.unwrap().status() == 200
    }

    /// Revokes a token.
    pub fn revoke(&self, token: &str) {
        let response = agent()
            .delete(format!("{}/v3/auth/tokens", self.url))
            .header("X-Auth-Token", token)
            .header("X-Subject-Token", token)
            .call();
        assert_eq!(response.unwrap().status(), 204);
    }
}

/// An administrator who may set up a Keystone.
struct Admin {
    url: String,
    token: String,
}

impl Admin {
    fn log_in(url: &str, password: &str) -> Self {
        let user = json!({"name": "admin", "domain": {"id": DOMAIN}, "password": password});
        let project = json!({"project": {"name": "admin", "domain": {"id": DOMAIN}}});
        Self {
            url: url.to_owned(),
            token: new_token(url, &user, &project),
        }
    }

    /// Makes one of a kind, and yields its identifier.
    fn create(&self, kind: &str, fields: &Value) -> String {
        let response = agent()
            .post(format!("{}/v3/{kind}s", self.url))
            .header("X-Auth-Token", &self.token)
            .header("Content-Type", "application/json")
            .send(json!({ kind: fields }).to_string())
            .unwrap();
        identifier(&answer(response, 201)[kind])
    }

    /// The identifier of a role, which is created where it does not exist.
    fn role(&self, name: &str) -> String {
        let response = agent()
            .get(format!("{}/v3/roles?name={name}", self.url))
            .header("X-Auth-Token", &self.token)
            .call()
            .unwrap();
        match answer(response, 200)["roles"].get(0) {
            Some(role) => identifier(role),
            None => self.create("role", &json!({ "name": name })),
        }
    }

    fn assign(&self, target: &str, user: &str, role: &str) {
        let response = agent()
            .put(format!(
                "{}/v3/{target}/users/{user}/roles/{role}",
                self.url
            ))
            .header("X-Auth-Token", &self.token)
            .send_empty();
        assert_eq!(response.unwrap().status(), 204);
    }
}

/// The password of the users that the tests make.
fn password() -> String {
    secret("password")
}

fn token(url: &str, user: &str, password: &str, scope: Scope<'_>) -> String {
    let user = json!({"id": user, "password": password});
    let scope = match scope {
        Scope::Project(id) => json!({"project": {"id": id}}),
        Scope::Domain => json!({"domain": {"id": DOMAIN}}),
        Scope::Nothing => json!("unscoped"),
    };
    new_token(url, &user, &scope)
}

fn new_token(url: &str, user: &Value, scope: &Value) -> String {
    let identity = json!({"methods": ["password"], "password": {"user": user}});
    let response = agent()
        .post(format!("{url}/v3/auth/tokens"))
        .header("Content-Type", "application/json")
        .send(json!({"auth": {"identity": identity, "scope": scope}}).to_string())
        .unwrap();
    let token = response.headers().get("x-subject-token").cloned();
    answer(response, 201);
    token.unwrap().to_str().unwrap().to_owned()
}

fn answer(mut response: Response<Body>, status: u16) -> Value {
    let body = response.body_mut().read_to_string().unwrap();
    assert_eq!(response.status(), status, "{body}");
    serde_json::from_str(&body).unwrap()
}

fn identifier(object: &Value) -> String {
    object["id"].as_str().unwrap().to_owned()
}

fn agent() -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .build()
        .into()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test command says in the environment where Keystone is"
)]
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set: run scripts/test, which starts a throwaway Keystone")
    })
}
