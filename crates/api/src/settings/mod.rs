//! The settings of the service: `config/default.toml`, then a file, then the environment.

mod access_key;
mod certificate;
mod check;
#[cfg(test)]
mod documented;
mod error;
mod file;
mod fingerprint;
mod iam;
mod kind;
mod limit;
mod location;
mod log;
mod network_disk;
mod notice;
mod retention;
mod sealing_key;
mod section;
mod source;
mod task;

pub use error::SettingsError;
pub use iam::IamSettings;
pub use limit::LimitSettings;
pub use retention::RetentionSettings;
pub use section::{
    AccessKeySettings, AccessSettings, AuditSettings, AuditedLists, DatabaseSettings,
    IdentitySettings, LogFormat, LoggingSettings, MessageSettings, MetricsSettings,
    SealingKeySettings, ServerSettings, TokenSettings,
};
pub(crate) use task::TaskPlace;
pub use task::{S3Settings, TaskSettings};

use std::path::Path;

use config::Map;
use serde::Deserialize;

use self::fingerprint::Fingerprint;
use self::location::Origins;

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
    /// Exports that go on as tasks.
    pub tasks: TaskSettings,
    /// How long records are kept.
    pub retention: RetentionSettings,
    /// Who may ask.
    pub identity: IdentitySettings,
    /// Who may do what.
    pub access: AccessSettings,
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
}

impl Settings {
    /// The settings of this process: the defaults, `file` where there is one, and the environment.
    ///
    /// # Errors
    /// When the file cannot be read, a key does not exist, or a value is not allowed. The error names the key, and the file
    /// with its line or the variable of the environment.
    pub fn load(file: Option<&Path>) -> Result<Self, SettingsError> {
        // What is not UTF-8 is no name or value of ours.
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self::from_sources(file, &environment)
    }

    /// The defaults alone.
    ///
    /// # Errors
    /// Never, unless the defaults themselves are wrong, which a test excludes.
    pub fn defaults() -> Result<Self, SettingsError> {
        Self::from_sources(None, &Map::new())
    }

    /// The keys that were changed in `new`, and that a running service does not take over.
    pub(crate) fn keys_that_need_a_restart(&self, new: &Self) -> Vec<String> {
        self.fingerprint.need_a_restart(&new.fingerprint)
    }

    fn from_sources(
        file: Option<&Path>,
        environment: &Map<String, String>,
    ) -> Result<Self, SettingsError> {
        let config = source::read(file, environment)?;
        let fingerprint = Fingerprint::of(&config.cache);
        let read = config.try_deserialize().map_err(SettingsError::of_config);
        let checked = read.and_then(|settings: Self| settings.check().map(|()| settings));
        let origins = Origins::new(file, environment);
        let mut settings = checked.map_err(|error| origins.located(error))?;
        settings.fingerprint = fingerprint;
        settings.origins = origins;
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn with_environment(pairs: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let environment = pairs.iter().map(|(k, v)| (k.to_string(), v.to_string()));
        Settings::from_sources(None, &environment.collect())
    }

    fn with_file(text: &str) -> Result<Settings, SettingsError> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        Settings::from_sources(Some(file.path()), &Map::new())
    }

