//! Every key of the settings, one after the other: that it is documented, and that a wrong value is refused by its name.

use std::collections::{BTreeMap, BTreeSet};

use config::Map;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Settings;
use super::kind::{Kind, kind_in, range_of};
use super::source;

const OPERATIONS: &str = include_str!("../../../docs/OPERATIONS.md");

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
        DeValue::Array(list) => {
            let texts = list.iter().filter_map(|text| text.get_ref().as_str());
            let texts: Vec<_> = texts.map(|text| format!("\"{text}\"")).collect();
            format!("`[{}]`", texts.join(", "))
        }
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
    // The name of the file is random, so it may hold any word.
    let name = file.path().display().to_string();
    Settings::from_sources(Some(file.path()), &Map::new())
        .map_err(|error| error.to_string().replace(&name, "FILE"))
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

/// The keys whose end a library sets, or the memory.
const ENDS: [&str; 4] = [
    "server.workers",
    "limits.url_bytes",
    "limits.header_bytes",
    "limits.body_bytes",
];

/// A number as documents write it: 65,534.
fn grouped(number: i64) -> String {
    let digits = number.to_string();
    let mut result = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            result.push(',');
        }
        result.push(digit);
    }
    result
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
        let least = set(&key, &range.start().to_string());
        assert!(least.is_ok(), "{key} = {}: {least:?}", range.start());
        // The table says where numbers begin that must not be zero, and which ends anybody may reach.
        let meaning = &meanings[&key];
        let begins = if *range.start() == 0 {
            meaning.contains(" 0: ")
        } else {
            meaning.contains(&format!("At least {}", grouped(*range.start())))
        };
        let ends = !ENDS.contains(&key.as_str())
            || meaning.contains(&format!("at most {}", grouped(*range.end())));
        if !(begins && ends) {
            undocumented.push(key);
        }
    }
    assert_eq!(undocumented, [""; 0], "the range of numbers");
}

#[test]
fn a_text_that_cannot_be_meant_is_refused_by_the_name_of_its_key() {
    // What any text may stand in: it is used as it is. A URL is looked at when the database is opened.
    const ANY: [&str; 15] = [
        "database.url",
        "database.application_name",
        "identity.iam.ca_file",
        "identity.oidc.ca_file",
        "identity.oidc.client_id",
        "identity.oidc.client_secret",
        "identity.oidc.groups_claim",
        "identity.oidc.label",
        "identity.oidc.user_claim",
        "tasks.s3.access_key_id",
        "tasks.s3.ca_file",
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

#[test]
fn no_message_about_any_key_speaks_of_this_program() {
    const WORDS: [&str; 22] = [
        "enum",
        "struct",
        "variant",
        "sequence",
        "u32",
        "i64",
        "usize",
        "bit integer",
        "invalid type",
        "invalid digit",
        "invalid socket",
        "invalid value",
        "expected",
        "directive",
        "syntax",
        "stream",
        "parse",
        "literal",
        "Some(",
        "None",
        "Err(",
        "os error",
    ];
    let values = [
        "\"\"",
        "\"no such thing\"",
        "\"\\u0000\"",
        "\"=\"",
        "-1",
        "1e9",
        "0x",
        "true",
        "[1]",
        "[[1]]",
        "[{ x = 1 }]",
        "{ x = 1 }",
        "2026-11-28",
        "nan",
    ];
    for key in keys().into_keys() {
        for value in values {
            if let Err(error) = set(&key, value) {
                let found = WORDS.iter().find(|word| error.contains(*word));
                assert_eq!(found, None, "{key} = {value}: {error}");
            }
        }
    }
    for name in keys()
        .into_keys()
        .map(|key| key.replace('.', "__").to_uppercase())
    {
        for value in ["", " ", "no such thing", "1.5", "-1", "[]", "{}"] {
            let environment = [(format!("{}{name}", source::PREFIX), value.to_owned())].into();
            if let Err(error) = Settings::from_sources(None, &environment) {
                let error = error.to_string();
                let found = WORDS.iter().find(|word| error.contains(*word));
                assert_eq!(found, None, "{name} = {value}: {error}");
            }
        }
    }
}
