//! Where settings come from: the defaults, a file, the environment. Each value is held against the default of its key, so
//! that a wrong one is named with its file, line and key, and no value is converted in silence.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::ops::Range;
use std::path::Path;

use config::{Config, File, FileFormat, Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::kind::{Kind, kind_in};
use super::{SettingsError, element, file, grammar};

/// Every key with its default; the file that the documentation shows is the one that is used.
pub(super) const DEFAULTS: &str = include_str!("../../../config/default.toml");

/// What every variable of the environment begins with that sets a key.
pub(super) const PREFIX: &str = "DESKLEDGER__";

/// What somebody writes who forgot that the separator is two underscores.
const WRONG_PREFIX: &str = "DESKLEDGER_";

/// Reads all sources; a later one wins.
///
/// # Errors
/// When the file cannot be read, a key does not exist, or a value is of another kind than its default or out of range.
pub(super) fn read(
    file: Option<&Path>,
    environment: &Map<String, String>,
) -> Result<Config, SettingsError> {
    let known = Known::new()?;
    let mut builder = Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
    if let Some(path) = file {
        let text = read_file(path)?;
        known.check(&text, path)?;
        builder = builder.add_source(File::from_str(&text, FileFormat::Toml));
    }
    for (name, text) in environment {
        if let Some((key, value)) = known.variable(name, text)? {
            builder = builder.set_override(key, value).map_err(of_library)?;
        }
    }
    builder.build().map_err(of_library)
}

/// The variables of an environment that are text. One that is not, and has a name of ours, would be left out in silence.
///
/// # Errors
/// When there is such a one. Its value is not shown.
pub(super) fn texts(
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Map<String, String>, SettingsError> {
    let mut texts = Map::new();
    for (name, value) in variables {
        match (name.into_string(), value.into_string()) {
            (Ok(name), Ok(value)) => {
                texts.insert(name, value);
            }
            (Ok(name), Err(_)) if !name.starts_with(PREFIX) => {}
            (Err(name), _) if !name.to_string_lossy().starts_with(PREFIX) => {}
            (name, _) => {
                let name = name.unwrap_or_else(|name| name.to_string_lossy().into_owned());
                return Err(SettingsError(format!(
                    "{name} in the environment: is not UTF-8"
                )));
            }
        }
    }
    Ok(texts)
}

fn of_library(error: config::ConfigError) -> SettingsError {
    SettingsError::of_config(error)
}

fn read_file(path: &Path) -> Result<String, SettingsError> {
    file::read(path).map_err(|error| {
        SettingsError(format!(
            "the file of settings {} cannot be read: {error}",
            path.display()
        ))
    })
}

/// The keys that exist, with the kinds of their values.
#[cfg(test)]
pub(super) fn known_keys() -> BTreeMap<String, Kind> {
    Known::new().unwrap().0
}

/// The keys that exist, with the kinds of their values.
struct Known(BTreeMap<String, Kind>);

impl Known {
    fn new() -> Result<Self, SettingsError> {
        let defaults = DeTable::parse(DEFAULTS).map_err(|error| {
            SettingsError(format!("the defaults cannot be read: {}", error.message()))
        })?;
        let mut kinds = Kind::without_default();
        collect(defaults.get_ref(), "", &mut kinds);
        Ok(Self(kinds))
    }

    /// Holds the text of a file against what is known.
    fn check(&self, text: &str, path: &Path) -> Result<(), SettingsError> {
        let at = |span: Option<Range<usize>>, reason: &str| {
            let line = span.map_or(1, |span| line_of(text, span.start));
            SettingsError(format!("{}, line {line}: {reason}", path.display()))
        };
        let table = DeTable::parse(text)
            .map_err(|error| at(error.span(), &grammar::reason(text, &error)))?;
        self.check_table(table.get_ref(), "", &|span, reason| at(Some(span), &reason))
    }

    fn check_table(
        &self,
        table: &DeTable<'_>,
        section: &str,
        wrong: &dyn Fn(Range<usize>, String) -> SettingsError,
    ) -> Result<(), SettingsError> {
        for (name, value) in table {
            let key = key_in(section, name.get_ref());
            let reason = match self.0.get(&key).copied().or_else(|| kind_in(section)) {
                Some(kind) => kind.refusal(&key, value.get_ref()),
                None => Some(self.unknown(&key)),
            };
            if let Some(reason) = reason {
                return Err(wrong(name.span(), reason));
            }
            match value.get_ref() {
                DeValue::Table(table) => self.check_table(table, &key, wrong)?,
                DeValue::Array(values) => {
                    if let Some((span, reason)) = element::refusal(&key, values) {
                        return Err(wrong(span, reason));
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// What an environment variable sets; `None` where the variable is not one of the service.
    fn variable(&self, name: &str, text: &str) -> Result<Option<(String, Value)>, SettingsError> {
        let Some(path) = name.strip_prefix(PREFIX) else {
            return self.refuse_forgotten_underscores(name).map(|()| None);
        };
        let key = path.to_lowercase().replace("__", ".");
        let wrong = |reason: String| SettingsError(format!("{name} in the environment: {reason}"));
        let Some(kind) = self.0.get(&key) else {
            return Err(wrong(self.unknown(&key)));
        };
        let value = kind.parse(&key, text).map_err(wrong)?;
        Ok(Some((key, value)))
    }

    /// A variable such as `DESKLEDGER_DATABASE_URL` would have no effect, and the default would be used in silence.
    fn refuse_forgotten_underscores(&self, name: &str) -> Result<(), SettingsError> {
        let Some(rest) = name.strip_prefix(WRONG_PREFIX) else {
            return Ok(());
        };
        let meant = rest.trim_matches('_').to_lowercase().replace("__", "_");
        match self.0.keys().find(|key| key.replace('.', "_") == meant) {
            Some(key) => Err(SettingsError(format!(
                "{name} in the environment has no effect: two underscores separate sections, as in {PREFIX}{}",
                key.replace('.', "__").to_uppercase()
            ))),
            None => Ok(()),
        }
    }

    /// That there is no such key, and which there are in the section that it is nearest to.
    fn unknown(&self, key: &str) -> String {
        let mut section = key;
        loop {
            section = section.rsplit_once('.').map_or("", |(section, _)| section);
            if section.is_empty() || self.0.get(section) == Some(&Kind::Section) {
                break;
            }
        }
        if kind_in(section).is_some() {
            return format!(
                "the keys of {section} are names of the operator's own: set them in a file"
            );
        }
        let names: Vec<_> = self
            .0
            .keys()
            .filter_map(|known| match (section, known.rsplit_once('.')) {
                ("", None) => Some(known.as_str()),
                (_, Some((of, name))) if of == section && !section.is_empty() => Some(name),
                _ => None,
            })
            .collect();
        let what = if section.is_empty() {
            "the sections are".to_owned()
        } else {
            format!("the keys of {section} are")
        };
        format!("there is no setting {key}: {what} {}", names.join(", "))
    }
}

fn collect(table: &DeTable<'_>, section: &str, kinds: &mut BTreeMap<String, Kind>) {
    for (name, value) in table {
        let key = key_in(section, name.get_ref());
        if let DeValue::Table(table) = Spanned::get_ref(value) {
            collect(table, &key, kinds);
        }
        if kind_in(section).is_none() {
            kinds.insert(key, Kind::of(value.get_ref()));
        }
    }
}

fn key_in(section: &str, name: &str) -> String {
    if section.is_empty() {
        name.to_owned()
    } else {
        format!("{section}.{name}")
    }
}

/// The line of a position in a text, from 1.
pub(super) fn line_of(text: &str, position: usize) -> usize {
    let before = text.as_bytes().iter().take(position);
    before.filter(|byte| **byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::range_of;

    #[test]
    fn every_number_of_the_defaults_is_in_its_range() {
        let defaults: toml::de::DeTable<'_> = DeTable::parse(DEFAULTS).unwrap().into_inner();
        let mut numbers = 0;
        for (section, values) in &defaults {
            for (name, value) in values.get_ref().as_table().unwrap() {
                let Some(number) = value.get_ref().as_integer() else {
                    continue;
                };
                let key = key_in(section.get_ref(), name.get_ref());
                let number: i64 = number.as_str().parse().unwrap();
                assert!(range_of(&key).contains(&number), "{key} = {number}");
                numbers += 1;
            }
        }
        assert!(numbers > 20);
    }

    #[cfg(unix)]
    #[test]
    fn a_variable_of_ours_that_is_not_utf_8_is_refused_and_any_other_is_left_alone() {
        use std::os::unix::ffi::OsStringExt as _;

        let bytes = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
        let read = |name: &[u8], value: &[u8]| {
            texts([(bytes(name), bytes(value))].into_iter()).map(|texts| texts.len())
        };
        assert_eq!(read(b"DESKLEDGER__A", b"x"), Ok(1));
        assert_eq!(read(b"OTHER", b"\xff"), Ok(0));
        assert_eq!(read(b"OTHER\xff", b"x"), Ok(0));
        let error = read(b"DESKLEDGER__DATABASE__URL", b"s3cret\xff").unwrap_err();
        assert_eq!(
            error.to_string(),
            "DESKLEDGER__DATABASE__URL in the environment: is not UTF-8"
        );
        assert!(read(b"DESKLEDGER__\xff", b"x").is_err());
    }
}
