#![doc = include_str!("../README.md")]

mod access_key;
mod certificate;
mod check;
#[cfg(test)]
mod documented;
mod element;
mod error;
mod file;
mod fingerprint;
mod grammar;
mod iam;
mod kind;
mod limit;
mod link;
mod location;
mod log_level;
mod network_disk;
mod notice;
mod oidc;
mod retention;
mod sealing_key;
mod section;
mod session;
mod shown;
mod source;
mod task;
mod without_effect;

pub use error::SettingsError;
pub use iam::IamSettings;
pub use limit::LimitSettings;
pub use link::LinkSettings;
pub use oidc::{OidcGrantSettings, OidcSettings};
pub use retention::RetentionSettings;
pub use section::{
    AccessKeySettings, AccessSettings, AuditSettings, AuditedLists, ConsoleSettings,
    DatabaseSettings, IdentitySettings, LoggingSettings, MessageSettings, MetricsSettings,
    SealingKeySettings, ServerSettings, TokenSettings,
};
pub use session::SessionSettings;
pub use shown::ShownSetting;
pub use task::{S3Settings, TaskLocation, TaskSettings};

use std::path::Path;

use config::Map;
use serde::Deserialize;

use self::fingerprint::Fingerprint;
use self::location::Origins;
use self::shown::ShownValues;

/// All settings. `config/default.toml` says what each key means.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Listening, and time-outs of connections.
    pub server: ServerSettings,
    /// Where the records are.
    pub database: DatabaseSettings,
    /// How much may be asked at once.
    pub limits: LimitSettings,
    /// Links by which a browser takes an export.
    pub links: LinkSettings,
    /// Exports that go on as tasks.
    pub tasks: TaskSettings,
    /// How long records are kept.
    pub retention: RetentionSettings,
    /// Who may ask.
    pub identity: IdentitySettings,
    /// The sessions of people who sign in.
    pub sessions: SessionSettings,
    /// Who may do what.
    pub access: AccessSettings,
    /// The page on which people look at connection records.
    pub console: ConsoleSettings,
    /// What the metrics say.
    pub metrics: MetricsSettings,
    /// What is audited besides exports, downloads and deletions, which always are.
    pub audit: AuditSettings,
    /// What is logged, and how.
    pub logging: LoggingSettings,
    /// Which keys had which values when they were read.
    #[serde(skip)]
    fingerprint: Fingerprint,
    /// What set them.
    #[serde(skip)]
    origins: Origins,
    /// What a person may see of them.
    #[serde(skip)]
    values: ShownValues,
}

impl Settings {
    /// The settings of this process: the defaults, `file` where there is one, and the environment.
    ///
    /// # Errors
    /// When the file cannot be read, a key does not exist, or a value is not allowed. The error names the key, and the file
    /// with its line or the variable of the environment.
    pub fn load(file: Option<&Path>) -> Result<Self, SettingsError> {
        let environment = source::texts(std::env::vars_os())?;
        Self::from_sources(file, &environment)
    }

    /// [`load`](Self::load) once more, for a process that runs.
    ///
    /// # Errors
    /// The same. A file that is read once, such as a pipe, is refused too: its end would mean the defaults.
    pub fn load_again(file: Option<&Path>) -> Result<Self, SettingsError> {
        match file {
            Some(path) if file::is_read_once(path) => Err(SettingsError(format!(
                "the file of settings {} cannot be read again: it is no regular file",
                path.display()
            ))),
            _ => Self::load(file),
        }
    }

    /// The defaults alone.
    ///
    /// # Errors
    /// Never, unless the defaults themselves are wrong, which a test excludes.
    pub fn defaults() -> Result<Self, SettingsError> {
        Self::from_sources(None, &Map::new())
    }

    /// The keys that were changed in `new`, and that a running service does not take over, in order.
    pub fn keys_that_need_a_restart(&self, new: &Self) -> Vec<String> {
        self.fingerprint.need_a_restart(&new.fingerprint)
    }

    fn from_sources(
        file: Option<&Path>,
        environment: &Map<String, String>,
    ) -> Result<Self, SettingsError> {
        let config = source::read(file, environment)?;
        let fingerprint = Fingerprint::of(&config.cache);
        let values = ShownValues::of(&config.cache);
        let read = config.try_deserialize().map_err(SettingsError::of_config);
        let checked = read.and_then(|settings: Self| settings.check().map(|()| settings));
        let origins = Origins::new(file, environment);
        let mut settings = checked.map_err(|error| origins.located(error))?;
        settings.fingerprint = fingerprint;
        settings.origins = origins;
        settings.values = values;
        Ok(settings)
    }
}

#[cfg(test)]
mod tests;
