use std::path::PathBuf;
use std::time::Duration;

use deskledger_identity::url::decode;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use ureq::http::Uri;

use super::check::wrong;
use super::{Settings, SettingsError};

/// Exports that go on as tasks.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskSettings {
    /// Tasks that this process runs at once, among the exports that it may run. 0: it runs none, and leaves them to others.
    pub at_once: u32,
    /// Where their files are: a folder, or `s3://bucket/prefix`. Empty: beside the file of a SQLite database.
    pub storage: String,
    /// How long a file is kept, in hours.
    pub retention_hours: u32,
    /// Tasks of one project that may wait or run.
    pub waiting_per_project: u32,
    /// How often a task is begun before it fails.
    pub attempts: u32,
    /// How long a task stays with a process that is not heard of, in seconds.
    pub lease_seconds: u32,
    /// How often a process looks for tasks that others were asked for, in seconds.
    pub poll_seconds: u32,
    /// The S3-compatible storage.
    pub s3: S3Settings,
}

/// An S3-compatible storage.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct S3Settings {
    /// Its URL. Empty: that of AWS in the region.
    pub endpoint: String,
    /// Its region.
    pub region: String,
    /// The access key that requests are signed with.
    pub access_key_id: String,
    /// The secret of that key. It is never shown.
    pub secret_access_key: SecretString,
    /// Whether the bucket stands in the name of the host rather than in the path.
    pub virtual_hosted: bool,
    /// A file of certificates (PEM) that its certificate must come from. Empty: those of the public authorities.
    pub ca_file: PathBuf,
}

/// Where the files of tasks are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskLocation {
    /// In a folder.
    Folder(PathBuf),
    /// In a bucket.
    Bucket {
        /// The name of the bucket.
        name: String,
        /// What the names of the files begin with, without a slash at either end. It may be empty.
        prefix: String,
    },
}

impl TaskLocation {
    /// An error of `tasks.storage`: why the location is invalid, or cannot be used.
    pub fn wrong(reason: impl std::fmt::Display) -> SettingsError {
        wrong("tasks.storage", reason)
    }
}

impl TaskSettings {
    /// Checks what serde cannot.
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        self.s3.check_endpoint()?;
        if let Some(TaskLocation::Bucket { .. }) = self.named_location()? {
            self.s3.check()?;
        }
        Ok(())
    }

    /// The location that the settings name, if they name one.
    fn named_location(&self) -> Result<Option<TaskLocation>, SettingsError> {
        if self.storage.is_empty() {
            return Ok(None);
        }
        let Some(bucket) = self.storage.strip_prefix("s3://") else {
            if self.storage.contains("://") {
                return Err(TaskLocation::wrong(
                    "is neither a folder nor s3://bucket/prefix",
                ));
            }
            return Ok(Some(TaskLocation::Folder(PathBuf::from(&self.storage))));
        };
        let (name, prefix) = bucket.split_once('/').unwrap_or((bucket, ""));
        let is_of_bucket =
            |character: char| character.is_ascii_alphanumeric() || "-._".contains(character);
        if name.is_empty() || !name.chars().all(is_of_bucket) {
            return Err(TaskLocation::wrong(
                "names no bucket: write s3://bucket/prefix",
            ));
        }
        Ok(Some(TaskLocation::Bucket {
            name: name.to_owned(),
            prefix: prefix.trim_matches('/').to_owned(),
        }))
    }

    /// How long a file is kept.
    pub fn retention(&self) -> Duration {
        Duration::from_secs(u64::from(self.retention_hours) * 3600)
    }

    /// How long a task stays with a process that is not heard of.
    pub fn lease(&self) -> Duration {
        Duration::from_secs(self.lease_seconds.into())
    }

    /// How often a process looks for tasks that others were asked for.
    pub fn poll(&self) -> Duration {
        Duration::from_secs(self.poll_seconds.into())
    }
}

