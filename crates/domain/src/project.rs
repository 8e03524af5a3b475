use std::fmt;

use thiserror::Error;

/// The tenant that records belong to (`contract.md` §1): 1 to 255 characters, none of them U+0000.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProjectId(String);

impl ProjectId {
    /// The most characters an identifier may have.
    pub const MAX_CHARS: usize = 255;

    /// Checks and takes an identifier.
    ///
    /// # Errors
    /// When it is empty, has more than 255 characters, or holds U+0000, which no database stores.
    pub fn new(id: impl Into<String>) -> Result<Self, InvalidProjectId> {
        let id = id.into();
        if id.is_empty() {
            return Err(InvalidProjectId::Empty);
        }
        let length = id.chars().count();
        if length > Self::MAX_CHARS {
            return Err(InvalidProjectId::TooLong { length });
        }
        if id.contains('\0') {
            return Err(InvalidProjectId::ForbiddenCharacter);
        }
        Ok(Self(id))
    }

    /// The identifier as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is not a [`ProjectId`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidProjectId {
    /// It has no characters.
    #[error("project_id is empty: it must have 1 to 255 characters")]
    Empty,
    /// It has too many characters.
    #[error("project_id has {length} characters: at most 255 are allowed")]
    TooLong {
        /// How many characters it has.
        length: usize,
    },
    /// It holds U+0000.
    #[error("project_id holds the character U+0000, which is not allowed")]
    ForbiddenCharacter,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_id_has_1_to_255_characters() {
        assert_eq!(ProjectId::new(""), Err(InvalidProjectId::Empty));
        assert!(ProjectId::new("项".repeat(255)).is_ok());
        let long = ProjectId::new("p".repeat(256));
        assert_eq!(long, Err(InvalidProjectId::TooLong { length: 256 }));
        assert_eq!(
            ProjectId::new("a\0b"),
            Err(InvalidProjectId::ForbiddenCharacter)
        );
    }
}
