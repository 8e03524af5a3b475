use std::path::Path;
use std::sync::Arc;

use ureq::tls::{Certificate, PemItem, RootCerts, parse_pem};

use super::SettingsError;
use super::check::wrong;

/// The authorities that the certificate of another service must come from: those in a file (PEM), and the public ones
/// where none is given. `key` is the setting that names the file.
///
/// # Errors
/// When the file cannot be read, or holds no certificate.
pub(super) fn roots(file: &Path, key: &str) -> Result<RootCerts, SettingsError> {
    if file.as_os_str().is_empty() {
        return Ok(RootCerts::WebPki);
    }
    let refuse =
        |reason: &dyn std::fmt::Display| wrong(key, format!("{}: {reason}", file.display()));
    let pem = std::fs::read(file).map_err(|error| refuse(&error))?;
    let mut certificates: Vec<Certificate<'static>> = Vec::new();
    for item in parse_pem(&pem) {
        match item {
            Ok(PemItem::Certificate(certificate)) => certificates.push(certificate),
            Ok(_) => {}
            Err(error) => return Err(refuse(&error)),
        }
    }
    if certificates.is_empty() {
        return Err(refuse(&"holds no certificate (PEM)"));
    }
    Ok(RootCerts::Specific(Arc::new(certificates)))
}
