//! The effective settings, for a person: what each key is set to, and by what.

use std::collections::BTreeMap;
use std::fmt;

use config::{Value, ValueKind};
use deskledger_store::shown_url;

use super::{Settings, SettingsError};

/// What stands in place of a secret.
const HIDDEN: &str = "(hidden)";

/// A key with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShownSetting {
    /// The key: `limits.exports`, or `identity.tokens[0].user`.
    pub key: String,
    /// Its value, as TOML has it. A secret is not shown.
    pub value: String,
    /// What set it: a line of the file, or a variable of the environment. `None`: the defaults.
    pub origin: Option<String>,
}

/// The texts of all values, without a secret.
#[derive(Clone, Default)]
pub(super) struct ShownValues(BTreeMap<String, String>);

/// Debug output shows none of them: each section says for itself what of it may be seen.
impl fmt::Debug for ShownValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShownValues").finish_non_exhaustive()
    }
}

impl ShownValues {
    /// Those of the keys below a value.
    pub(super) fn of(value: &Value) -> Self {
        let mut values = Self::default();
        values.add("", value);
        values
    }

    fn add(&mut self, key: &str, value: &Value) {
        match &value.kind {
            ValueKind::Table(table) if !table.is_empty() => {
                let separator = if key.is_empty() { "" } else { "." };
                for (name, value) in table {
                    self.add(&format!("{key}{separator}{name}"), value);
                }
            }
            ValueKind::Array(values) if values.iter().any(is_table) => {
                for (position, value) in values.iter().enumerate() {
                    self.add(&format!("{key}[{position}]"), value);
                }
            }
            _ => {
                self.0.insert(key.to_owned(), shown(key, value));
            }
        }
    }
}

impl Settings {
    /// The effective settings, by their keys.
    pub fn shown(&self) -> Vec<ShownSetting> {
        let shown = self.values.0.iter().map(|(key, value)| ShownSetting {
            key: key.clone(),
            value: value.clone(),
            origin: self.origin_of(key),
        });
        shown.collect()
    }

    /// Checks what is read only when the service starts: the files that settings name, and where the files of tasks are.
    ///
    /// # Errors
    /// When a file cannot be read, or is not what it should be.
    pub fn check_files(&self) -> Result<(), SettingsError> {
        self.identity.secret_sealer()?;
        self.access.messages.sealer()?;
        if self.identity.iam.is_configured() {
            self.identity.iam.options()?;
        }
        self.oidc()?;
        if let Some(super::TaskLocation::Bucket { .. }) = self.task_location()? {
            self.tasks.s3.roots()?;
        }
        Ok(())
    }
}

fn is_table(value: &Value) -> bool {
    matches!(value.kind, ValueKind::Table(_))
}

/// A value as a person may see it. A new secret is hidden by the name of its key, whatever section it is in.
fn shown(key: &str, value: &Value) -> String {
    let name = key.rsplit('.').next().unwrap_or_default();
    let is_secret = name == "key"
        || ["secret", "password", "private"]
            .iter()
            .any(|word| name.contains(word));
    if is_secret {
        return match &value.kind {
            ValueKind::String(text) if text.is_empty() => toml(value),
            _ => HIDDEN.to_owned(),
        };
    }
    let is_of_database = key.starts_with("database.") && name.ends_with("url");
    match &value.kind {
        ValueKind::String(text) if text.is_empty() => toml(value),
        ValueKind::String(url) if is_of_database || names_user(url) => quoted(&shown_url(url)),
        _ => toml(value),
    }
}

/// Whether a text is a URL that may name a user with a password.
fn names_user(text: &str) -> bool {
    text.split_once("://")
        .is_some_and(|(_, rest)| rest.contains('@'))
}

fn toml(value: &Value) -> String {
    match &value.kind {
        ValueKind::String(text) => quoted(text),
        ValueKind::Array(values) => {
            let values: Vec<_> = values.iter().map(toml).collect();
            format!("[{}]", values.join(", "))
        }
        ValueKind::Table(_) => "{}".to_owned(),
        kind => kind.to_string(),
    }
}

fn quoted(text: &str) -> String {
    format!("{text:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Settings of a text and of a variable, with the file, in which lines are looked up later.
    fn settings(text: &str) -> (Settings, tempfile::NamedTempFile) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
        let variable = ("DESKLEDGER__LIMITS__EXPORTS".to_owned(), "5".to_owned());
        let environment = [variable].into_iter().collect();
        let settings = Settings::from_sources(Some(file.path()), &environment);
        (settings.unwrap(), file)
    }

    #[test]
    fn each_key_is_shown_with_what_set_it_and_no_secret_is() {
        let (settings, _file) = settings(
            "[database]\nurl = 'postgres://u:hunter2@localhost/d'\n\
             [[identity.access_keys]]\nid = 'AAAAAAAAAAAAAAAAAAAA'\nsecret = 'hunter2hunter2hunter2hunter2hunter2hunt'\n\
             user = 'ann'\nproject_id = 'p'\nroles = ['te_admin']\n\
             [[identity.sealing_keys]]\nid = 'a'\nkey = 'MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE='\n\
             [tasks.s3]\nsecret_access_key = 'hunter2'\n",
        );
        let shown = settings.shown();
        let text = format!("{shown:?} {settings:?}");
        assert!(
            !text.contains("hunter2") && !text.contains("MDEy"),
            "{text}"
        );
        let of = |key: &str| {
            let found = shown.iter().find(|setting| setting.key == key).unwrap();
            let origin = found.origin.as_deref().unwrap_or_default();
            let origin = origin.rsplit(", ").next().unwrap_or_default();
            (found.value.clone(), origin.to_owned())
        };
        let pair = |value: &str, origin: &str| (value.to_owned(), origin.to_owned());
        let variable = "DESKLEDGER__LIMITS__EXPORTS in the environment";
        assert_eq!(of("limits.exports"), pair("5", variable));
        assert_eq!(
            of("identity.access_keys[0].user"),
            pair("\"ann\"", "line 6")
        );
        assert_eq!(
            of("identity.access_keys[0].roles"),
            pair("[\"te_admin\"]", "line 8")
        );
        assert_eq!(
            of("identity.access_keys[0].secret"),
            pair("(hidden)", "line 5")
        );
        assert_eq!(
            of("identity.sealing_keys[0].key"),
            pair("(hidden)", "line 11")
        );
        assert_eq!(
            of("tasks.s3.secret_access_key"),
            pair("(hidden)", "line 13")
        );
        assert_eq!(of("identity.iam.url"), pair("\"\"", ""));
        assert_eq!(of("database.read_url"), pair("\"\"", ""));
        assert_eq!(of("database.url").1, "line 2");
    }

    #[test]
    fn no_url_shows_a_password() {
        let url = "postgres://ann:s3cret@h/d?password=s3cret";
        for key in [
            "database.url",
            "database.read_url",
            "database.some_new_url",
            "some.new.address",
        ] {
            let shown = shown(key, &Value::new(None, url));
            assert_eq!(shown, "\"postgres://***@h/d\"", "{key}");
        }
        let parameters = Value::new(None, "postgres://h/d?password=s3cret");
        assert_eq!(
            shown("database.read_url", &parameters),
            "\"postgres://h/d\""
        );
        let plain = Value::new(None, "https://iam.example.com/a?b=c");
        assert_eq!(
            shown("identity.iam.url", &plain),
            "\"https://iam.example.com/a?b=c\""
        );
    }
}
