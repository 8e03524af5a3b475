use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use deskledger_identity::IamOptions;
use serde::Deserialize;
use ureq::http::Uri;

use super::check::wrong;
use super::{SettingsError, certificate};

/// The identity service (Keystone v3) that knows the tokens which the settings do not.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IamSettings {
    /// Where it is, without `/v3`: `https://iam.example.com`. Empty: there is no such service.
    pub url: String,
    /// A file of certificates (PEM) that its certificate must come from. Empty: those of the public authorities.
    pub ca_file: PathBuf,
    /// How long to wait for a connection, in seconds.
    pub connect_timeout_seconds: u32,
    /// How long one question may take, a second try included, in seconds.
    pub request_timeout_seconds: u32,
    /// Questions that may be under way at once.
    pub requests: u32,
    /// How long an answer is used without asking again, in seconds. No token is used for longer than it lives.
    pub cache_seconds: u32,
    /// How many valid tokens are remembered, and how many that are not.
    pub cache_entries: u32,
    /// How long a token goes on beyond `cache_seconds` while the service is unavailable, in seconds.
    pub stale_seconds: u32,
    /// How long nothing is asked again after a token was refused, or after the service did not answer for it, in
    /// seconds.
    pub failure_cache_seconds: u32,
}

impl IamSettings {
    /// Whether there is an identity service.
    pub fn is_configured(&self) -> bool {
        !self.url.is_empty()
    }

    /// Checks what serde cannot.
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        if !self.is_configured() {
            return Ok(());
        }
        self.endpoint()?;
        for (key, value) in [
            ("connect_timeout_seconds", self.connect_timeout_seconds),
            ("request_timeout_seconds", self.request_timeout_seconds),
            ("requests", self.requests),
            ("cache_entries", self.cache_entries),
        ] {
            if value == 0 {
                return Err(wrong(&key_of(key), "must be at least 1"));
            }
        }
        Ok(())
    }

    /// Where tokens are asked for.
    ///
    /// # Errors
    /// When `url` is not the address of a service.
    fn endpoint(&self) -> Result<Uri, SettingsError> {
        let refused = |reason: &str| wrong(&key_of("url"), reason);
        let base = self.url.trim_end_matches('/');
        let uri: Uri = base
            .parse()
            .map_err(|_| refused("must be a URL, such as https://iam.example.com"))?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(refused("must begin with https:// or http://"));
        }
        // What is in front of an `@` is a password, and must not be shown.
        if uri
            .authority()
            .is_none_or(|host| host.as_str().contains('@'))
        {
            return Err(refused(
                "must name a host, and neither a user nor a password",
            ));
        }
        if base.contains(['?', '#']) {
            return Err(refused("must have neither a query nor a fragment"));
        }
        if base.ends_with("/v3") {
            return Err(refused("leave the /v3 out: the service adds it"));
        }
        format!("{base}/v3/auth/tokens")
            .parse()
            .map_err(|_| refused("must be a URL, such as https://iam.example.com"))
    }

    /// Whether an eavesdropper on the way learns tokens.
    pub fn is_in_the_clear(&self) -> bool {
        let Ok(uri) = self.endpoint() else {
            return false;
        };
        let host = uri.host().unwrap_or_default();
        let address: Result<IpAddr, _> = host.trim_matches(['[', ']']).parse();
        let is_local = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
        uri.scheme_str() == Some("http") && !is_local
    }

    /// How it is asked.
    ///
    /// # Errors
    /// When `url` is not the address of a service, or the file of certificates cannot be read.
    pub fn options(&self) -> Result<IamOptions, SettingsError> {
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        Ok(IamOptions {
            endpoint: self.endpoint()?,
            roots: certificate::roots(&self.ca_file, &key_of("ca_file"))?,
            connect_timeout: seconds(self.connect_timeout_seconds),
            request_timeout: seconds(self.request_timeout_seconds),
            requests: self.requests,
            cache_time: seconds(self.cache_seconds),
            cache_entries: self.cache_entries as usize,
            stale_time: seconds(self.stale_seconds),
            failure_cache_time: seconds(self.failure_cache_seconds),
        })
    }
}

fn key_of(name: &str) -> String {
    format!("identity.iam.{name}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;

    fn with_url(url: &str) -> IamSettings {
        IamSettings {
            url: url.to_owned(),
            ..Settings::defaults().unwrap().identity.iam
        }
    }

    #[test]
    fn an_address_is_taken_with_or_without_a_slash_and_a_path() {
        for (url, endpoint) in [
            (
                "https://iam.example.com",
                "https://iam.example.com/v3/auth/tokens",
            ),
            (
                "https://iam.example.com/",
                "https://iam.example.com/v3/auth/tokens",
            ),
            ("http://[::1]:5000", "http://[::1]:5000/v3/auth/tokens"),
            (
                "http://host/identity",
                "http://host/identity/v3/auth/tokens",
            ),
        ] {
            assert_eq!(with_url(url).endpoint().unwrap().to_string(), endpoint);
        }
    }

    #[test]
    fn only_a_network_without_tls_is_in_the_clear() {
        for (url, expected) in [
            ("http://iam.example.com", true),
            ("http://10.0.0.1:5000", true),
            ("http://127.0.0.1:5000", false),
            ("http://[::1]:5000", false),
            ("http://localhost", false),
            ("https://iam.example.com", false),
        ] {
            assert_eq!(with_url(url).is_in_the_clear(), expected, "{url}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_and_a_password_is_not_shown() {
        for url in [
            "iam.example.com",
            "/v3",
            "ftp://iam.example.com",
            "https://",
            "https://iam example.com",
            "https://user:hunter2@iam.example.com",
            "https://iam.example.com?a=b",
            "https://iam.example.com#a",
            "https://iam.example.com/v3",
            "https://iam.example.com/v3/",
        ] {
            let error = with_url(url).check().unwrap_err().to_string();
            assert!(error.starts_with("identity.iam.url: "), "{url}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn times_of_nothing_are_refused_where_they_mean_nothing() {
        let change: [fn(&mut IamSettings); 4] = [
            |iam| iam.connect_timeout_seconds = 0,
            |iam| iam.request_timeout_seconds = 0,
            |iam| iam.requests = 0,
            |iam| iam.cache_entries = 0,
        ];
        for change in change {
            let mut iam = with_url("https://iam.example.com");
            change(&mut iam);
            assert!(iam.check().is_err(), "{iam:?}");
            iam.url.clear();
            assert!(iam.check().is_ok(), "{iam:?}");
        }
        let mut iam = with_url("https://iam.example.com");
        iam.cache_seconds = 0;
        iam.stale_seconds = 0;
        iam.failure_cache_seconds = 0;
        assert!(iam.check().is_ok());
    }
}
