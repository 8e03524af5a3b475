//! How a [`MatchKey`] is stored.

use std::fmt::Write as _;

use deskledger_domain::MatchKey;
use sha2::{Digest, Sha256};

/// The longest key that is stored as it is, in bytes.
///
/// PostgreSQL takes at most 2,704 bytes into an entry of an index. A project and a transaction take up to 1,020 each
/// (255 characters of four bytes), which leaves some 600 for a key, where a name may need 1,020 and more.
const LONGEST: usize = MatchKey::MAX_PLAIN_BYTES;

/// The text that stands for a key in the database: the key itself, and of a very long one its beginning and its hash.
///
/// Equal keys have equal texts and different keys different ones: what stands for a long key is itself longer than
/// any that is stored as it is.
pub(crate) fn stored(key: &MatchKey) -> String {
    let key = key.as_str();
    if key.len() <= LONGEST {
        return key.to_owned();
    }
    let mut stored = beginning(key).to_owned();
    for byte in Sha256::digest(key.as_bytes()) {
        // Writing to a string cannot fail.
        let _ = write!(stored, "{byte:02x}");
    }
    stored
}

/// What the stored key of a user's name is LIKE where this is the key of its domain. A backslash escapes wildcards.
///
/// A key that is stored as a part and its hash ends with the hash, so it is LIKE none: such names have no domain.
pub(crate) fn domain_pattern(domain: &MatchKey) -> String {
    format!("%@{}", literally(domain.as_str()))
}

/// What a stored key is LIKE that begins with this one. A backslash escapes wildcards.
pub(crate) fn prefix_pattern(prefix: &MatchKey) -> String {
    prefix_pattern_of(prefix.as_str())
}

/// What a text is LIKE that begins with this one. A backslash escapes wildcards.
pub(crate) fn prefix_pattern_of(prefix: &str) -> String {
    format!("{}%", literally(prefix))
}

/// What a stored key is LIKE that holds this one. A backslash escapes wildcards.
pub(crate) fn holding_pattern(part: &MatchKey) -> String {
    format!("%{}%", literally(part.as_str()))
}

/// A text in which nothing is a wildcard.
fn literally(text: &str) -> String {
    let mut literal = String::new();
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            literal.push('\\');
        }
        literal.push(character);
    }
    literal
}

fn beginning(key: &str) -> &str {
    let end = (0..=LONGEST).rev().find(|&end| key.is_char_boundary(end));
    &key[..end.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored_name(name: &str) -> String {
        stored(&MatchKey::of_name(name))
    }

    #[test]
    fn a_usual_key_is_stored_as_it_is() {
        assert_eq!(stored_name("JY01@Local.com"), "jy01@local.com");
        let long = "n".repeat(LONGEST);
        assert_eq!(stored_name(&long), long);
    }

    #[test]
    fn no_character_of_a_domain_is_a_wildcard() {
        let pattern = domain_pattern(&MatchKey::of_name(r"A_b%\c.Example"));
        assert_eq!(pattern, r"%@a\_b\%\\c.example");
    }

    #[test]
    fn a_very_long_key_is_short_and_still_its_own() {
        let long = "😀".repeat(254);
        let stored = [
            stored_name(&format!("{long}a")),
            stored_name(&format!("{long}b")),
        ];
        assert_ne!(stored[0], stored[1]);
        assert_eq!(stored[0], stored_name(&format!("{long}A")));
        for text in &stored {
            assert!(text.len() > LONGEST && text.len() <= LONGEST + 64);
            // A user whose name equals the stored form of a long key has another key.
            assert_ne!(&stored_name(text), text);
        }
    }
}
