//! What is wrong with a text that is no TOML, in the words of who writes it.

use toml::de::Error;

use super::source::line_of;

/// Why the text cannot be read. The library speaks of its grammar.
pub(super) fn reason(text: &str, error: &Error) -> String {
    let message = error.message().trim_end();
    let position = error.span().map_or(0, |span| span.start);
    match message {
        "duplicate key" => duplicate(text, position),
        _ if message.starts_with("string values must be quoted") => {
            "this value must be a number, true or false, or a text in quotes".to_owned()
        }
        _ if message.starts_with("invalid basic string") => {
            "a text that begins with a quotation mark does not end with one".to_owned()
        }
        _ if message.starts_with("key with no value") => {
            "there must be a key, an equals sign and a value, as in exports = 4".to_owned()
        }
        _ if message.starts_with("unclosed table") => {
            "a section begins with [ and must end with ], as in [limits]".to_owned()
        }
        _ if message.starts_with("unexpected leading zero") => {
            "a number must not begin with 0".to_owned()
        }
        _ => format!("this is not TOML: {message}"),
    }
}

/// Which key or section stands twice, and where it stood before.
fn duplicate(text: &str, position: usize) -> String {
    let line = line_of(text, position);
    let written = text.lines().nth(line - 1).unwrap_or_default().trim();
    let is_section = written.starts_with('[');
    let name: fn(&str) -> &str = if is_section { header } else { key_of };
    let what = if is_section { "section" } else { "key" };
    let twice = format!("the {what} {} stands twice", name(written));
    // The last one before it: a key of that name may also stand in an earlier section.
    let before = text.lines().take(line - 1).map(str::trim);
    let same = |line: &str| line.starts_with('[') == is_section && name(line) == name(written);
    match before.enumerate().filter(|(_, line)| same(line)).last() {
        Some((index, _)) => format!("{twice}: it is already in line {}", index + 1),
        None => twice,
    }
}

/// The name in the brackets of a section.
fn header(line: &str) -> &str {
    let name = line.trim_start_matches('[');
    name.split_once(']').map_or(name, |(name, _)| name).trim()
}

/// What stands before an equals sign.
fn key_of(line: &str) -> &str {
    line.split_once('=').map_or(line, |(key, _)| key).trim()
}

#[cfg(test)]
mod tests {
    use toml::de::DeTable;

    use super::*;

    #[test]
    fn a_text_that_is_no_toml_is_named_in_plain_words() {
        for (text, expected) in [
            (
                "[limits]\nexports = 1\n\n[database]\n[limits] # again\nqueries = 2\n",
                "the section limits stands twice: it is already in line 1",
            ),
            (
                "[limits]\nexports = 1\nexports = 2\n",
                "the key exports stands twice: it is already in line 2",
            ),
            (
                "[limits]\nexports =\n",
                "this value must be a number, true or false, or a text in quotes",
            ),
            (
                "[limits\nexports = 1",
                "a section begins with [ and must end with ], as in [limits]",
            ),
            (
                "[database]\nurl = \"x\n",
                "a text that begins with a quotation mark does not end with one",
            ),
            (
                "exports 1\n",
                "there must be a key, an equals sign and a value, as in exports = 4",
            ),
            (
                "[limits]\nexports = 012\n",
                "a number must not begin with 0",
            ),
        ] {
            let error = DeTable::parse(text).unwrap_err();
            assert_eq!(reason(text, &error), expected, "{text}");
        }
    }
}
