//! The names of the sheets, by Excel's rules.

use crate::{
    error::{WorkbookError, WorkbookErrorKind},
    text::is_forbidden,
};

/// The most UTF-16 units in the name of a sheet.
const MAX_UNITS: usize = 31;

/// What Excel refuses in the name of a sheet.
const FORBIDDEN: [char; 7] = ['*', '?', ':', '[', ']', '\\', '/'];

/// The name of the first sheet, from which the others follow.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SheetName(String);

impl SheetName {
    pub(crate) fn new(name: &str) -> Result<Self, WorkbookError> {
        let problem = if name.trim().is_empty() {
            "is blank"
        } else if name.encode_utf16().count() > MAX_UNITS {
            "has more than 31 UTF-16 units"
        } else if name.contains(FORBIDDEN) {
            "has one of * ? : [ ] \\ /"
        } else if name.contains(|character: char| character.is_control() || is_forbidden(character))
        {
            "has a control character"
        } else if name.starts_with('\'') || name.ends_with('\'') {
            "begins or ends with an apostrophe"
        } else if name.eq_ignore_ascii_case("history") {
            "is reserved by Excel"
        } else {
            return Ok(Self(name.to_owned()));
        };
        Err(WorkbookError::new(
            WorkbookErrorKind::InvalidName,
            format!("the sheet name {name:?} {problem}"),
        ))
    }

    /// The name of a sheet by its number, from 1: `Connections`, `Connections (2)`, …; all differ.
    pub(crate) fn of_sheet(&self, number: u32) -> String {
        if number <= 1 {
            return self.0.clone();
        }
        let suffix = format!(" ({number})");
        let name = with_suffix(&self.0, &suffix, MAX_UNITS);
        if name == self.0 {
            // The first name was full and ends like this suffix.
            return with_suffix(&self.0, &suffix, MAX_UNITS - 1);
        }
        name
    }
}

/// The base, shortened so that with the suffix it has at most so many UTF-16 units.
fn with_suffix(base: &str, suffix: &str, limit: usize) -> String {
    let mut room = limit.saturating_sub(suffix.len());
    let kept = base.char_indices().find_map(|(start, character)| {
        match room.checked_sub(character.len_utf16()) {
            Some(left) => {
                room = left;
                None
            }
            None => Some(&base[..start]),
        }
    });
    format!("{}{suffix}", kept.unwrap_or(base))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_names_of_the_sheets_count_from_two() {
        let name = SheetName::new("Connections").unwrap();
        assert_eq!(name.of_sheet(1), "Connections");
        assert_eq!(name.of_sheet(2), "Connections (2)");
        assert_eq!(name.of_sheet(10), "Connections (10)");
    }

    #[test]
    fn a_full_name_makes_room_for_the_number() {
        let name = SheetName::new(&"n".repeat(31)).unwrap();
        assert_eq!(name.of_sheet(2), format!("{} (2)", "n".repeat(27)));
        assert_eq!(name.of_sheet(1_000), format!("{} (1000)", "n".repeat(24)));
    }

    #[test]
    fn a_name_that_ends_like_a_number_is_not_used_twice() {
        let first = format!("{} (2)", "n".repeat(27));
        let name = SheetName::new(&first).unwrap();
        assert_eq!(name.of_sheet(2), format!("{} (2)", "n".repeat(26)));
    }

    #[test]
    fn a_name_that_excel_refuses_is_an_error() {
        let too_long = "n".repeat(32);
        for refused in [
            "",
            "  ",
            "a*b",
            "a?",
            ":",
            "[",
            "a]",
            "a\\b",
            "a/b",
            "'a",
            "a'",
            "a\tb",
            "a\u{0}",
            "a\u{FFFE}",
            "a\u{85}",
            "History",
            &too_long,
            "😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀",
        ] {
            let error = SheetName::new(refused).unwrap_err();
            assert_eq!(error.kind(), WorkbookErrorKind::InvalidName, "{refused:?}");
            assert!(error.to_string().starts_with("the sheet name "), "{error}");
        }
    }

    #[test]
    fn a_name_that_excel_takes_is_taken() {
        for taken in [
            "连接记录",
            "a'b",
            "a & <b>",
            "A1",
            "n",
            "Histories",
            "😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀",
        ] {
            assert_eq!(SheetName::new(taken).unwrap().of_sheet(1), taken);
        }
    }

    proptest! {
        #[test]
        fn all_names_are_valid_and_differ(
            base in proptest::collection::vec(prop_oneof![Just('a'), Just(' '), Just('用'), Just('😀'), Just(')')], 0..26)
                .prop_map(String::from_iter),
            end in prop_oneof![Just(""), Just(" (2)"), Just(" (10)")],
        ) {
            let first = format!("{base}{end}");
            prop_assume!(SheetName::new(&first).is_ok());
            let name = SheetName::new(&first).unwrap();
            let mut seen = HashSet::new();
            for number in (1..120).chain([9_999, 99_999, u32::MAX]) {
                let name = name.of_sheet(number);
                prop_assert!(SheetName::new(&name).is_ok(), "{}", name);
                prop_assert!(seen.insert(name.to_lowercase()), "{}", name);
            }
        }
    }
}
