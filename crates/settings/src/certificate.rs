use std::path::Path;

use deskledger_identity::roots_of_pem;
use ureq::tls::RootCerts;

use super::check::wrong;
use super::{SettingsError, file};

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
    let pem = file::read_bytes(file).map_err(|error| refuse(&error))?;
    roots_of_pem(&pem).map_err(|error| refuse(&error))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_file_without_certificates_is_refused_by_the_name_of_its_setting() {
        let mut broken = tempfile::NamedTempFile::new().unwrap();
        writeln!(broken, "-----BEGIN CERTIFICATE-----\n!").unwrap();
        let empty = tempfile::NamedTempFile::new().unwrap();
        let binary = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(binary.path(), [0x30, 0x82, 0xff]).unwrap();
        for file in [
            empty.path(),
            broken.path(),
            binary.path(),
            "/nowhere.pem".as_ref(),
        ] {
            let error = roots(file, "identity.iam.ca_file").err().unwrap();
            let (error, file) = (error.to_string(), file.display().to_string());
            assert!(error.starts_with("identity.iam.ca_file: "), "{error}");
            assert!(error.contains(&file), "{error}");
        }
        assert!(matches!(
            roots("".as_ref(), "identity.iam.ca_file"),
            Ok(RootCerts::WebPki)
        ));
    }
}
