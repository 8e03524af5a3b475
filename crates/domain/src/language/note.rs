use crate::Language;

/// What stands on the sheet of notes, which lists the values that no cell can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NoteWord {
    /// The name of the sheet.
    Notes,
    /// The header of the names of sheets.
    Sheet,
    /// The header of the numbers of rows.
    Row,
    /// The header of the headers of columns.
    Column,
    /// The header of the values.
    Value,
    /// There are more notes than are listed: `{}` is how many.
    More,
}

impl NoteWord {
    /// Every word there is.
    pub const ALL: [Self; 6] = [
        Self::Notes,
        Self::Sheet,
        Self::Row,
        Self::Column,
        Self::Value,
        Self::More,
    ];

    /// The word in a language.
    ///
    /// ```
    /// use deskledger_domain::{Language, NoteWord};
    ///
    /// assert_eq!(NoteWord::Notes.text(Language::FrFr), "Remarques");
    /// ```
    pub fn text(self, language: Language) -> &'static str {
        (language.translation().note)(self)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::SummaryWord;

    #[test]
    fn the_number_of_more_notes_has_its_position_in_every_language() {
        for language in Language::ALL {
            for word in NoteWord::ALL {
                let text = word.text(language);
                let expected = usize::from(word == NoteWord::More);
                assert_eq!(text.matches("{}").count(), expected, "{language}: {text}");
                assert!(
                    !text.is_empty() && text.trim() == text,
                    "{language}: {word:?}"
                );
            }
        }
    }

    #[test]
    fn the_name_of_the_sheet_keeps_excels_rules_and_is_that_of_no_other() {
        for language in Language::ALL {
            let name = NoteWord::Notes.text(language);
            assert!((1..=31).contains(&name.chars().count()), "{name}");
            assert!(name.chars().all(char::is_alphabetic), "{name}");
            assert_ne!(name, language.sheet_name());
            assert_ne!(name, SummaryWord::Summary.text(language));
        }
    }

    #[test]
    fn no_two_headers_of_the_sheet_are_the_same() {
        for language in Language::ALL {
            let headers = [
                NoteWord::Sheet,
                NoteWord::Row,
                NoteWord::Column,
                NoteWord::Value,
            ];
            let different: HashSet<_> = headers.map(|word| word.text(language)).into();
            assert_eq!(different.len(), headers.len(), "{language}");
        }
    }
}
