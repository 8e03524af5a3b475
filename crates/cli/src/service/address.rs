use std::net::IpAddr;

use ureq::http::Uri;

use crate::failure::Failure;

/// The address of a service, without a slash at its end.
#[derive(Debug)]
pub(super) struct Address {
    text: String,
    uri: Uri,
}

impl Address {
    /// Checks and takes an address.
    ///
    /// # Errors
    /// When it is not the address of a service. A password in it is not shown.
    pub(super) fn new(url: &str) -> Result<Self, Failure> {
        let refused = |reason: &str| Failure::usage(format!("--url: {reason}"));
        let text = url.trim_end_matches('/').to_owned();
        let uri: Uri = text
            .parse()
            .map_err(|_| refused("must be a URL, such as https://ledger.example.com"))?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(refused("must begin with https:// or http://"));
        }
        if uri
            .authority()
            .is_none_or(|host| host.as_str().contains('@'))
        {
            return Err(refused(
                "must name a host, and neither a user nor a password",
            ));
        }
        if text.contains(['?', '#']) {
            return Err(refused("must have neither a query nor a fragment"));
        }
        Ok(Self { text, uri })
    }

    /// The address of something that the service has.
    pub(super) fn of(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }

    /// The address as it was given.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether what is sent to it can be read on the way.
    pub(super) fn is_in_the_clear(&self) -> bool {
        let host = self.uri.host().unwrap_or_default();
        let address: Result<IpAddr, _> = host.trim_matches(['[', ']']).parse();
        let is_local = host.eq_ignore_ascii_case("localhost")
            || address.is_ok_and(|address| address.to_canonical().is_loopback());
        self.uri.scheme_str() != Some("https") && !is_local
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_another_machine_without_tls_is_in_the_clear() {
        for (url, expected) in [
            ("http://ledger.example.com", true),
            ("http://10.0.0.1:8080/", true),
            ("HTTP://10.0.0.1:8080/", true),
            ("http://localhost.example.com", true),
            ("http://127.0.0.1.example.com", true),
            ("http://[::ffff:10.0.0.1]", true),
            ("http://127.0.0.1:8080", false),
            ("http://[::1]:8080/prefix/", false),
            ("http://[::ffff:127.0.0.1]", false),
            ("http://LocalHost", false),
            ("https://ledger.example.com", false),
        ] {
            assert_eq!(
                Address::new(url).unwrap().is_in_the_clear(),
                expected,
                "{url}"
            );
        }
    }

    #[test]
    fn what_is_no_address_is_refused_and_a_password_is_not_shown() {
        for url in [
            "",
            "ledger.example.com",
            "ledger.example.com:443",
            "/v2",
            "ftp://ledger.example.com",
            "https://",
            "https://ledger example.com",
            "https://ann:hunter2@ledger.example.com",
            "https://ledger.example.com?a=b",
            "https://ledger.example.com/#a",
        ] {
            let error = Address::new(url).unwrap_err().to_string();
            assert!(error.starts_with("--url: must "), "{url}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
        let address = Address::new("https://ledger.example.com/prefix/").unwrap();
        assert_eq!(
            address.of("/v2/p"),
            "https://ledger.example.com/prefix/v2/p"
        );
    }
}
