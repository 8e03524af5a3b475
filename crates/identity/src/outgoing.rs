//! How the service asks other services: IAM here, and storages elsewhere.

use std::net::IpAddr;
use std::sync::Arc;

use thiserror::Error;
use ureq::Agent;
use ureq::config::ConfigBuilder;
use ureq::http::Uri;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::typestate::AgentScope;

/// Why something holds no certificates that can be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InvalidCertificates {
    /// It is malformed.
    #[error("{0}")]
    Malformed(#[from] ureq::Error),
    /// There is no certificate in it.
    #[error("holds no certificate (PEM)")]
    None,
}

/// How another service is asked, whose certificate must come from `roots`: without redirects, and by no proxy that the environment
/// names. An answer with any status is an answer. The caller adds the time-outs.
pub fn outgoing_agent(roots: RootCerts) -> ConfigBuilder<AgentScope> {
    Agent::config_builder()
        .http_status_as_error(false)
        // A redirect would carry credentials to whatever it names.
        .max_redirects(0)
        .max_redirects_will_error(false)
        // Otherwise the environment would name one.
        .proxy(None)
        .tls_config(TlsConfig::builder().root_certs(roots).build())
        .user_agent("deskledger")
}

/// Whether nobody on the way reads what is sent to a URL: it goes by TLS, or to this machine.
pub fn is_private(url: &Uri) -> bool {
    let host = url.host().unwrap_or_default();
    let address: Result<IpAddr, _> = host.trim_matches(['[', ']']).parse();
    let is_here = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
    match url.scheme_str() {
        Some("https") => true,
        Some("http") => is_here,
        _ => false,
    }
}

/// The authorities whose certificates stand in a text (PEM), for [`IamOptions::roots`](crate::IamOptions::roots) and for
/// [`outgoing_agent`].
///
/// # Errors
/// When the text is malformed, or holds no certificate.
pub fn roots_of_pem(pem: &[u8]) -> Result<RootCerts, InvalidCertificates> {
    let mut certificates: Vec<Certificate<'static>> = Vec::new();
    for item in parse_pem(pem) {
        if let PemItem::Certificate(certificate) = item? {
            certificates.push(certificate);
        }
    }
    if certificates.is_empty() {
        return Err(InvalidCertificates::None);
    }
    Ok(RootCerts::Specific(Arc::new(certificates)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_by_tls_or_to_this_machine_is_private() {
        for (url, expected) in [
            ("https://id.example.com/realms/a", true),
            ("http://127.0.0.1:8080", true),
            ("http://[::1]:8080/x", true),
            ("http://localhost", true),
            ("http://id.example.com", false),
            ("http://127.0.0.1.example.com", false),
            ("ftp://127.0.0.1", false),
            ("/x", false),
        ] {
            assert_eq!(is_private(&url.parse().unwrap()), expected, "{url}");
        }
    }

    #[test]
    fn an_outgoing_agent_follows_no_redirect_and_takes_no_proxy_of_the_environment() {
        let config = outgoing_agent(RootCerts::WebPki).build();
        assert_eq!(config.max_redirects(), 0);
        assert!(config.proxy().is_none());
        assert!(!config.http_status_as_error());
    }
}
