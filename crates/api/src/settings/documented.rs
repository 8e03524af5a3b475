//! Every key of the settings, one after the other: that it is documented, and that a wrong value is refused by its name.

use std::collections::{BTreeMap, BTreeSet};

use config::Map;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Settings;
use super::kind::{Kind, kind_in, range_of};
use super::source;

const OPERATIONS: &str = include_str!("../../../../docs/OPERATIONS.md");

/// The keys that hold a value, with its kind and its default as the table writes it.
fn keys() -> BTreeMap<String, (Kind, String)> {
    let defaults = DeTable::parse(source::DEFAULTS).unwrap();
    source::known_keys()
        .into_iter()
        .filter(|(key, kind)| {
            *kind != Kind::Section
                && key
                    .rsplit_once('.')
                    .is_none_or(|(section, _)| kind_in(section).is_none())
        })
        .map(|(key, kind)| {
            let mut value = None;
            let mut table = defaults.get_ref();
            for name in key.split('.') {
                value = table.get(name).map(Spanned::get_ref);
                if let Some(DeValue::Table(inner)) = value {
                    table = inner;
                }
            }
            let default = value.map(shown).unwrap_or_default();
            (key, (kind, default))
        })
        .collect()
}

/// A default as the table writes it: an empty text where there is no default.
fn shown(default: &DeValue<'_>) -> String {
    match default {
        DeValue::String(text) if text.is_empty() => String::new(),
        DeValue::String(text) => format!("`{text}`"),
        DeValue::Integer(number) => format!("`{}`", number.as_str().replace('_', "")),
        DeValue::Boolean(truth) => format!("`{truth}`"),
        DeValue::Array(list) if list.is_empty() => String::new(),
        _ => "something else".to_owned(),
    }
}

/// The rows of the table of settings: keys, default, meaning.
fn rows() -> Vec<(Vec<String>, String, String)> {
    let mut lines = OPERATIONS.lines();
    lines.find(|line| *line == "| key | default | meaning |");
    lines
        .skip(1)
        .map_while(|line| {
            let line = line.strip_prefix("| ")?.strip_suffix(" |")?;
            let mut cells = line.splitn(3, '|').map(str::trim);
            let (keys, default, meaning) = (cells.next()?, cells.next()?, cells.next()?);
            let keys = keys.split(", ").map(|key| key.trim_matches('`').to_owned());
            Some((keys.collect(), default.to_owned(), meaning.to_owned()))
        })
        .collect()
}

fn set(key: &str, value: &str) -> Result<Settings, String> {
    let file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
    // A parent of dotted keys in the same line makes no section, so this is as good as one.
    std::fs::write(file.path(), format!("{key} = {value}\n")).unwrap();
    Settings::from_sources(Some(file.path()), &Map::new()).map_err(|error| error.to_string())
}

#[test]
fn the_table_of_settings_has_every_key_with_its_default_and_no_other() {
    let keys = keys();
    let rows = rows();
    let documented: Vec<_> = rows.iter().flat_map(|(keys, ..)| keys.clone()).collect();
    let unique: BTreeSet<_> = documented.iter().cloned().collect();
    assert_eq!(unique.len(), documented.len(), "a key stands there twice");
    let sections = BTreeSet::from(["access.roles".to_owned()]);
    let known: BTreeSet<_> = keys.keys().cloned().chain(sections.clone()).collect();
    let missing: Vec<_> = known.difference(&unique).collect();
    let foreign: Vec<_> = unique.difference(&known).collect();
    assert!(
        missing.is_empty() && foreign.is_empty(),
        "missing: {missing:?}; no keys: {foreign:?}"
    );

    for (row, default, _) in &rows {
        for key in row.iter().filter(|key| !sections.contains(*key)) {
            let default = if matches!(default.as_str(), "none" | "`[]`") {
                ""
            } else {
                default
            };
            assert_eq!(default, keys[key].1, "the default of {key}");
        }
    }
}

#[test]
fn a_value_of_another_kind_is_refused_by_the_name_of_its_key_whichever_that_is() {
    let kinds = [
        (Kind::Text, "\"4\""),
        (Kind::Integer, "4"),
        (Kind::Boolean, "true"),
        (Kind::List, "[[1]]"),
        (Kind::Section, "{ x = 1 }"),
    ];
    for (key, (kind, _)) in keys() {
        for (other, value) in kinds.into_iter().filter(|(other, _)| *other != kind) {
            let error = set(&key, value).unwrap_err();
            assert!(error.contains(&key), "{key} = {value} ({other:?}): {error}");
        }
        for value in ["1.5", "2026-11-28"] {
            let error = set(&key, value).unwrap_err();
            assert!(error.contains(&key), "{key} = {value}: {error}");
        }
    }
}

#[test]
fn a_number_out_of_range_is_refused_by_the_name_of_its_key_whichever_that_is() {
    let meanings: BTreeMap<_, _> = rows()
        .into_iter()
        .flat_map(|(keys, _, meaning)| keys.into_iter().map(move |key| (key, meaning.clone())))
        .collect();
    let mut undocumented = Vec::new();
    for (key, (kind, _)) in keys() {
        if kind != Kind::Integer {
            continue;
        }
        let range = range_of(&key);
        let beyond = [range.start() - 1, range.end() + 1, i64::MAX, i64::MIN];
        for number in beyond {
            let error = set(&key, &number.to_string()).unwrap_err();
            assert!(error.contains(&key), "{key} = {number}: {error}");
        }
        let most = set(&key, &range.end().to_string());
        assert!(most.is_ok(), "{key} = {}: {most:?}", range.end());
        // The table says which numbers must not be zero, and no other is refused.
        let from_one = meanings[&key].contains("At least 1");
        let zero = set(&key, "0").err();
        if zero.is_some() != from_one || zero.is_some_and(|error| !error.contains(&key)) {
            undocumented.push(key);
        }
    }
    assert_eq!(undocumented, [""; 0], "whether 0 is refused");
}

#[test]
fn a_text_that_cannot_be_meant_is_refused_by_the_name_of_its_key() {
    // What any text may stand in: it is used as it is.
    const ANY: [&str; 10] = [
        "database.url",
        "database.application_name",
        "identity.iam.ca_file",
        "tasks.s3.access_key_id",
        "tasks.s3.ca_file",
        "tasks.s3.endpoint",
        "tasks.s3.region",
        "tasks.s3.secret_access_key",
        "tasks.storage",
        "",
    ];
    for (key, (kind, _)) in keys() {
        if kind == Kind::Text && !ANY.contains(&key.as_str()) {
            let error = set(&key, "\"no such thing\"").unwrap_err();
            assert!(error.contains(&key), "{key}: {error}");
        }
    }
}
