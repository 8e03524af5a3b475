//! How the service asks other services: IAM here, and storages elsewhere.

use std::sync::Arc;

use thiserror::Error;
use ureq::Agent;
use ureq::config::ConfigBuilder;
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
    fn an_outgoing_agent_follows_no_redirect_and_takes_no_proxy_of_the_environment() {
        let config = outgoing_agent(RootCerts::WebPki).build();
        assert_eq!(config.max_redirects(), 0);
        assert!(config.proxy().is_none());
        assert!(!config.http_status_as_error());
    }
}
