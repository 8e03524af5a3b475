//! Headers: the names that are ours or the vendor's, and how those are read that are lists (RFC 9110 §5.6).

pub(crate) mod accept;
pub(crate) mod range;

use std::iter;

use actix_web::http::header::{HeaderMap, HeaderName};

/// The identifier of a request, in and out.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The project that a signed request is meant for.
pub(crate) const PROJECT_ID: HeaderName = HeaderName::from_static("x-project-id");

/// The elements of a header that is a list, over all its lines, without the blanks around them and without empty ones. A line
/// that is not ASCII has none.
pub(crate) fn elements<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> impl Iterator<Item = &'a str> + use<'a> {
    headers
        .get_all(name)
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| split(line, ','))
        .filter(|element| !element.is_empty())
}

/// The parts of a text that stand between separators, without the blanks around them. A separator in quotes separates nothing.
pub(crate) fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    iter::from_fn(move || {
        let text = rest?;
        let end = first_unquoted(text, separator);
        rest = end.map(|end| &text[end + separator.len_utf8()..]);
        let part = end.map_or(text, |end| &text[..end]);
        Some(part.trim_matches([' ', '\t']))
    })
}

fn first_unquoted(text: &str, wanted: char) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    text.char_indices().find_map(|(position, character)| {
        if escaped {
            escaped = false;
            return None;
        }
        match character {
            '"' => quoted = !quoted,
            '\\' => escaped = quoted,
            _ => {}
        }
        (!quoted && character == wanted).then_some(position)
    })
}

/// A value that may stand in quotes, without them; `None` where quotes stand elsewhere, or something is escaped, which nothing that
/// is read here needs.
pub(crate) fn unquoted(value: &str) -> Option<&str> {
    let inner = match value.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"')?,
        None => value,
    };
    (!inner.contains(['"', '\\'])).then_some(inner)
}

/// A weight in thousandths (RFC 9110 §12.4.2): a digit, and up to three behind a point. `None` where it is malformed.
pub(crate) fn weight(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if !matches!(whole, "0" | "1") || fraction.len() > 3 || !is_number(fraction) {
        return None;
    }
    let padded = format!("{whole}{fraction:0<3}");
    padded.parse().ok().filter(|weight| *weight <= 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_separator_in_quotes_separates_nothing() {
        for (text, parts) in [
            ("", vec![""]),
            ("a", vec!["a"]),
            ("a, b\t,c", vec!["a", "b", "c"]),
            ("a,,b,", vec!["a", "", "b", ""]),
            (r#"a;x="b, c", d"#, vec![r#"a;x="b, c""#, "d"]),
            (r#"a;x="b\", c", d"#, vec![r#"a;x="b\", c""#, "d"]),
            (r"a\, b", vec![r"a\", "b"]),
            (r#"a="b, c"#, vec![r#"a="b, c"#]),
        ] {
            assert_eq!(split(text, ',').collect::<Vec<_>>(), parts, "{text}");
        }
    }

    #[test]
    fn quotes_stand_around_a_value_or_nowhere() {
        for (value, inner) in [
            ("a", Some("a")),
            ("\"a b\"", Some("a b")),
            ("\"\"", Some("")),
            ("", Some("")),
            ("\"", None),
            ("a\"", None),
            ("\"a", None),
            ("\"a\"b\"", None),
            ("\"a\\\"", None),
        ] {
            assert_eq!(unquoted(value), inner, "{value}");
        }
    }

    #[test]
    fn a_weight_has_three_digits_at_most_behind_its_point() {
        for (text, expected) in [
            ("1", Some(1000)),
            ("1.000", Some(1000)),
            ("0", Some(0)),
            ("0.", Some(0)),
            ("0.5", Some(500)),
            ("0.001", Some(1)),
            ("1.001", None),
            ("0.0001", None),
            ("2", None),
            (".5", None),
            ("-0", None),
            ("0.+5", None),
            ("nan", None),
            ("", None),
        ] {
            assert_eq!(weight(text), expected, "{text}");
        }
    }
}
