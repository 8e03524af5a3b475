//! The elements of lists: of which kind each is, and which keys it has.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::kind::Kind;

const USER: [(&str, Kind); 3] = [
    ("user", Kind::Text),
    ("project_id", Kind::Text),
    ("roles", Kind::List),
];
const SEALING_KEY: [(&str, Kind); 3] = [
    ("id", Kind::Text),
    ("key", Kind::Text),
    ("key_file", Kind::Text),
];

/// The lists whose elements are sections, with the keys of these. The elements of every other list are texts.
const SECTIONS: &[(&str, &[(&str, Kind)])] = &[
    (
        "identity.tokens",
        &[("sha256", Kind::Text), USER[0], USER[1], USER[2]],
    ),
    (
        "identity.access_keys",
        &[
            ("id", Kind::Text),
            ("secret", Kind::Text),
            USER[0],
            USER[1],
            USER[2],
        ],
    ),
    (
        "identity.oidc.grants",
        &[("group", Kind::Text), USER[1], USER[2]],
    ),
    ("identity.sealing_keys", &SEALING_KEY),
    ("access.messages.keys", &SEALING_KEY),
];

/// What is wrong with the elements of a list, and where. Which keys are missing is not looked at here.
pub(super) fn refusal(
    list: &str,
    values: &[Spanned<DeValue<'_>>],
) -> Option<(Range<usize>, String)> {
    let keys = SECTIONS.iter().find(|(name, _)| *name == list);
    values.iter().enumerate().find_map(|(position, value)| {
        let name = format!("{list}[{position}]");
        match (keys, value.get_ref()) {
            (Some((_, keys)), DeValue::Table(table)) => refusal_of_section(&name, keys, table),
            (Some(_), _) => Some((
                value.span(),
                format!("{name} must be a section of its own, as in [[{list}]]"),
            )),
            (None, text) => Some((value.span(), Kind::Text.refusal(&name, text)?)),
        }
    })
}

fn refusal_of_section(
    name: &str,
    keys: &[(&str, Kind)],
    table: &DeTable<'_>,
) -> Option<(Range<usize>, String)> {
    table.iter().find_map(|(key, value)| {
        let Some((_, kind)) = keys.iter().find(|(known, _)| known == key.get_ref()) else {
            let known: Vec<_> = keys.iter().map(|(known, _)| *known).collect();
            let known = known.join(", ");
            let key_name = key.get_ref();
            return Some((
                key.span(),
                format!("there is no setting {name}.{key_name}: the keys of {name} are {known}"),
            ));
        };
        let name = format!("{name}.{}", key.get_ref());
        if let Some(reason) = kind.refusal(&name, value.get_ref()) {
            return Some((key.span(), reason));
        }
        match value.get_ref() {
            DeValue::Array(values) => refusal(&name, values),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use config::Map;

    use super::*;
    use crate::Settings;

    fn error_of(text: &str) -> String {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let read = Settings::from_sources(Some(file.path()), &Map::new());
        read.map_or_else(|error| error.to_string(), |_| String::new())
    }

    #[test]
    fn a_key_of_an_element_has_a_kind_and_no_value_is_converted() {
        for (list, keys) in SECTIONS {
            for (key, kind) in *keys {
                let wrong = if *kind == Kind::Text { "1" } else { "'x'" };
                let error = error_of(&format!("\n[[{list}]]\n{key} = {wrong}\n"));
                let expected = format!(", line 3: {list}[0].{key} must be ");
                assert!(error.contains(&expected), "{error}");
            }
            let error = error_of(&format!("[[{list}]]\nnonsense = 1\n"));
            let expected = format!(", line 2: there is no setting {list}[0].nonsense: the keys of");
            assert!(error.contains(&expected), "{error}");
            assert!(error.contains(keys[0].0), "{error}");
        }
        for (text, expected) in [
            (
                "[identity]\ntokens = [1]",
                "identity.tokens[0] must be a section of its own, as in [[identity.tokens]]",
            ),
            (
                "[server]\ntrusted_proxies = [1]",
                "server.trusted_proxies[0] must be a text in quotes, and is 1",
            ),
            (
                "[access.roles]\nx = ['sts::decodeAuthorizationMessage', 1]",
                "access.roles.x[1] must be a text in quotes, and is 1",
            ),
            (
                "[[identity.tokens]]\nroles = [true]",
                "identity.tokens[0].roles[0] must be a text in quotes, and is true",
            ),
        ] {
            let error = error_of(text);
            assert!(error.ends_with(&format!(", line 2: {expected}")), "{error}");
        }
    }

    #[test]
    fn every_key_of_an_element_that_the_settings_take_is_known() {
        for (list, keys) in SECTIONS {
            let values = keys.iter().map(|(key, kind)| match kind {
                Kind::List => format!("{key} = []\n"),
                _ => format!("{key} = 'x'\n"),
            });
            let error = error_of(&format!("[[{list}]]\n{}", values.collect::<String>()));
            for words in ["is missing", "unknown field", "there is no setting"] {
                assert!(!error.contains(words), "{error}");
            }
        }
    }
}
