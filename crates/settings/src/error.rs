use config::ConfigError;
use thiserror::Error;

/// A setting is wrong. The text names its key and says what would be right.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct SettingsError(pub(super) String);

impl SettingsError {
    /// What the settings library found wrong in elements of lists, in its own words but for the key.
    pub(super) fn of_config(error: ConfigError) -> Self {
        let text = match error {
            ConfigError::NotFound(key) => format!("{}: is missing", key_of(&key)),
            ConfigError::At {
                error,
                key: Some(key),
                ..
            } => format!("{}: {error}", key_of(&key)),
            ConfigError::Type {
                key: Some(key),
                expected,
                unexpected,
                ..
            } => format!("{}: must be {expected}, and is {unexpected}", key_of(&key)),
            other => other.to_string(),
        };
        Self(in_plain_words(&text))
    }
}

/// The library speaks of the types of this program.
fn in_plain_words(text: &str) -> String {
    [
        ("a sequence", "a list"),
        ("a map", "a section"),
        ("invalid type: ", "the value is "),
    ]
    .iter()
    .fold(text.to_owned(), |text, (of_library, plain)| {
        text.replace(of_library, plain)
    })
}

/// A key as it is written everywhere: the library leaves out the full stop behind an index.
fn key_of(key: &str) -> String {
    let mut parts = key.split(']').peekable();
    let mut result = String::new();
    while let Some(part) = parts.next() {
        result.push_str(part);
        if let Some(next) = parts.peek() {
            result.push(']');
            if !next.is_empty() && !next.starts_with(['.', '[']) {
                result.push('.');
            }
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_behind_an_index_has_a_full_stop_before_it() {
        for (key, expected) in [
            ("identity.tokens[0]user", "identity.tokens[0].user"),
            ("identity.tokens[0].user", "identity.tokens[0].user"),
            ("a[0][1]b", "a[0][1].b"),
            ("a[0]", "a[0]"),
            ("a.b", "a.b"),
        ] {
            assert_eq!(key_of(key), expected);
        }
    }
}
