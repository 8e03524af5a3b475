//! Text that is safe in a cell, no matter who wrote it (`contract.md`, "The workbook"): its length, and the mark on text
//! that looks like a formula. What XML asks for is in `escape`.

use std::borrow::Cow;

/// The most UTF-16 units Excel holds in a cell.
const MAX_UNITS: usize = 32_767;

/// What ends a text that was cut.
const CUT_MARK: &str = "… [cut]";
const CUT_MARK_UNITS: usize = 7;

/// Whether a text is surely within Excel's limit. A UTF-8 text has at least as many bytes as UTF-16 units.
#[inline]
pub(crate) fn fits(text: &str) -> bool {
    text.len() <= MAX_UNITS
}

/// The text within Excel's limit: itself, or its beginning and a mark.
#[inline]
pub(crate) fn shortened(text: &str) -> Cow<'_, str> {
    if fits(text) {
        Cow::Borrowed(text)
    } else {
        cut(text)
    }
}

/// Whether a spreadsheet could take the text for a formula when somebody edits the cell or exports it as CSV;
/// `quotePrefix` prevents that.
#[inline]
pub(crate) fn looks_like_formula(text: &str) -> bool {
    matches!(
        text.as_bytes().first(),
        Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r')
    )
}

/// Whether a reader would drop white space at an end of the text unless the cell asks to preserve it. A carriage return is
/// escaped, so it does not count as white space.
#[inline]
pub(crate) fn has_blank_end(text: &str) -> bool {
    const fn is_blank(byte: Option<&u8>) -> bool {
        matches!(byte, Some(b' ' | b'\t' | b'\n'))
    }
    is_blank(text.as_bytes().first()) || is_blank(text.as_bytes().last())
}

/// Whether XML 1.0 has no way to hold the character, or would change it (a carriage return).
pub(crate) fn is_forbidden(character: char) -> bool {
    matches!(character, '\0'..='\u{8}' | '\u{B}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}')
}

#[cold]
fn cut(text: &str) -> Cow<'_, str> {
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
    Cow::Borrowed(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn safe(text: &str) -> String {
        shortened(text).into_owned()
    }

    fn units(text: &str) -> usize {
        text.encode_utf16().count()
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
            assert!(looks_like_formula(text), "{text:?}");
        }
        for text in ["x", " =1", "1+1", "a@b", "\n=1", "'=1", "_x003D_1", "＝1"] {
            assert!(!looks_like_formula(text), "{text:?}");
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
