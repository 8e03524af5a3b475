use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use secrecy::{ExposeSecret as _, SecretString};
use ureq::http::HeaderValue;

use crate::failure::Failure;

/// The name that stands for standard input, by convention of command lines.
const STANDARD_INPUT: &str = "-";

/// The longest token that is read, in bytes. One of IAM with a large catalog has some ten thousand.
const MAX_BYTES: u64 = 1024 * 1024;

/// The token, as the header that carries it, from where the options say.
///
/// # Errors
/// When no token is given, or it cannot be read or sent. The token is never shown.
pub(super) fn read(
    token: Option<&SecretString>,
    file: Option<&Path>,
) -> Result<HeaderValue, Failure> {
    let (name, text) = match (token, file) {
        (Some(token), _) if token.expose_secret() == STANDARD_INPUT => {
            ("standard input", of_standard_input()?)
        }
        (Some(token), _) => ("--token", token.expose_secret().to_owned()),
        (None, Some(file)) if file.as_os_str() == STANDARD_INPUT => {
            ("standard input", of_standard_input()?)
        }
        (None, Some(file)) => ("--token-file", of_file(file)?),
        (None, None) => ("DESKLEDGER_TOKEN", of_environment()?),
    };
    // A file ends with a line end, which is no part of a token.
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        return Err(Failure::usage(format!("the token is empty ({name})")));
    }
    let mut header = HeaderValue::from_str(text).map_err(|_| {
        Failure::usage(format!(
            "the token ({name}) holds a character that a header cannot carry, such as a line end or an umlaut"
        ))
    })?;
    header.set_sensitive(true);
    Ok(header)
}

fn of_file(file: &Path) -> Result<String, Failure> {
    let failed = |error: &io::Error| Failure::path("--token-file: cannot read", file, error);
    let opened = File::open(file).map_err(|error| failed(&error))?;
    read_text(opened).map_err(|error| failed(&error))
}

fn of_standard_input() -> Result<String, Failure> {
    read_text(io::stdin())
        .map_err(|error| Failure::new(error).during("cannot read the token from standard input"))
}

fn read_text(source: impl Read) -> io::Result<String> {
    let mut text = String::new();
    source.take(MAX_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_BYTES {
        let reason = format!("it has more than {MAX_BYTES} bytes, which no token has");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
    }
    Ok(text)
}

#[expect(
    clippy::disallowed_methods,
    reason = "it is no setting: the token of who asks is not of the service"
)]
fn of_environment() -> Result<String, Failure> {
    let none = || {
        Failure::usage(
            "there is no token: give --token-file, or set the environment variable DESKLEDGER_TOKEN",
        )
    };
    std::env::var_os("DESKLEDGER_TOKEN")
        .ok_or_else(none)?
        .into_string()
        .map_err(|_| Failure::usage("the token (DESKLEDGER_TOKEN) is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_without_its_line_end_and_never_shown() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        std::fs::write(&file, "s3cret\r\n").unwrap();
        let header = read(None, Some(&file)).unwrap();
        assert_eq!(header.to_str().unwrap(), "s3cret");
        assert!(!format!("{header:?}").contains("s3cret"));

        for (text, reason) in [
            ("\n", "the token is empty"),
            ("s3cret\nmore", "holds a character"),
            ("s3cret\u{7f}", "holds a character"),
        ] {
            std::fs::write(&file, text).unwrap();
            let error = read(None, Some(&file)).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
        std::fs::write(&file, vec![b'a'; 2 * 1024 * 1024]).unwrap();
        let error = read(None, Some(&file)).unwrap_err().to_string();
        assert!(error.contains("more than 1048576 bytes"), "{error}");
    }
}
