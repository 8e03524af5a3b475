//! People sign in: by a browser that holds cookies, as the pages of the service and those of others would ask.

mod attack;
mod life;
mod oidc;
mod password;
pub(crate) mod provider;
mod token;

use std::cell::RefCell;
use std::thread;
use std::time::Duration;

use deskledger_settings::Settings;
use deskledger_tests::{
    Answer, Database, PROJECT, Service, TOKEN, sealing_key, secret, token as token_of,
};
use serde_json::{Value, json};

/// A browser with its cookies, on a page of the service.
pub(crate) struct Browser<'a> {
    service: &'a Service,
    cookies: RefCell<Vec<(String, String)>>,
}

impl<'a> Browser<'a> {
    /// A browser without cookies.
    pub(crate) fn of(service: &'a Service) -> Self {
        Self {
            service,
            cookies: RefCell::default(),
        }
    }

    /// Signs in with a token.
    pub(crate) fn sign_in(&self, token: &str) -> Answer {
        self.script("POST", "/v2/sign-in/token", &json!({ "token": token }))
    }

    /// What a script of the page asks for.
    pub(crate) fn script(&self, method: &str, path: &str, body: &Value) -> Answer {
        let origin = self.origin();
        let headers = [
            ("Origin", origin.as_str()),
            ("Sec-Fetch-Site", "same-origin"),
            ("X-Deskledger", "1"),
        ];
        self.send(method, path, &headers, body)
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.script("GET", path, &Value::Null)
    }

    /// What its user opens, or another site leads it to.
    pub(crate) fn navigate(&self, path: &str) -> Answer {
        self.send("GET", path, &[], &Value::Null)
    }

    /// A request with its cookies, from wherever the headers say.
    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Answer {
        let cookie = self.cookie();
        let mut headers = headers.to_vec();
        if !cookie.is_empty() {
            headers.push(("Cookie", &cookie));
        }
        let mut text = String::new();
        if !body.is_null() {
            headers.push(("Content-Type", "application/json"));
            text = body.to_string();
        }
        let answer = self.service.send(method, path, &headers, text.as_bytes());
        self.keep(&answer);
        answer
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.service.port())
    }

    /// The header `Cookie` that it sends.
    pub(crate) fn cookie(&self) -> String {
        let cookies = self.cookies.borrow();
        let pairs: Vec<_> = cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }

    /// Puts a cookie where one of its name may have been.
    pub(crate) fn set_cookie(&self, name: &str, value: &str) {
        let mut cookies = self.cookies.borrow_mut();
        cookies.retain(|(other, _)| other != name);
        cookies.push((name.to_owned(), value.to_owned()));
    }

    fn keep(&self, answer: &Answer) {
        for (_, set) in answer
            .headers
            .iter()
            .filter(|(name, _)| name == "set-cookie")
        {
            let (pair, rest) = set.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            assert!(
                rest.contains("HttpOnly") && rest.contains("Path=/"),
                "{set}"
            );
            self.set_cookie(name, value);
            if rest.contains("Max-Age=0") {
                self.cookies.borrow_mut().retain(|(other, _)| other != name);
            }
        }
    }
}

/// Settings by which people can sign in: a reader and the administrator of another project beside that of [`PROJECT`].
fn with_people(settings: &mut Settings) {
    settings.identity.sealing_keys = vec![sealing_key("a", 7)];
    settings.identity.tokens.extend([
        token_of(&secret("reader"), PROJECT, &["reader"]),
        token_of(&secret("foreign"), "another", &["te_admin"]),
    ]);
}

fn service(database: &Database) -> Service {
    Service::start_with(database, with_people)
}

/// The path of the list of records of a project.
fn records(project: &str) -> String {
    format!("/v2/{project}/connections/desktops")
}

/// The path of the sessions of [`PROJECT`].
fn sessions() -> String {
    format!("/v2/{PROJECT}/sessions")
}

/// What a list of audits says of sessions, once all of it has ended: action, outcome, credential and the code of an error, in the
/// order of the alphabet.
fn audited(service: &Service) -> Vec<[String; 4]> {
    let path = format!("/v2/{PROJECT}/connections/export-audits?via=session");
    let text = |audit: &Value, name: &str| audit[name].as_str().unwrap_or_default().to_owned();
    loop {
        let answer = service.get(&path, &[("X-Auth-Token", TOKEN)]);
        let audits = answer.json()["audits"].as_array().unwrap().clone();
        let mut audits: Vec<_> = audits
            .iter()
            .map(|audit| {
                ["action", "outcome", "credential", "error_code"].map(|name| text(audit, name))
            })
            .collect();
        audits.sort();
        if audits.iter().all(|[_, outcome, ..]| outcome != "running") {
            return audits;
        }
        thread::sleep(Duration::from_millis(10));
    }
}
