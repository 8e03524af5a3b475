//! Text that is safe in a cell, whoever wrote it (`contract.md`, "The workbook").
//!
//! `rust_xlsxwriter` escapes what XML 1.0 forbids and literal `_xHHHH_` as Excel does. What it leaves to us: the
//! length, the mark of text that looks like a formula, and one sequence that it would write so that it reads back as
//! another.

use std::borrow::Cow;

/// The most UTF-16 units Excel holds in a cell.
const MAX_UNITS: usize = 32_767;

/// What ends a text that was cut.
const CUT_MARK: &str = "… [cut]";
const CUT_MARK_UNITS: usize = 7;

/// A text as it may be given to a cell: not empty and within Excel's limit.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SafeText<'a>(Cow<'a, str>);

impl<'a> SafeText<'a> {
    /// The text made safe, or none if there is nothing to write.
    pub(crate) fn new(text: impl Into<Cow<'a, str>>) -> Option<Self> {
        let text = text.into();
        if text.is_empty() {
            return None;
        }
        Some(Self(disambiguate(cut(text))))
    }

    /// Whether a spreadsheet could take the text for a formula when somebody edits the cell or exports it as CSV;
    /// `quotePrefix` tells it not to.
    pub(crate) fn looks_like_formula(&self) -> bool {
        self.0.starts_with(['=', '+', '-', '@', '\t', '\r'])
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether XML 1.0 has no way to hold the character, or would change it (a carriage return), so that it is written
/// as `_xHHHH_`.
pub(crate) fn is_escaped(character: char) -> bool {
    matches!(character, '\0'..='\u{8}' | '\u{B}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}')
}

fn cut(text: Cow<'_, str>) -> Cow<'_, str> {
    // A UTF-8 text has at least as many bytes as UTF-16 units.
    if text.len() <= MAX_UNITS {
        return text;
    }
    let mut units = 0;
    let mut end = 0;
    for (start, character) in text.char_indices() {
        if units <= MAX_UNITS - CUT_MARK_UNITS {
            end = start;
        }
        units += character.len_utf16();
        if units > MAX_UNITS {
            return Cow::Owned(format!("{}{CUT_MARK}", &text[..end]));
        }
    }
    text
}

/// Replaces by U+FFFD an escaped character right behind literal text like `_x0041`.
///
/// `rust_xlsxwriter` would write the two as `_x0041_x0001_`, whose first part reads back as `A`; it escapes such
/// literal text only if it ends with an underscore itself, and offers no way to do better in a plain string cell.
fn disambiguate(text: Cow<'_, str>) -> Cow<'_, str> {
    if !text.contains("_x") || !text.contains(is_escaped) {
        return text;
    }
    let mut rest = &*text;
    let mut safe = String::with_capacity(text.len());
    while let Some(start) = rest.find(is_escaped) {
        let (before, found) = rest.split_at(start);
        safe.push_str(before);
        let mut after = found.chars();
        if let Some(character) = after.next() {
            safe.push(if ends_like_escape(before) {
                char::REPLACEMENT_CHARACTER
            } else {
                character
            });
        }
        rest = after.as_str();
    }
    safe.push_str(rest);
    Cow::Owned(safe)
}

/// Whether the text ends with `_x` and four hexadecimal digits.
fn ends_like_escape(text: &str) -> bool {
    matches!(
        text.as_bytes().last_chunk::<6>(),
        Some([b'_', b'x', digits @ ..]) if digits.iter().all(u8::is_ascii_hexdigit)
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn safe(text: &str) -> String {
        SafeText::new(text).map_or_else(String::new, |text| text.as_str().to_owned())
    }

    fn units(text: &str) -> usize {
        text.encode_utf16().count()
    }

    #[test]
    fn an_empty_text_is_nothing_to_write() {
        assert_eq!(SafeText::new(""), None);
    }

    #[test]
    fn a_text_at_the_limit_is_left_alone() {
        for text in [
            "x".repeat(32_767),
            "用".repeat(32_767),
            format!("x{}", "😀".repeat(16_383)),
        ] {
            assert_eq!(safe(&text), text);
        }
    }

    #[test]
    fn a_text_over_the_limit_is_cut_to_it_and_says_so() {
        assert_eq!(units(CUT_MARK), CUT_MARK_UNITS);
        assert_eq!(
            safe(&"x".repeat(32_768)),
            format!("{}… [cut]", "x".repeat(32_760))
        );
        assert_eq!(
            safe(&"用".repeat(40_000)),
            format!("{}… [cut]", "用".repeat(32_760))
        );
    }

    #[test]
    fn a_cut_never_halves_a_surrogate_pair() {
        assert_eq!(
            safe(&"😀".repeat(16_384)),
            format!("{}… [cut]", "😀".repeat(16_380))
        );
        let odd = format!("x{}", "😀".repeat(16_384));
        assert_eq!(safe(&odd), format!("x{}… [cut]", "😀".repeat(16_379)));
    }

    #[test]
    fn what_a_spreadsheet_could_take_for_a_formula_is_known_by_its_first_character() {
        for text in ["=cmd|'/c calc'!A1", "+1", "-1", "@x", "\t=1", "\r=1", "="] {
            assert!(
                SafeText::new(text).unwrap().looks_like_formula(),
                "{text:?}"
            );
        }
        for text in ["x", " =1", "1+1", "a@b", "\n=1", "'=1", "_x003D_1", "＝1"] {
            assert!(
                !SafeText::new(text).unwrap().looks_like_formula(),
                "{text:?}"
            );
        }
    }

    #[test]
    fn an_escaped_character_behind_the_start_of_an_escape_is_replaced() {
        assert_eq!(safe("_x0041\u{1}"), "_x0041\u{FFFD}");
        assert_eq!(safe("a_xfFfF\r\r"), "a_xfFfF\u{FFFD}\r");
        assert_eq!(
            safe("\u{1}_x0041\u{FFFF}_x0042\u{1}b"),
            "\u{1}_x0041\u{FFFD}_x0042\u{FFFD}b"
        );
    }

    #[test]
    fn an_escaped_character_anywhere_else_is_left_for_the_writer_to_escape() {
        for text in [
            "\u{1}",
            "_x0041_\u{1}",
            "_x041\u{1}",
            "_xG041\u{1}",
            "x0041\u{1}",
            "_x0041 \u{1}",
            "_x0041\n",
        ] {
            assert_eq!(safe(text), text);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_text_ends_within_the_limit_and_keeps_its_beginning(
            beginning in proptest::collection::vec(any::<char>(), 1..20).prop_map(String::from_iter),
            filling in prop_oneof![Just('x'), Just('用'), Just('😀')],
            count in 0_usize..40_000,
        ) {
            let text = format!("{beginning}{}", String::from_iter(vec![filling; count]));
            let safe = safe(&text);
            if units(&text) <= MAX_UNITS {
                prop_assert_eq!(safe, text);
            } else {
                let kept = safe.strip_suffix(CUT_MARK).unwrap();
                prop_assert!(text.starts_with(kept));
                prop_assert!((MAX_UNITS - 1..=MAX_UNITS).contains(&units(&safe)));
            }
        }
    }
}
