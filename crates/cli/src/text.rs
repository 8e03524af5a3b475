//! Texts that somebody else wrote, made safe to print: none of them moves the cursor, changes a colour, or turns the direction
//! of a line.

use std::borrow::Cow;
use std::fmt::Write as _;

/// A text for a person, with escapes such as `\u{1b}` in place of what a terminal would obey.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_obeyed) {
        return Cow::Borrowed(text);
    }
    let mut visible = String::with_capacity(text.len());
    for character in text.chars() {
        if is_obeyed(character) {
            // Writing to a string never fails.
            let _ = write!(visible, "{}", character.escape_unicode());
        } else {
            visible.push(character);
        }
    }
    Cow::Owned(visible)
}

/// A JSON text in one line. What a terminal would obey is written as JSON escapes it, which a reader of JSON reads as the same.
pub(crate) fn json_line(json: &str) -> Cow<'_, str> {
    if !json.chars().any(is_obeyed) {
        return Cow::Borrowed(json);
    }
    let mut line = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            // A string of JSON never holds one of these as it is.
            '\n' | '\r' | '\t' => line.push(' '),
            character if is_obeyed(character) => {
                let mut units = [0; 2];
                for unit in character.encode_utf16(&mut units) {
                    let _ = write!(line, "\\u{unit:04x}");
                }
            }
            character => line.push(character),
        }
    }
    Cow::Owned(line)
}

/// Whether a terminal obeys a character, or a person is deceived by it: it is not shown, or it turns the direction of others.
fn is_obeyed(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_escaped_and_any_other_text_stays() {
        for (text, expected) in [
            (
                "周丽 José عربي 👩\u{200d}💻 a\\b",
                "周丽 José عربي 👩\u{200d}💻 a\\b",
            ),
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("a\nb\rc\td", "a\\u{a}b\\u{d}c\\u{9}d"),
            ("\u{9b}2J\u{7f}", "\\u{9b}2J\\u{7f}"),
            (
                "a\u{202e}b\u{2066}\u{200b}",
                "a\\u{202e}b\\u{2066}\\u{200b}",
            ),
        ] {
            assert_eq!(visible(text), expected);
        }
    }

    #[test]
    fn json_in_one_line_is_read_as_the_same() {
        let json = "{\n \"a\": \"\u{9b}2J \u{202e} \u{e0041} \\u001b 周\",\r\n\t\"b\": 1}";
        let line = json_line(json);
        assert!(!line.chars().any(is_obeyed), "{line}");
        let read = |json: &str| serde_json::from_str::<serde_json::Value>(json).unwrap();
        assert_eq!(read(&line), read(json));
        assert!(matches!(json_line("{\"a\":1}"), Cow::Borrowed(_)));
    }
}
