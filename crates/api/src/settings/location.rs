//! Where a setting that is wrong was set: the line of a file, or a variable of the environment.

use std::path::Path;

use config::Map;
use toml::de::{DeTable, DeValue};

use super::source::{PREFIX, line_of};
use super::{SettingsError, file};

/// An error whose text begins with a key, behind what set that key. Nothing is added where the defaults did.
pub(super) fn located(
    error: SettingsError,
    path: Option<&Path>,
    environment: &Map<String, String>,
) -> SettingsError {
    let text = &error.0;
    let key = text.split_once(':').map_or("", |(key, _)| key);
    if let Some(name) = environment.keys().find(|name| sets(name, key)) {
        return SettingsError(format!("{name} in the environment: {text}"));
    }
    let line = |path| line_of_key(&file::read(path).ok()?, key);
    match path.and_then(|path| Some((path, line(path)?))) {
        Some((path, line)) => SettingsError(format!("{}, line {line}: {text}", path.display())),
        None => error,
    }
}

/// Whether a variable sets a key.
fn sets(name: &str, key: &str) -> bool {
    name.strip_prefix(PREFIX)
        .is_some_and(|name| name.to_lowercase().replace("__", ".") == key)
}

/// The line in which a key such as `identity.tokens[0].user` is set, or else the line of what would hold it.
fn line_of_key(text: &str, key: &str) -> Option<usize> {
    let document = DeTable::parse(text).ok()?;
    let mut table = document.get_ref();
    let mut span = None;
    for part in key.split('.') {
        let (name, index) = part.split_once('[').unwrap_or((part, ""));
        let Some((found, value)) = table.iter().find(|(key, _)| key.get_ref() == name) else {
            break;
        };
        span = Some(found.span());
        let mut value = value.get_ref();
        if let DeValue::Array(values) = value
            && let Ok(index) = index.trim_end_matches(']').parse::<usize>()
            && let Some(of_list) = values.get(index)
        {
            span = Some(of_list.span());
            value = of_list.get_ref();
        }
        let DeValue::Table(inner) = value else { break };
        table = inner;
    }
    span.map(|span| line_of(text, span.start))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "[limits]\nexports = 1\n\n[[identity.tokens]]\nuser = 'a'\n\n[[identity.tokens]]\nuser = ''\n";

    #[test]
    fn a_key_is_found_in_its_line_or_in_that_of_its_section() {
        for (key, line) in [
            ("limits.exports", Some(2)),
            ("limits.queries", Some(1)),
            ("identity.tokens[0].user", Some(5)),
            ("identity.tokens[1].user", Some(8)),
            ("identity.tokens[1].roles", Some(7)),
            ("server.listen", None),
        ] {
            assert_eq!(line_of_key(TEXT, key), line, "{key}");
        }
    }
}
