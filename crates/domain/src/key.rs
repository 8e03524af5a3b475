/// What two spellings of one name have in common: equal keys mean "the same name".
///
/// Windows account and computer names ignore case, so names are compared whole and without case
/// (`contract.md` §1). Databases disagree on what lower case is (by locale, or for ASCII alone), so the
/// key is made here, stored beside the value and indexed: every database then finds the same rows.
///
/// ```
/// use deskledger_domain::MatchKey;
///
/// assert_eq!(MatchKey::of_name("JY01@Local.com"), MatchKey::of_name("jy01@local.COM"));
/// assert_ne!(MatchKey::of_name("jy01"), MatchKey::of_name("jy01 "));
/// assert_eq!(MatchKey::of_terminal_type("Windows 10 "), MatchKey::of_terminal_type("windows 10"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MatchKey(String);

impl MatchKey {
    /// A key of more bytes is compared as a whole alone, so that a database may keep a part of it and its hash.
    pub const MAX_PLAIN_BYTES: usize = 512;

    /// The key of a user or computer name: the whole value, without case.
    pub fn of_name(name: &str) -> Self {
        let mut key = Self(String::new());
        key.set_name(name);
        key
    }

    /// Makes it the key of another user or computer name, in the memory that it has.
    pub fn set_name(&mut self, name: &str) {
        self.0.clear();
        if name.is_ascii() {
            self.0.push_str(name);
            self.0.make_ascii_lowercase();
        } else {
            // Character by character: `str::to_lowercase` looks at the neighbours of a sigma, so that
            // a name and its upper-case form could get two keys.
            self.0.extend(name.chars().flat_map(char::to_lowercase));
        }
    }

    /// The key of a terminal type: as for a name, surrounding blanks ignored (real data has `Windows 10 `).
    pub fn of_terminal_type(terminal_type: &str) -> Self {
        Self::of_name(terminal_type.trim())
    }

    /// Makes it the key of another terminal type, in the memory that it has.
    pub fn set_terminal_type(&mut self, terminal_type: &str) {
        self.set_name(terminal_type.trim());
    }

    /// The key of the domain, where this is the key of a user name that has one: what stands after its last `@`. A key of
    /// more than [`MAX_PLAIN_BYTES`](Self::MAX_PLAIN_BYTES) has none.
    pub fn domain(&self) -> Option<Self> {
        if self.0.len() > Self::MAX_PLAIN_BYTES {
            return None;
        }
        let (_, domain) = self.0.rsplit_once('@')?;
        Some(Self(domain.to_owned()))
    }

    /// Whether this key holds another one. A key of more than [`MAX_PLAIN_BYTES`](Self::MAX_PLAIN_BYTES) holds none.
    pub fn holds(&self, part: &Self) -> bool {
        self.0.len() <= Self::MAX_PLAIN_BYTES && self.0.contains(&part.0)
    }

    /// Whether this key begins with another one. A key of more than [`MAX_PLAIN_BYTES`](Self::MAX_PLAIN_BYTES) begins with none.
    pub fn begins(&self, prefix: &Self) -> bool {
        self.0.len() <= Self::MAX_PLAIN_BYTES && self.0.starts_with(&prefix.0)
    }

    /// The key as text, as it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key as text, as it is stored.
    pub fn into_string(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_sigma_matches_wherever_it_stands() {
        assert_eq!(MatchKey::of_name("ΟΔΟΣ"), MatchKey::of_name("οδοσ"));
    }

    #[test]
    fn a_key_that_was_used_before_is_as_good_as_a_new_one() {
        let mut key = MatchKey::of_name("something longer");
        for name in ["JY01", "", "ΟΔΟΣ", "Zoë"] {
            key.set_name(name);
            assert_eq!(key, MatchKey::of_name(name));
            key.set_terminal_type(name);
            assert_eq!(key, MatchKey::of_terminal_type(name));
        }
    }

    proptest! {
        #[test]
        fn case_does_not_matter_in_ascii(name in "[ -~]{0,40}") {
            let key = MatchKey::of_name(&name);
            prop_assert_eq!(&key, &MatchKey::of_name(&name.to_ascii_uppercase()));
            prop_assert_eq!(&key, &MatchKey::of_name(&name.to_ascii_lowercase()));
        }

        #[test]
        fn only_a_terminal_type_ignores_surrounding_blanks(name in "[A-Za-z0-9]{1,20}", left in " {0,3}", right in " {1,3}") {
            let padded = format!("{left}{name}{right}");
            prop_assert_eq!(MatchKey::of_terminal_type(&padded), MatchKey::of_terminal_type(&name));
            prop_assert_ne!(MatchKey::of_name(&padded), MatchKey::of_name(&name));
        }
    }
}
