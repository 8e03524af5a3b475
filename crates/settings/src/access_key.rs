//! The settings of access keys.

use std::sync::Arc;
use std::time::Duration;

use deskledger_domain::{Principal, ProjectId};
use deskledger_identity::{KeyRing, SecretSealer, SessionSealer, is_access_key_id};
use deskledger_store::RecordStore;
use secrecy::ExposeSecret as _;

use super::check::wrong;
use super::{IdentitySettings, SettingsError, sealing_key};

const SEALING_KEYS: &str = "identity.sealing_keys";

impl IdentitySettings {
    /// Checks the keys, and those that seal them as far as that needs no file.
    pub(super) fn check_access_keys(&self) -> Result<(), SettingsError> {
        self.configured_keys()?;
        sealing_key::check(&self.sealing_keys, SEALING_KEYS)
    }

    /// The access keys of the settings, and those of a database where there are keys to open their secrets with.
    ///
    /// # Errors
    /// When a setting is wrong, or the file of a sealing key cannot be read. The error names the setting.
    pub fn key_ring(&self, store: &Arc<dyn RecordStore>) -> Result<KeyRing, SettingsError> {
        let keys = self.configured_keys()?;
        let max_age = Duration::from_secs(self.access_key_cache_seconds);
        Ok(match self.secret_sealer()? {
            Some(sealer) => keys.with_store(Arc::clone(store), sealer, max_age),
            None => keys,
        })
    }

    /// What seals the secrets of access keys for the database, where the settings hold keys for it.
    ///
    /// # Errors
    /// When one is not a key, or its file cannot be read. The error names the setting, and never shows the key.
    pub fn secret_sealer(&self) -> Result<Option<SecretSealer>, SettingsError> {
        let sealer = sealing_key::sealer(&self.sealing_keys, SEALING_KEYS)?;
        Ok(sealer.map(SecretSealer::new))
    }

    /// What seals sessions for the database, where the settings hold keys for it: those of access keys.
    ///
    /// # Errors
    /// As [`Self::secret_sealer`].
    pub fn session_sealer(&self) -> Result<Option<SessionSealer>, SettingsError> {
        let sealer = sealing_key::sealer(&self.sealing_keys, SEALING_KEYS)?;
        Ok(sealer.map(SessionSealer::new))
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
            if settings.user.is_empty() {
                return Err(wrong(&key("user"), "must not be empty"));
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
