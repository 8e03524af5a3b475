//! The keys that seal the reasons of denials.

use std::collections::HashSet;
use std::fs;

use super::check::wrong;
use super::{MessageKeySettings, MessageSettings, SettingsError};
use crate::authorization_message::SealingKey;

impl MessageSettings {
    /// Checks the keys as far as that needs no file. The error names the key by its position.
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        let mut ids = HashSet::new();
        for (position, key) in self.keys.iter().enumerate() {
            let name = format!("access.messages.keys[{position}]");
            SealingKey::check_id(&key.id).map_err(|reason| wrong(&format!("{name}.id"), reason))?;
            if !ids.insert(&key.id) {
                return Err(wrong(&format!("{name}.id"), "is given twice"));
            }
            match (&key.key, &key.key_file) {
                (Some(text), None) => {
                    key.parse(text, &format!("{name}.key"))?;
                }
                (None, Some(_)) => {}
                _ => return Err(wrong(&name, "needs one of key and key_file")),
            }
        }
        Ok(())
    }

    /// The keys, those in files read.
    ///
    /// # Errors
    /// When one is not a key, or its file cannot be read. The error names the key by its position, and never shows it.
    pub(crate) fn keys(&self) -> Result<Vec<SealingKey>, SettingsError> {
        self.check()?;
        let mut keys = Vec::with_capacity(self.keys.len());
        for (position, key) in self.keys.iter().enumerate() {
            let name = format!("access.messages.keys[{position}]");
            keys.push(match (&key.key, &key.key_file) {
                (None, Some(file)) => {
                    let name = format!("{name}.key_file");
                    let text = fs::read_to_string(file).map_err(|error| {
                        wrong(&name, format!("failed to read {}: {error}", file.display()))
                    })?;
                    key.parse(&text, &name)?
                }
                (text, _) => {
                    key.parse(text.as_deref().unwrap_or_default(), &format!("{name}.key"))?
                }
            });
        }
        Ok(keys)
    }
}

impl MessageKeySettings {
    fn parse(&self, text: &str, name: &str) -> Result<SealingKey, SettingsError> {
        SealingKey::from_base64(&self.id, text).map_err(|reason| wrong(name, reason))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    const KEY: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

    fn key(id: &str, key: Option<&str>, file: Option<&str>) -> MessageKeySettings {
        MessageKeySettings {
            id: id.to_owned(),
            key: key.map(ToOwned::to_owned),
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
        assert_eq!(settings.keys().unwrap().len(), 2);
    }

    #[test]
    fn a_key_that_is_none_is_refused_by_its_position_and_never_shown() {
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
            let message = settings.keys().err().unwrap().to_string();
            assert!(message.contains(name), "{name}: {message}");
            assert!(!message.contains("hunter2") && !message.contains(KEY));
        }
        assert!(!format!("{good:?}").contains(KEY));
    }
}
