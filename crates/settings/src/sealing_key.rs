//! The keys that seal.

use std::collections::HashSet;

use deskledger_identity::{Sealer, SealingKey};
use secrecy::{ExposeSecret as _, SecretString};

use super::check::wrong;
use super::{MessageSettings, SealingKeySettings, SettingsError, file};

const MESSAGE_KEYS: &str = "access.messages.keys";

impl MessageSettings {
    /// Checks the keys as far as that needs no file.
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        check(&self.keys, MESSAGE_KEYS)
    }

    /// What seals messages, where there are keys for it. Those in files are read.
    ///
    /// # Errors
    /// When one is not a key, or its file cannot be read.
    pub fn sealer(&self) -> Result<Option<Sealer>, SettingsError> {
        sealer(&self.keys, MESSAGE_KEYS)
    }
}

/// Checks the keys of the setting `list` as far as that needs no file, which only those commands may be able to read that
/// need it. The error names the key by its position, and never shows it.
pub(super) fn check(keys: &[SealingKeySettings], list: &str) -> Result<(), SettingsError> {
    let mut ids = HashSet::new();
    for (position, settings) in keys.iter().enumerate() {
        let name = format!("{list}[{position}]");
        let id = &settings.id;
        SealingKey::check_id(id).map_err(|reason| wrong(&format!("{name}.id"), reason))?;
        if !ids.insert(id) {
            return Err(wrong(&format!("{name}.id"), "is given twice"));
        }
        match (&settings.key, &settings.key_file) {
            (Some(_), None) => drop(settings.read(&name)?),
            (None, Some(_)) => {}
            _ => return Err(wrong(&name, "needs one of key and key_file")),
        }
    }
    Ok(())
}

/// What seals with the keys of the setting `list`, where there are any.
pub(super) fn sealer(
    keys: &[SealingKeySettings],
    list: &str,
) -> Result<Option<Sealer>, SettingsError> {
    check(keys, list)?;
    let keys = keys
        .iter()
        .enumerate()
        .map(|(position, settings)| settings.read(&format!("{list}[{position}]")))
        .collect::<Result<_, _>>()?;
    Ok(Sealer::of_keys(keys))
}

impl SealingKeySettings {
    /// The key, from its file where it is in one. `name` is that of the setting.
    fn read(&self, name: &str) -> Result<SealingKey, SettingsError> {
        let (name, text) = match (&self.key, &self.key_file) {
            (None, Some(path)) => {
                let name = format!("{name}.key_file");
                let text = file::read(path).map_err(|error| {
                    wrong(&name, format!("failed to read {}: {error}", path.display()))
                })?;
                (name, SecretString::from(text))
            }
            (text, _) => (format!("{name}.key"), text.clone().unwrap_or_default()),
        };
        SealingKey::from_base64(&self.id, text.expose_secret())
            .map_err(|reason| wrong(&name, reason))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    const KEY: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

    fn key(id: &str, key: Option<&str>, file: Option<&str>) -> SealingKeySettings {
        SealingKeySettings {
            id: id.to_owned(),
            key: key.map(Into::into),
            key_file: file.map(Into::into),
        }
    }

    #[test]
    fn keys_come_from_the_settings_and_from_files() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        writeln!(file, "{KEY}").unwrap();
        let settings = MessageSettings {
            keys: vec![
                key("new", None, file.path().to_str()),
                key("old", Some(KEY), None),
            ],
        };
        let sealed = settings.sealer().unwrap().unwrap().seal(b"why", b"p1");
        assert!(sealed.unwrap().starts_with(b"\x01\x03new"));
        assert!(
            MessageSettings { keys: Vec::new() }
                .sealer()
                .unwrap()
                .is_none()
        );
    }

    #[test]
    fn a_malformed_key_is_refused_by_its_position_and_never_shown() {
        let good = key("a", Some(KEY), None);
        for (wrong, name) in [
            (key("", Some(KEY), None), "keys[1].id"),
            (key("a", Some(KEY), None), "keys[1].id: is given twice"),
            (key("b", None, None), "keys[1]: needs one of"),
            (key("b", Some(KEY), Some("/tmp/x")), "keys[1]: needs one of"),
            (key("b", Some("hunter2"), None), "keys[1].key: must be"),
            (
                key("b", None, Some("/nowhere/key")),
                "keys[1].key_file: failed to read",
            ),
        ] {
            assert!(!format!("{wrong:?}").contains("hunter2"));
            let settings = MessageSettings {
                keys: vec![good.clone(), wrong],
            };
            let message = settings.sealer().err().unwrap().to_string();
            assert!(message.contains(name), "{name}: {message}");
            assert!(!message.contains("hunter2") && !message.contains(KEY));
        }
        assert!(!format!("{good:?}").contains(KEY));
    }
}
