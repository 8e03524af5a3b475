use crate::Language;

/// What stands on the summary of an export, beside figures and the headers of columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SummaryWord {
    /// The name of the sheet, and the header of what a figure is about.
    Summary,
    /// The header of the values that are counted.
    Value,
    /// The header of the counts.
    Records,
    /// Which records were asked for.
    Filter,
    /// There is no filter.
    NoFilter,
    /// From this time on: `{}` is the time.
    From,
    /// Before this time: `{}` is the time.
    Before,
    /// The number of all records.
    Total,
    /// A day, whose records are counted.
    Day,
    /// All days before those that are listed.
    Earlier,
    /// All values that are not listed.
    Others,
    /// Records that have none of the values.
    WithoutValue,
    /// The counts may be too low: `{}` is by how much at the most.
    Inexact,
}

impl SummaryWord {
    /// Every word there is.
    pub const ALL: [Self; 13] = [
        Self::Summary,
        Self::Value,
        Self::Records,
        Self::Filter,
        Self::NoFilter,
        Self::From,
        Self::Before,
        Self::Total,
        Self::Day,
        Self::Earlier,
        Self::Others,
        Self::WithoutValue,
        Self::Inexact,
    ];

    /// The word in a language.
    pub fn text(self, language: Language) -> &'static str {
        (language.translation().summary)(self)
    }

    /// The word in a language, with a value inserted.
    ///
    /// ```
    /// use deskledger_domain::{Language, SummaryWord};
    ///
    /// assert_eq!(SummaryWord::From.with("2020-04-13", Language::EnUs), "from 2020-04-13");
    /// ```
    pub fn with(self, value: &str, language: Language) -> String {
        self.text(language).replacen("{}", value, 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_has_braces_for_its_value_and_no_other() {
        for language in Language::ALL {
            for word in SummaryWord::ALL {
                let text = word.text(language);
                let has_value = matches!(
                    word,
                    SummaryWord::From | SummaryWord::Before | SummaryWord::Inexact
                );
                let braces = text.matches(['{', '}']).count();
                assert_eq!(braces, if has_value { 2 } else { 0 }, "{language}: {text}");
                assert_eq!(text.contains("{}"), has_value, "{language}: {text}");
                assert_eq!(text.trim(), text, "{language}");
                assert!(!text.is_empty(), "{language}: {word:?}");
            }
        }
    }

    #[test]
    fn the_name_of_the_sheet_keeps_excels_rules_and_is_not_that_of_the_records() {
        for language in Language::ALL {
            let name = SummaryWord::Summary.text(language);
            assert!((1..=31).contains(&name.chars().count()), "{name}");
            assert!(
                name.chars().all(|char| char.is_alphabetic() || char == ' '),
                "{name}"
            );
            assert_ne!(name, language.sheet_name());
        }
    }
}