impl S3Settings {
    fn check_endpoint(&self) -> Result<(), SettingsError> {
        let refused = |reason: &str| Err(wrong("tasks.s3.endpoint", reason));
        if self.endpoint.is_empty() {
            return Ok(());
        }
        let Ok(uri) = self.endpoint.parse::<Uri>() else {
            return refused("must be a URL, such as https://s3.example.com");
        };
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return refused("must begin with https:// or http://");
        }
        // What is in front of an `@` is a password, and must not be shown.
        if uri
            .authority()
            .is_none_or(|host| host.as_str().contains('@'))
        {
            return refused("must name a host, and neither a user nor a password");
        }
        Ok(())
    }

    fn check(&self) -> Result<(), SettingsError> {
        let key = |name: &str| format!("tasks.s3.{name}");
        let is_of_region = |character: char| character.is_ascii_alphanumeric() || character == '-';
        if self.region.is_empty() || !self.region.chars().all(is_of_region) {
            return Err(wrong(
                &key("region"),
                "must have letters, digits and hyphens, as in us-east-1",
            ));
        }
        if self.access_key_id.is_empty() {
            return Err(wrong(&key("access_key_id"), "must not be empty"));
        }
        if self.secret_access_key.expose_secret().is_empty() {
            return Err(wrong(&key("secret_access_key"), "must not be empty"));
        }
        Ok(())
    }

    /// The authorities that the certificate of the storage must come from.
    ///
    /// # Errors
    /// When their file cannot be read.
    pub fn roots(&self) -> Result<ureq::tls::RootCerts, SettingsError> {
        super::certificate::roots(&self.ca_file, "tasks.s3.ca_file")
    }
}

impl Settings {
    /// Where the files of tasks are. `None` if the settings name no location, and the database has no file that they
    /// could be beside.
    ///
    /// # Errors
    /// When the location is invalid.
    pub fn task_location(&self) -> Result<Option<TaskLocation>, SettingsError> {
        let beside = || {
            let file = self.database.url.strip_prefix("sqlite://")?;
            // A second database in the same folder has files of its own.
            Some(TaskLocation::Folder(
                format!("{}-exports", decode(file)?).into(),
            ))
        };
        Ok(self.tasks.named_location()?.or_else(beside))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(database: &str, storage: &str) -> Result<Option<TaskLocation>, SettingsError> {
        let mut settings = Settings::defaults().unwrap();
        database.clone_into(&mut settings.database.url);
        storage.clone_into(&mut settings.tasks.storage);
        settings.task_location()
    }

    fn folder(path: &str) -> TaskLocation {
        TaskLocation::Folder(path.into())
    }

    fn bucket(name: &str, prefix: &str) -> TaskLocation {
        let (name, prefix) = (name.to_owned(), prefix.to_owned());
        TaskLocation::Bucket { name, prefix }
    }

    #[test]
    fn files_are_beside_a_file_of_sqlite_unless_a_location_is_named() {
        for (database, storage, expected) in [
            ("sqlite://a.db", "", Some(folder("a.db-exports"))),
            (
                "sqlite:///x/a%20b.db",
                "",
                Some(folder("/x/a b.db-exports")),
            ),
            ("postgres://h/d", "", None),
            ("postgres://h/d", "/var/x", Some(folder("/var/x"))),
            ("sqlite://a.db", "s3://b", Some(bucket("b", ""))),
            ("sqlite://a.db", "s3://b/c/d/", Some(bucket("b", "c/d"))),
        ] {
            assert_eq!(location(database, storage), Ok(expected));
        }
        for storage in ["s3://", "s3:///x", "ftp://h/x"] {
            let message = location("postgres://h/d", storage).unwrap_err().to_string();
            assert!(message.starts_with("tasks.storage"), "{message}");
        }
    }

    #[test]
    fn a_bucket_needs_a_key_whose_secret_is_never_shown() {
        let mut settings = Settings::defaults().unwrap();
        settings.tasks.storage = "s3://b".to_owned();
        let message = |settings: &Settings| settings.tasks.check().unwrap_err().to_string();
        assert!(message(&settings).starts_with("tasks.s3.access_key_id"));
        settings.tasks.s3.access_key_id = "AK".to_owned();
        assert!(message(&settings).starts_with("tasks.s3.secret_access_key"));
        settings.tasks.s3.secret_access_key = "hunter2".into();
        settings.tasks.check().unwrap();
        assert!(!format!("{settings:?}").contains("hunter2"));
        settings.tasks.s3.endpoint = "minio:9000".to_owned();
        assert!(message(&settings).starts_with("tasks.s3.endpoint"));
    }
}
