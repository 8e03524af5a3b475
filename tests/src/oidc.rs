use std::cell::RefCell;
use std::time::Duration;

use ureq::http::{Request, Response};
use ureq::{Agent, Body};

use crate::{percent_encode, secret};

/// How often a sign-in sends the browser on, at most.
const STEPS: usize = 20;

/// The real provider of `OpenID` Connect of the tests. Its clients and accounts are in `tests/oidc`.
#[derive(Clone, Copy, Debug)]
pub struct Oidc;

impl Oidc {
    /// A client whose tokens are signed by RSA.
    pub const CLIENT: &'static str = "deskledger";

    /// A client whose tokens are signed on an elliptic curve.
    pub const EC_CLIENT: &'static str = "deskledger-ec";

    /// The group of Entra ID that Erin is in.
    pub const GUID: &'static str = "7f3c1a52-0b6e-4c8f-9d1e-2a4b6c8d0e1f";

    /// Its issuer, as the settings of the service have it. Behind a proxy, it is the URL of the proxy.
    #[expect(
        clippy::disallowed_methods,
        reason = "the test command says in the environment where the provider is"
    )]
    pub fn issuer() -> String {
        std::env::var("DESKLEDGER_TEST_OIDC").unwrap_or_else(|_| {
            panic!("DESKLEDGER_TEST_OIDC is not set: run scripts/test, which starts a throwaway provider")
        })
    }

    /// The secret of its clients.
    pub fn client_secret() -> String {
        secret("client-secret")
    }

    /// The password of its accounts.
    pub fn password() -> String {
        secret("password")
    }
}

/// Somebody's browser at the provider, with its cookies there.
#[derive(Default)]
pub struct Person {
    cookies: RefCell<Vec<Cookie>>,
}

struct Cookie {
    name: String,
    value: String,
    path: String,
}

/// Where a browser has arrived.
#[derive(Debug)]
pub enum Arrival {
    /// Elsewhere: the provider sends it to this URL.
    Away(String),
    /// At a page of the provider that leads nowhere, with its status and text.
    Page(u16, String),
}

impl Arrival {
    /// The URL that the provider sent the browser to.
    pub fn away(self) -> String {
        match self {
            Self::Away(url) => url,
            Self::Page(status, text) => panic!("the provider shows a page: {status} {text}"),
        }
    }
}

impl Person {
    /// Opens the page where the service sent the browser, signs in there, and allows what the service asks for.
    pub fn sign_in(&self, authorization: &str, user: &str, password: &str) -> Arrival {
        let login = format!(
            "user={}&password={}",
            percent_encode(user),
            percent_encode(password)
        );
        let mut page = self.visit("GET", authorization, "");
        for _ in 0..STEPS {
            let Some(form) = form(&page) else { return page };
            let body = if form.ends_with("/login") {
                &*login
            } else {
                ""
            };
            let url = format!("{}{form}", origin(authorization));
            page = self.visit("POST", &url, body);
        }
        page
    }

    /// Opens the page where the service sent the browser, and cancels there.
    pub fn cancel(&self, authorization: &str) -> Arrival {
        let page = self.visit("GET", authorization, "");
        let form = form(&page).unwrap();
        let (interaction, _) = form.rsplit_once('/').unwrap();
        let url = format!("{}{interaction}/abort", origin(authorization));
        self.visit("GET", &url, "")
    }

    /// Sends a request and follows where the provider sends it, as long as that is to itself.
    fn visit(&self, method: &str, url: &str, body: &str) -> Arrival {
        let provider = origin(url);
        let mut answer = self.send(method, url, body);
        for _ in 0..STEPS {
            let Some(location) = answer.headers().get("location") else {
                let text = answer.body_mut().read_to_string().unwrap();
                return Arrival::Page(answer.status().as_u16(), text);
            };
            let mut location = location.to_str().unwrap().to_owned();
            if location.starts_with('/') {
                location = format!("{provider}{location}");
            } else if origin(&location) != provider {
                return Arrival::Away(location);
            }
            answer = self.send("GET", &location, "");
        }
        panic!("{url} sends the browser on and on");
    }

    fn send(&self, method: &str, url: &str, body: &str) -> Response<Body> {
        let agent: Agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(Duration::from_secs(120)))
            .build()
            .into();
        let request = Request::builder()
            .method(method)
            .uri(url)
            .header("Cookie", self.cookies_for(url))
            .header("Content-Type", "application/x-www-form-urlencoded");
        let answer = agent.run(request.body(body.to_owned()).unwrap()).unwrap();
        for set in answer.headers().get_all("set-cookie") {
            self.keep(set.to_str().unwrap());
        }
        answer
    }

    fn cookies_for(&self, url: &str) -> String {
        let path = url[origin(url).len()..].to_owned();
        let cookies = self.cookies.borrow();
        let pairs: Vec<_> = cookies
            .iter()
            .filter(|cookie| path.starts_with(&cookie.path))
            .map(|cookie| format!("{}={}", cookie.name, cookie.value))
            .collect();
        pairs.join("; ")
    }

    fn keep(&self, set: &str) {
        let mut parts = set.split("; ");
        let (name, value) = parts.next().unwrap().split_once('=').unwrap();
        let path = parts.find_map(|part| part.strip_prefix("path=")).unwrap();
        let mut cookies = self.cookies.borrow_mut();
        cookies.retain(|cookie| cookie.name != name || cookie.path != path);
        if !value.is_empty() {
            cookies.push(Cookie {
                name: name.to_owned(),
                value: value.to_owned(),
                path: path.to_owned(),
            });
        }
    }
}

/// Where the form of a page is sent. A page that refuses has one too, to try again.
fn form(page: &Arrival) -> Option<String> {
    let Arrival::Page(200, text) = page else {
        return None;
    };
    let (_, rest) = text.split_once("action=\"")?;
    let (action, _) = rest.split_once('"')?;
    Some(action.to_owned())
}

/// The scheme, the host and the port of a URL.
fn origin(url: &str) -> &str {
    let (scheme, rest) = url.split_once("://").unwrap();
    let host = rest.split(['/', '?']).next().unwrap();
    &url[..scheme.len() + 3 + host.len()]
}
