//! Every word that a reader of an export sees.

mod ar_sa;
mod de_de;
mod en_us;
mod es_es;
mod fr_fr;
mod ja_jp;
mod note;
mod pt_br;
mod summary;
mod zh_cn;

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

pub use self::note::NoteWord;
pub use self::summary::SummaryWord;
use crate::{AuditAction, AuditColumn, AuditOutcome, AuditVia, Column};

/// One line for each language: its name here, and the file that has its words.
macro_rules! languages {
    ($($(#[$attribute:meta])* $name:ident: $file:ident,)*) => {
        /// A language that an export can be written in.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Language {
            $($(#[$attribute])* $name,)*
        }

        impl Language {
            /// Every language there is.
            pub const ALL: [Self; [$($file::TRANSLATION.tag),*].len()] = [$(Self::$name),*];

            const fn translation(self) -> &'static Translation {
                match self {
                    $(Self::$name => &$file::TRANSLATION,)*
                }
            }
        }
    };
}

languages! {
    /// English, as in the United States: the default.
    #[default]
    EnUs: en_us,
    /// Simplified Chinese.
    ZhCn: zh_cn,
    /// Spanish, as in Spain.
    EsEs: es_es,
    /// French, as in France.
    FrFr: fr_fr,
    /// German, as in Germany.
    DeDe: de_de,
    /// Portuguese, as in Brazil.
    PtBr: pt_br,
    /// Japanese.
    JaJp: ja_jp,
    /// Arabic, as in Saudi Arabia.
    ArSa: ar_sa,
}

/// The words of one language. Each language fills it in a file of its own, and the compiler says what is missing.
struct Translation {
    /// The tag of the language, as the wire writes it.
    tag: &'static str,
    direction: Direction,
    /// The header of a column, without a time zone.
    header: fn(Column) -> &'static str,
    yes: &'static str,
    no: &'static str,
    /// At most 31 characters, none of `[]:*?/\`: the rules of Excel.
    sheet_name: &'static str,
    /// The first part of the file's name.
    file_stem: &'static str,
    /// A word of the summary; `{}` stands for a value.
    summary: fn(SummaryWord) -> &'static str,
    /// A word of the notes; `{}` is the position of a number.
    note: fn(NoteWord) -> &'static str,
    /// The header of a column of audits, without a time zone.
    audit_header: fn(AuditColumn) -> &'static str,
    /// A kind of audits in words, as the console says it.
    audit_word: fn(AuditWord) -> &'static str,
    /// As `sheet_name`, of audits.
    audit_sheet_name: &'static str,
    /// As `file_stem`, of audits.
    audit_file_stem: &'static str,
}

/// A kind of audits, which people read as words and programs as a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuditWord {
    Via(AuditVia),
    Action(AuditAction),
    Outcome(AuditOutcome),
}

/// Where a line of a language begins, and with it the first column of a sheet.
enum Direction {
    LeftToRight,
    RightToLeft,
}

impl Language {
    /// The tag of the language as the wire writes it: `en_US`.
    pub const fn tag(self) -> &'static str {
        self.translation().tag
    }

    /// Whether the language is written from right to left: the first column of its sheets is the rightmost.
    pub const fn is_right_to_left(self) -> bool {
        matches!(self.translation().direction, Direction::RightToLeft)
    }

    /// A line of the language with words of other scripts in it, such as the name of a time zone, so that it is read from
    /// its own side whatever a program takes the side of its cell to be: from right to left it is embedded (U+202B, U+202C).
    ///
    /// ```
    /// use deskledger_domain::Language;
    ///
    /// assert_eq!(Language::EnUs.line("Day (UTC)"), "Day (UTC)");
    /// assert_eq!(Language::ArSa.line("اليوم (UTC)"), "\u{202b}اليوم (UTC)\u{202c}");
    /// ```
    pub fn line(self, text: impl Into<String>) -> String {
        let text = text.into();
        if self.is_right_to_left() {
            format!("\u{202b}{text}\u{202c}")
        } else {
            text
        }
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

    /// The header of a column of audits, which [`AuditColumn::header`] completes.
    pub(crate) fn audit_header(self, column: AuditColumn) -> &'static str {
        (self.translation().audit_header)(column)
    }

    /// A kind of audits in words.
    pub(crate) fn audit_word(self, word: AuditWord) -> &'static str {
        (self.translation().audit_word)(word)
    }

    /// The name of the sheet that holds audits.
    pub const fn audit_sheet_name(self) -> &'static str {
        self.translation().audit_sheet_name
    }

    /// The first part of the name of a file of audits, without a suffix.
    pub const fn audit_file_stem(self) -> &'static str {
        self.translation().audit_file_stem
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
        for tag in [
            "", "en", "fr", "fr_CA", "en-US", "EN_US", "en_us", "zh_cn", " en_US",
        ] {
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
            let vias = AuditVia::ALL.map(AuditWord::Via).into_iter();
            let actions = AuditAction::ALL.map(AuditWord::Action);
            let outcomes = AuditOutcome::ALL.map(AuditWord::Outcome);
            for word in vias.chain(actions).chain(outcomes) {
                assert!(!language.audit_word(word).trim().is_empty());
            }
        }
    }

    #[test]
    fn no_header_is_much_longer_than_a_column_is_wide() {
        for language in Language::ALL {
            for column in Column::ALL {
                let header = language.column_header(column);
                assert!(header.chars().count() <= 44, "{language}: {header}");
            }
        }
    }

    #[test]
    fn a_language_is_written_in_its_own_script() {
        let any = |language: Language, script: std::ops::RangeInclusive<char>| {
            let header = |column| language.column_header(column);
            Column::ALL
                .map(header)
                .concat()
                .chars()
                .any(|char| script.contains(&char))
        };
        for language in Language::ALL {
            let kana = any(language, 'ぁ'..='ヿ');
            assert_eq!(kana, language == Language::JaJp, "{language}");
            let arabic = any(language, '\u{600}'..='\u{6ff}');
            assert_eq!(arabic, language.is_right_to_left(), "{language}");
        }
        assert!(Language::ArSa.is_right_to_left());
    }

    #[test]
    fn a_files_name_can_be_one_on_any_system() {
        for language in Language::ALL {
            for stem in [language.file_stem(), language.audit_file_stem()] {
                assert!(
                    !stem.is_empty()
                        && stem.chars().all(|char| char.is_alphabetic() || char == '-'),
                    "{stem}"
                );
            }
        }
    }

    #[test]
    fn a_sheet_name_leaves_room_for_a_number_and_keeps_excels_rules() {
        for language in Language::ALL {
            for name in [language.sheet_name(), language.audit_sheet_name()] {
                assert!((1..=24).contains(&name.chars().count()), "{name}");
                assert!(
                    !name.contains(['[', ']', ':', '*', '?', '/', '\\']),
                    "{name}"
                );
            }
            assert_ne!(language.audit_sheet_name(), NoteWord::Notes.text(language));
        }
    }
}
