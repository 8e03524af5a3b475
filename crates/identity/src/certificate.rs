use std::sync::Arc;

use thiserror::Error;
use ureq::tls::{Certificate, PemItem, RootCerts, parse_pem};

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

/// The authorities whose certificates stand in a text (PEM), for [`IamOptions::roots`](crate::IamOptions::roots) and for other
/// clients of `ureq`.
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
