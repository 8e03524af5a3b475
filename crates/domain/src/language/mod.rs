//! Every word that a reader of a workbook sees.

mod en_us;
mod zh_cn;

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::Column;

/// A language that a workbook can be written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Language {
    /// English, as in the United States: the default.
    #[default]
    EnUs,
    /// Simplified Chinese.
    ZhCn,
}

/// The words of one language. Each language fills it in a file of its own, and the compiler says what is missing.
struct Translation {
    /// The tag of the language, as the wire writes it.
    tag: &'static str,
    /// The header of a column, without a time zone.
    header: fn(Column) -> &'static str,
    yes: &'static str,
    no: &'static str,
    /// At most 31 characters, none of `[]:*?/\`: the rules of Excel.
    sheet_name: &'static str,
    /// The first part of the file's name.
    file_stem: &'static str,
}

impl Language {
    /// Every language there is.
    pub const ALL: [Self; 2] = [Self::EnUs, Self::ZhCn];

    const fn translation(self) -> &'static Translation {
        match self {
            Self::EnUs => &en_us::TRANSLATION,
            Self::ZhCn => &zh_cn::TRANSLATION,
        }
    }

    /// The tag of the language as the wire writes it: `en_US`.
    pub const fn tag(self) -> &'static str {
        self.translation().tag
    }

    /// The header of a column. The header of a time says in brackets which zone its times are in, so it is for
    /// [`Column::header`] to complete.
    pub(crate) fn column_header(self, column: Column) -> &'static str {
        (self.translation().header)(column)
    }

    /// What stands in a cell for yes.
    pub const fn yes(self) -> &'static str {
        self.translation().yes
    }

    /// What stands in a cell for no.
    pub const fn no(self) -> &'static str {
        self.translation().no
    }

    /// The name of the sheet that holds the records.
    pub const fn sheet_name(self) -> &'static str {
        self.translation().sheet_name
    }

    /// The first part of the name of the file, without a suffix.
    pub const fn file_stem(self) -> &'static str {
        self.translation().file_stem
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    /// Reads the tag of a language, exactly as [`Language::tag`] writes it.
    fn from_str(tag: &str) -> Result<Self, UnknownLanguage> {
        Self::ALL
            .into_iter()
            .find(|language| language.tag() == tag)
            .ok_or(UnknownLanguage)
    }
}

/// No language has this tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not a language: the languages are {}", Language::ALL.map(Language::tag).join(", "))]
pub struct UnknownLanguage;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_read_back_and_nothing_else_is() {
        for language in Language::ALL {
            assert_eq!(language.tag().parse(), Ok(language));
        }
        for tag in ["", "en", "en-US", "EN_US", "en_us", "zh_cn", " en_US"] {
            assert_eq!(tag.parse::<Language>(), Err(UnknownLanguage), "{tag}");
        }
    }

    #[test]
    fn the_refusal_names_every_language() {
        let refusal = UnknownLanguage.to_string();
        for language in Language::ALL {
            assert!(refusal.contains(language.tag()), "{refusal}");
        }
    }

    #[test]
    fn no_word_is_empty_and_no_two_headers_of_a_language_are_the_same() {
        for language in Language::ALL {
            let mut headers = Column::ALL.map(|column| language.column_header(column));
            assert!(headers.iter().all(|header| !header.trim().is_empty()));
            headers.sort_unstable();
            assert!(
                headers.windows(2).all(|pair| pair[0] != pair[1]),
                "{language}"
            );
            assert!(!language.yes().is_empty() && !language.no().is_empty());
            assert_ne!(language.yes(), language.no());
            assert!(!language.file_stem().is_empty());
        }
    }

    #[test]
    fn a_sheet_name_leaves_room_for_a_number_and_keeps_excels_rules() {
        for language in Language::ALL {
            let name = language.sheet_name();
            assert!((1..=24).contains(&name.chars().count()), "{name}");
            assert!(
                !name.contains(['[', ']', ':', '*', '?', '/', '\\']),
                "{name}"
            );
        }
    }
}
