//! Where a setting that is wrong was set: the line of a file, or a variable of the environment.

use std::path::{Path, PathBuf};

use config::Map;
use toml::de::{DeTable, DeValue};

use super::source::{PREFIX, line_of};
use super::{Settings, SettingsError, file};

/// Where settings came from: a file, and the names of variables. No value is kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Origins {
    file: Option<PathBuf>,
    variables: Vec<String>,
}

impl Origins {
    pub(super) fn new(file: Option<&Path>, environment: &Map<String, String>) -> Self {
        let names = environment.keys();
        Self {
            file: file.map(Path::to_owned),
            variables: names
                .filter(|name| name.starts_with(PREFIX))
                .cloned()
                .collect(),
        }
    }

    /// What set a key: a variable, or a line of the file. `None` where the defaults did.
    fn of(&self, key: &str) -> Option<String> {
        if let Some(name) = self.variables.iter().find(|name| sets(name, key)) {
            return Some(format!("{name} in the environment"));
        }
        // A pipe has no lines any more, and to open it again may wait for ever.
        let path = self
            .file
            .as_deref()
            .filter(|path| !file::is_read_once(path))?;
        let line = line_of_key(&file::read(path).ok()?, key)?;
        Some(format!("{}, line {line}", path.display()))
    }

    /// An error whose text begins with a key, behind what set that key. Nothing is added where the defaults did.
    pub(super) fn located(&self, error: SettingsError) -> SettingsError {
        let text = &error.0;
        let key = text.split_once(':').map_or("", |(key, _)| key);
        match self.of(key) {
            Some(origin) => SettingsError(format!("{origin}: {text}")),
            None => error,
        }
    }
}

impl Settings {
    /// An error of a setting that is looked at later, such as that of a file which it names, behind what set it.
    pub fn located(&self, error: SettingsError) -> SettingsError {
        self.origins.located(error)
    }

    /// What set a key itself, and nothing that holds it: a line of the file, or a variable of the environment. `None` where the
    /// defaults did.
    pub(super) fn origin_of(&self, key: &str) -> Option<String> {
        let origins = &self.origins;
        if origins.variables.iter().any(|name| sets(name, key)) {
            return origins.of(key);
        }
        let path = origins.file.as_deref()?;
        if file::is_read_once(path) {
            return Some(format!("{} or the defaults", path.display()));
        }
        let position = position_of_key(&file::read(path).ok()?, key)?;
        position.is_whole.then(|| origins.of(key))?
    }

    /// A key behind what set it: `/etc/deskledger.toml, line 3: database.url`, or a variable of the environment. The key alone
    /// where the defaults did.
    pub fn origin(&self, key: &str) -> String {
        match self.origins.of(key) {
            Some(origin) => format!("{origin}: {key}"),
            None => key.to_owned(),
        }
    }
}

/// Whether a variable sets a key.
fn sets(name: &str, key: &str) -> bool {
    name.strip_prefix(PREFIX)
        .is_some_and(|name| name.to_lowercase().replace("__", ".") == key)
}

/// The line in which a key such as `identity.tokens[0].user` is set, or else the line of what would hold it.
fn line_of_key(text: &str, key: &str) -> Option<usize> {
    position_of_key(text, key).map(|position| line_of(text, position.start))
}

/// Where a key is set.
struct Position {
    /// The first byte.
    start: usize,
    /// Whether the key itself is there, and not only what would hold it.
    is_whole: bool,
}

fn position_of_key(text: &str, key: &str) -> Option<Position> {
    let document = DeTable::parse(text).ok()?;
    let mut table = document.get_ref();
    let mut span = None;
    let mut parts = key.split('.').peekable();
    let mut is_whole = false;
    while let Some(part) = parts.next() {
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
        is_whole = parts.peek().is_none();
        let DeValue::Table(inner) = value else { break };
        table = inner;
    }
    span.map(|span| Position {
        start: span.start,
        is_whole,
    })
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
