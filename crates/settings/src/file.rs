//! Files that settings name: why one cannot be read, and whether more people can read one than should.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use super::Settings;

/// How many bytes a file may have that settings name, and that of the settings itself. A device has no end.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

/// The text of a file.
///
/// # Errors
/// When it cannot be read. The text says why, and whose the file is where that is why.
pub(super) fn read(file: &Path) -> Result<String, String> {
    let bytes = read_bytes(file)?;
    let text = String::from_utf8(bytes).map_err(|error| other_encoding(error.as_bytes()))?;
    // Editors of Windows put a byte order mark in front.
    match text.strip_prefix('\u{feff}') {
        Some(rest) => Ok(rest.to_owned()),
        None => Ok(text),
    }
}

/// Whether a file is one whose bytes are gone once they were read: a pipe, a socket or a device.
pub(super) fn is_read_once(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

/// The bytes of a file.
///
/// # Errors
/// As for [`read`].
pub(super) fn read_bytes(file: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    File::open(file)
        .and_then(|open| open.take(MOST_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|error| format!("{}{}", plain(&error), whose(file, &error)))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(format!("it has more than {MOST_BYTES} bytes"));
    }
    Ok(bytes)
}

/// Which encoding bytes have that are not UTF-8, as far as that can be known.
fn other_encoding(bytes: &[u8]) -> String {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return "it is encoded in UTF-16: save it in UTF-8".to_owned();
    }
    let valid = std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len);
    let lines = bytes.iter().take(valid).filter(|byte| **byte == b'\n');
    format!("line {} is not UTF-8: save it in UTF-8", lines.count() + 1)
}

/// An error of the system, without the number that Rust adds.
pub(super) fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let known = text.split_once(" (os error ");
    known.map_or(text.clone(), |(words, _)| words.to_owned())
}

/// Whose a file is that may not be read, and who tried.
#[cfg(unix)]
fn whose(file: &Path, error: &io::Error) -> String {
    use std::os::unix::fs::MetadataExt as _;

    match fs::metadata(file) {
        Ok(metadata) if error.kind() == io::ErrorKind::PermissionDenied => format!(
            "; it belongs to the user with the number {} (mode {:o}), and this process runs as {}",
            metadata.uid(),
            metadata.mode() & 0o777,
            rustix::process::geteuid().as_raw()
        ),
        _ => String::new(),
    }
}

#[cfg(not(unix))]
fn whose(_: &Path, _: &io::Error) -> String {
    String::new()
}

/// Whether every user of the machine may read a file.
#[cfg(unix)]
fn is_open_to_all(file: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;

    fs::metadata(file).is_ok_and(|metadata| metadata.mode() & 0o004 != 0)
}

#[cfg(not(unix))]
fn is_open_to_all(_: &Path) -> bool {
    false
}

impl Settings {
    /// Files that hold secrets and that every user of the machine may read, a sentence for each. `file` is that of the
    /// settings.
    pub fn files_open_to_all(&self, file: Option<&Path>) -> Vec<String> {
        let keys = self.identity.sealing_keys.iter();
        let keys = keys.chain(&self.access.messages.keys);
        let holds_keys = keys.clone().any(|key| key.key.is_some());
        let holds_secrets = holds_keys || !self.identity.access_keys.is_empty();
        let key_files = keys.filter_map(|key| key.key_file.as_deref());
        key_files
            .chain(file.filter(|_| holds_secrets))
            .filter(|file| is_open_to_all(file))
            .map(|file| {
                format!(
                    "{} holds secrets, and every user of this machine may read it: let the service alone (chmod 600)",
                    file.display()
                )
            })
            .collect()
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::SealingKeySettings;

    #[test]
    fn a_file_that_all_may_read_is_named_where_it_holds_secrets() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str, mode| {
            let path = folder.path().join(name);
            fs::write(&path, "x").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            path
        };
        let (open, closed) = (path("open", 0o644), path("closed", 0o640));
        let file = path("settings.toml", 0o644);
        let mut settings = Settings::defaults().unwrap();
        assert_eq!(settings.files_open_to_all(Some(&file)), [""; 0]);

        let key = |key_file: &Path| SealingKeySettings {
            id: "a".to_owned(),
            key: None,
            key_file: Some(key_file.to_owned()),
        };
        settings.identity.sealing_keys = vec![key(&closed)];
        assert_eq!(settings.files_open_to_all(Some(&file)), [""; 0]);
        settings.access.messages.keys = vec![key(&open)];
        let named = settings.files_open_to_all(Some(&file));
        assert!(named.len() == 1 && named[0].contains("open holds secrets"));
        settings.identity.sealing_keys[0] = SealingKeySettings {
            key: Some("x".to_owned().into()),
            ..key(&closed)
        };
        let named = settings.files_open_to_all(Some(&file));
        assert!(named.len() == 2 && named[1].contains("settings.toml holds"));
        assert_eq!(settings.files_open_to_all(None).len(), 1);
    }

    #[test]
    fn a_file_without_an_end_is_refused_and_a_byte_order_mark_is_no_text() {
        let reason = read(Path::new("/dev/zero")).unwrap_err();
        assert!(reason.contains("more than 4194304 bytes"), "{reason}");
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "\u{feff}key").unwrap();
        assert_eq!(read(file.path()).unwrap(), "key");
    }

    #[test]
    fn a_file_in_another_encoding_is_named_with_it_or_with_the_line() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for (bytes, reason) in [
            (
                &b"\xff\xfea\0"[..],
                "it is encoded in UTF-16: save it in UTF-8",
            ),
            (b"\xfe\xff\0a", "it is encoded in UTF-16: save it in UTF-8"),
            (b"a\nM\xfcller", "line 2 is not UTF-8: save it in UTF-8"),
        ] {
            fs::write(file.path(), bytes).unwrap();
            assert_eq!(read(file.path()).unwrap_err(), reason);
        }
        let missing = read(Path::new("/nowhere/file")).unwrap_err();
        assert_eq!(missing, "No such file or directory");
    }

    #[test]
    fn a_file_that_may_not_be_read_is_named_with_its_owner() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        let reason = whose(file.path(), &denied);
        assert!(reason.contains("(mode 600), and this process runs as "));
        let missing = io::Error::from(io::ErrorKind::NotFound);
        assert_eq!(whose(file.path(), &missing), "");
    }
}
