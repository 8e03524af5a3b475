use std::time::Duration;

use deskledger_identity::{SessionOptions, Site};
use deskledger_store::SessionBounds;
use serde::Deserialize;
use ureq::http::Uri;

use super::check::wrong;
use super::{ServerSettings, Settings, SettingsError};

const PUBLIC_URL: &str = "server.public_url";

/// The sessions of people who sign in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionSettings {
    /// How long a session may go unused, in seconds.
    pub idle_seconds: u64,
    /// How long it lives at most, in seconds.
    pub lifetime_seconds: u64,
    /// How many one person may have. Where there are more, the oldest ends.
    pub per_user: u32,
    /// How many may act in one project. Where there are more, the oldest ends.
    pub per_project: u32,
}

impl SessionSettings {
    /// How long a session may go unused.
    pub fn idle(&self) -> Duration {
        Duration::from_secs(self.idle_seconds)
    }
}

impl Settings {
    /// How long sessions live, how many there may be, and whose requests they authorise.
    ///
    /// # Errors
    /// When `server.public_url` is not the address of a service.
    pub fn session_options(&self) -> Result<SessionOptions, SettingsError> {
        let settings = &self.sessions;
        Ok(SessionOptions {
            idle: settings.idle(),
            lifetime: Duration::from_secs(settings.lifetime_seconds),
            bounds: SessionBounds {
                of_owner: settings.per_user,
                of_project: settings.per_project,
            },
            site: Site::new(self.server.public_origin()?.as_deref()),
        })
    }
}

impl ServerSettings {
    /// The scheme and the host of `public_url`, where that is given: `https://ledger.example.com`.
    ///
    /// # Errors
    /// When it is not the address of a service.
    pub fn public_origin(&self) -> Result<Option<String>, SettingsError> {
        if self.public_url.is_empty() {
            return Ok(None);
        }
        let refused = |reason: &str| wrong(PUBLIC_URL, reason);
        let uri: Uri = self
            .public_url
            .parse()
            .map_err(|_| refused("must be a URL, such as https://ledger.example.com"))?;
        let (scheme, host) = (uri.scheme_str(), uri.authority());
        let (Some(scheme @ ("http" | "https")), Some(host)) = (scheme, host) else {
            return Err(refused("must begin with https:// or http://"));
        };
        // What is in front of an `@` is a password, and must not be shown.
        if host.as_str().contains('@') {
            return Err(refused(
                "must name a host, and neither a user nor a password",
            ));
        }
        if self.public_url.contains(['?', '#']) {
            return Err(refused("must have neither a query nor a fragment"));
        }
        Ok(Some(format!("{scheme}://{host}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(url: &str) -> Result<Option<String>, SettingsError> {
        let mut server = Settings::defaults().unwrap().server;
        url.clone_into(&mut server.public_url);
        server.public_origin()
    }

    #[test]
    fn a_public_url_has_an_origin() {
        for (url, expected) in [
            ("", None),
            (
                "https://ledger.example.com",
                Some("https://ledger.example.com"),
            ),
            ("https://h:8443/desk/", Some("https://h:8443")),
            ("http://localhost:8080", Some("http://localhost:8080")),
        ] {
            assert_eq!(origin(url).unwrap().as_deref(), expected, "{url}");
        }
        for url in [
            "ledger.example.com",
            "/desk",
            "ftp://ledger.example.com",
            "https://ann:hunter2@ledger.example.com",
            "https://ledger.example.com?a",
            "https://ledger.example.com#a",
        ] {
            let error = origin(url).unwrap_err().to_string();
            assert!(error.starts_with("server.public_url: "), "{url}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
