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
        // Character by character: `str::to_lowercase` looks at the neighbours of a sigma, so that
        // a name and its upper-case form could get two keys.
        Self(name.chars().flat_map(char::to_lowercase).collect())
    }

    /// The key of a terminal type: as for a name, surrounding blanks ignored (real data has `Windows 10 `).
    pub fn of_terminal_type(terminal_type: &str) -> Self {
        Self::of_name(terminal_type.trim())
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