    #[test]
    fn the_defaults_are_valid() {
        let settings = Settings::defaults().unwrap();
        assert_eq!(settings.server.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(
            settings.access.policy().unwrap(),
            deskledger_domain::Policy::default()
        );
    }

    #[test]
    fn the_example_for_production_is_valid() {
        with_file(include_str!("../../../../config/production.toml")).unwrap();
    }

    #[test]
    fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"[limits]\nexports = 7\nqueue_length = 5\n")
            .unwrap();
        let environment = [("DESKLEDGER__LIMITS__EXPORTS".into(), "9".into())].into();
        let settings = Settings::from_sources(Some(file.path()), &environment).unwrap();
        assert_eq!(settings.limits.exports, 9);
        assert_eq!(settings.limits.queue_length, 5);
        assert_eq!(settings.limits.queue_seconds, 10);
    }

    #[test]
    fn a_key_that_does_not_exist_is_refused_by_its_name() {
        for refused in [
            with_environment(&[("DESKLEDGER__DATABASE__URI", "x")]),
            with_file("[database]\nuri = 'x'\n"),
            with_file("[datebase]\nurl = 'x'\n"),
            with_file("[[identity.tokens]]\ntoken = 'x'\n"),
        ] {
            let message = refused.unwrap_err().to_string();
            let named = ["uri", "datebase", "token"];
            assert!(named.iter().any(|name| message.contains(name)), "{message}");
        }
    }

    #[test]
    fn a_value_that_is_not_allowed_is_refused_by_the_name_of_its_key() {
        for (file, key) in [
            ("[limits]\nexports = 0", "limits.exports"),
            ("[limits]\nexports = 'many'", "limits.exports"),
            ("[limits]\nqueries = 0", "limits.queries"),
            (
                "[limits]\nexports_per_project = 0",
                "limits.exports_per_project",
            ),
            ("[limits]\nrecordings = 0", "limits.recordings"),
            ("[limits]\nrecord_batch = 0", "limits.record_batch"),
            ("[limits]\nrecord_array = 0", "limits.record_array"),
            (
                "[limits]\nslow_body_seconds = 0",
                "limits.slow_body_seconds",
            ),
            ("[tasks]\nlease_seconds = 0", "tasks.lease_seconds"),
            ("[tasks]\nstorage = 'ftp://h'", "tasks.storage"),
            ("[tasks]\nstorage = 's3://bucket'", "tasks.s3.access_key_id"),
            ("[server]\nlisten = 'everywhere'", "server.listen"),
            ("[logging]\nformat = 'xml'", "logging.format"),
            ("[audit]\nlists = 'some'", "audit.lists"),
            ("[logging]\nlevel = 'a=b=c'", "logging.level"),
            ("[logging]\nlevel = 'verbose'", "logging.level"),
            ("[logging]\nlevel = ''", "logging.level"),
            ("[logging]\nlevel = 'info,'", "logging.level"),
            ("[logging]\nlevel = ' '", "logging.level"),
            ("[logging]\nlevel = 'info,a=loud'", "logging.level"),
            (
                "[access.roles]\nte_admin = ['everything']",
                "access.roles.te_admin",
            ),
            (
                "[[access.messages.keys]]\nid = 'a'\nkey = 'hunter2'",
                "access.messages.keys[0].key",
            ),
            (
                "[identity.iam]\nurl = 'https://iam.example.com/v3'",
                "identity.iam.url",
            ),
            (
                "[[identity.tokens]]\nsha256 = 'abc'\nuser = 'a'\nproject_id = 'p'\nroles = []",
                "identity.tokens[0].sha256",
            ),
            (
                "[[identity.tokens]]\nsha256 = '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae'\nuser = 'a'\nproject_id = ''\nroles = []",
                "identity.tokens[0].project_id",
            ),
            (
                "[[identity.access_keys]]\nid = 'a, b'\nsecret = 's'\nuser = 'a'\nproject_id = 'p'\nroles = []",
                "identity.access_keys[0].id",
            ),
            (
                "[[identity.access_keys]]\nid = 'a'\nsecret = ''\nuser = 'a'\nproject_id = 'p'\nroles = []",
                "identity.access_keys[0].secret",
            ),
            (
                "[[identity.sealing_keys]]\nid = 'a'\nkey = 'hunter2'",
                "identity.sealing_keys[0].key",
            ),
        ] {
            let message = with_file(file).unwrap_err().to_string();
            assert!(message.contains(key), "{key}: {message}");
        }
    }

    #[test]
    fn a_value_of_another_kind_is_refused_and_none_is_converted() {
        for (file, reason) in [
            (
                "[server]\nworkers = 1.5",
                "server.workers must be a whole number, and is 1.5",
            ),
            (
                "[server]\nworkers = true",
                "server.workers must be a whole number, and is true",
            ),
            (
                "[server]\nworkers = '4'",
                "server.workers must be a whole number, and is a text",
            ),
            (
                "[server]\nworkers = -1",
                "server.workers must be 0 to 1024, and is -1",
            ),
            (
                "[server]\nworkers = 100000",
                "server.workers must be 0 to 1024, and is 100000",
            ),
            (
                "[server]\nexplorer = 2",
                "server.explorer must be true or false, and is 2",
            ),
            (
                "[server]\nlisten = 8080",
                "server.listen must be a text in quotes, and is 8080",
            ),
            (
                "[limits]\nqueue_seconds = 9223372036854775807",
                "limits.queue_seconds must be 0 to ",
            ),
            (
                "[limits]\nexports = [1]",
                "limits.exports must be a whole number, and is a list",
            ),
            (
                "[retention]\ndays = 1.5",
                "retention.days must be a whole number, and is 1.5",
            ),
            ("[identity]\ntokens = 'x'", "identity.tokens must be a list"),
        ] {
            let message = with_file(file).unwrap_err().to_string();
            assert!(
                message.contains(&format!(", line 2: {reason}")),
                "{message}"
            );
        }
        let message = with_file("limits = 3").unwrap_err().to_string();
        assert!(
            message.contains(", line 1: limits must be a section, and is 3"),
            "{message}"
        );
        let message = with_file("\n\nnonsense").unwrap_err().to_string();
        assert!(message.contains(", line 3: "), "{message}");
        for (text, reason) in [
            (
                "1.5",
                "limits.exports must be a whole number, and is \"1.5\"",
            ),
            ("", "limits.exports must be a whole number, and is \"\""),
            ("0", "limits.exports must be 1 to 10000, and is 0"),
        ] {
            let refused = with_environment(&[("DESKLEDGER__LIMITS__EXPORTS", text)]);
            let expected = format!("DESKLEDGER__LIMITS__EXPORTS in the environment: {reason}");
            assert_eq!(refused.unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn a_text_of_the_environment_that_looks_like_a_number_stays_as_it_is() {
        let settings =
            with_environment(&[("DESKLEDGER__DATABASE__APPLICATION_NAME", "007")]).unwrap();
        assert_eq!(settings.database.application_name, "007");
    }

    #[test]
    fn a_variable_with_one_underscore_is_refused_where_it_was_meant_for_a_key() {
        let refused = with_environment(&[("DESKLEDGER_DATABASE_URL", "sqlite://x")]);
        let message = refused.unwrap_err().to_string();
        assert!(
            message.ends_with("as in DESKLEDGER__DATABASE__URL"),
            "{message}"
        );
        with_environment(&[("DESKLEDGER_TEST_POSTGRES", "x")]).unwrap();
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        for path in ["/nowhere/deskledger.toml", "/"] {
            let refused = Settings::from_sources(Some(Path::new(path)), &Map::new());
            let message = refused.unwrap_err().to_string();
            assert!(message.contains(path), "{message}");
        }
    }

    #[test]
    fn no_message_speaks_of_types_of_rust() {
        for file in [
            "[logging]\nformat = 'xml'",
            "[server]\nlisten = 'everywhere'",
            "[identity]\ntokens = [{ sha256 = 1 }]",
            "[identity]\ntokens = [{ sha256 = 'x' }]",
            "[access.roles]\nx = 'y'",
            "[[identity.tokens]]\nsha256 = 'x'\nuser = 'x'\nproject_id = 'x'\nroles = 'x'",
            "[logging]\nlevel = 'verbose'",
        ] {
            let message = with_file(file).unwrap_err().to_string();
            for word in [
                "enum",
                "struct",
                "variant",
                "sequence",
                "u32",
                "i64",
                "bit integer",
            ] {
                assert!(!message.contains(word), "{message}");
            }
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let settings =
            with_environment(&[("DESKLEDGER__DATABASE__URL", "postgres://u:hunter2@h/d")]).unwrap();
        assert!(!format!("{settings:?}").contains("hunter2"));
    }

    #[test]
    fn a_secret_is_never_shown() {
        let key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
        let settings = with_file(&format!(
            "[[identity.sealing_keys]]\nid = 'a'\nkey = '{key}'\n[[identity.access_keys]]\nid = 'a'\n\
             secret = 'hunter2'\nuser = 'a'\nproject_id = 'p'\nroles = []"
        ))
        .unwrap();
        let shown = format!("{settings:?}");
        assert!(
            !shown.contains("hunter2") && !shown.contains(key),
            "{shown}"
        );
    }
}
