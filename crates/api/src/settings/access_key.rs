//! The settings of access keys.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use deskledger_domain::{Principal, ProjectId};
use deskledger_store::RecordStore;
use secrecy::ExposeSecret as _;

use super::check::wrong;
use super::{IdentitySettings, SettingsError};
use crate::identity::{KeyRing, SecretSealer, is_access_key_id};

/// The key that seals, and the file it may be in instead.
const SEALING_KEY: &str = "identity.sealing_key";
const SEALING_KEY_FILE: &str = "identity.sealing_key_file";

impl IdentitySettings {
    /// Checks all but the file, which only those commands may be able to read that need it.
    pub(super) fn check_access_keys(&self) -> Result<(), SettingsError> {
        self.configured_keys()?;
        if self.sealing_key_file.is_empty() || !self.sealing_key.expose_secret().is_empty() {
            self.secret_sealer()?;
        }
        Ok(())
    }

    /// The access keys of the settings, and those of a database where there is a key to open their secrets with.
    ///
    /// # Errors
    /// When a setting is wrong, or the file with the sealing key cannot be read. The error names the setting.
    pub(crate) fn key_ring(&self, store: &Arc<dyn RecordStore>) -> Result<KeyRing, SettingsError> {
        let keys = self.configured_keys()?;
        let max_age = Duration::from_secs(self.access_key_cache_seconds);
        Ok(match self.secret_sealer()? {
            Some(sealer) => keys.with_store(Arc::clone(store), sealer, max_age),
            None => keys,
        })
    }

    /// What seals the secrets of access keys for the database, where the settings hold a key for it.
    ///
    /// # Errors
    /// When the key is none, or its file cannot be read. The error names the setting, and never the key.
    pub fn secret_sealer(&self) -> Result<Option<SecretSealer>, SettingsError> {
        let key = self.sealing_key.expose_secret();
        match (key, self.sealing_key_file.as_str()) {
            ("", "") => Ok(None),
            (key, "") => SecretSealer::parse(key)
                .map(Some)
                .map_err(|reason| wrong(SEALING_KEY, reason)),
            ("", file) => SecretSealer::read(Path::new(file))
                .map(Some)
                .map_err(|reason| wrong(SEALING_KEY_FILE, reason)),
            _ => Err(wrong(
                SEALING_KEY,
                format!("is given beside {SEALING_KEY_FILE}: give one of the two"),
            )),
        }
    }

    fn configured_keys(&self) -> Result<KeyRing, SettingsError> {
        let mut keys = KeyRing::default();
        for (position, settings) in self.access_keys.iter().enumerate() {
            let key = |name: &str| format!("identity.access_keys[{position}].{name}");
            if !is_access_key_id(&settings.id) {
                return Err(wrong(
                    &key("id"),
                    "must have 1 to 128 letters, digits, '-', '_' and '.'",
                ));
            }
            if settings.secret.expose_secret().is_empty() {
                return Err(wrong(&key("secret"), "must not be empty"));
            }
            let project = ProjectId::new(&settings.project_id)
                .map_err(|reason| wrong(&key("project_id"), reason))?;
            let principal = Principal::new(&settings.user, project, &settings.roles);
            if !keys.insert(settings.id.clone(), settings.secret.clone(), principal) {
                return Err(wrong(
                    &key("id"),
                    "is given twice: an access key stands for one user",
                ));
            }
        }
        Ok(keys)
    }
}
