//! Whole numbers, as JSON Schema means them: `12.0` is one (draft 2020-12, §4.2.3).

use std::fmt;

use serde::Deserializer;
use serde::de::{Error, Unexpected, Visitor};

/// A whole number of 32 bits, or nothing where it is null.
pub(super) fn whole_number<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<i32>, D::Error> {
    deserializer.deserialize_any(WholeNumber)
}

/// The number that a cell of CSV holds: whatever JSON may write for one, `12`, `12.0`, `1.2e1`, which programs write that know
/// only floating point numbers; also with zeros or a plus before it.
pub(crate) fn whole_number_of_text(text: &str) -> Option<i32> {
    text.parse().ok().or_else(|| number_of_json(text))
}

fn number_of_json(text: &str) -> Option<i32> {
    // JSON has other values, and blanks around them.
    if !text.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
        return None;
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let number = whole_number(&mut json).ok().flatten();
    number.filter(|_| text.ends_with(|last: char| last.is_ascii_digit()) && json.end().is_ok())
}

struct WholeNumber;

impl<'de> Visitor<'de> for WholeNumber {
    type Value = Option<i32>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a whole number from {} to {}", i32::MIN, i32::MAX)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Option<i32>, E> {
        let whole = i32::try_from(number);
        whole
            .map(Some)
            .map_err(|_| E::invalid_value(Unexpected::Signed(number), &self))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Option<i32>, E> {
        let whole = i32::try_from(number);
        whole
            .map(Some)
            .map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &self))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Option<i32>, E> {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "what is cut off makes another number, which is refused"
        )]
        let whole = number as i32;
        if f64::from(whole).total_cmp(&(number + 0.0)).is_eq() {
            Ok(Some(whole))
        } else {
            Err(E::invalid_value(Unexpected::Float(number), &self))
        }
    }

    fn visit_unit<E: Error>(self) -> Result<Option<i32>, E> {
        Ok(None)
    }

    fn visit_none<E: Error>(self) -> Result<Option<i32>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<Option<i32>, D::Error> {
        whole_number(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_may_be_written_with_a_fraction_of_zero() {
        for (json, number) in [
            ("12", Some(12)),
            ("12.0", Some(12)),
            ("12.000", Some(12)),
            ("1.2e1", Some(12)),
            ("-1.0", Some(-1)),
            ("-0.0", Some(0)),
            ("2147483647.0", Some(i32::MAX)),
            ("-2147483648", Some(i32::MIN)),
            ("null", None),
        ] {
            let mut reader = serde_json::Deserializer::from_str(json);
            assert_eq!(whole_number(&mut reader).unwrap(), number, "{json}");
        }
        for json in [
            "12.5",
            "2147483648",
            "2147483648.0",
            "1e300",
            "true",
            "\"12\"",
            "[]",
        ] {
            let mut reader = serde_json::Deserializer::from_str(json);
            let error = whole_number(&mut reader).unwrap_err().to_string();
            let expected = "expected a whole number from -2147483648 to 2147483647";
            assert!(error.contains(expected), "{json}: {error}");
        }
    }

    #[test]
    fn a_cell_holds_what_json_takes_for_a_whole_number() {
        for text in [
            "12",
            "12.0",
            "1e3",
            "1.5",
            "1.5e1",
            "-0.0",
            "1e-1",
            "2147483647.0",
            "2147483648.0",
        ] {
            let mut reader = serde_json::Deserializer::from_str(text);
            let of_json = whole_number(&mut reader).ok().flatten();
            assert_eq!(whole_number_of_text(text), of_json, "{text}");
        }
    }

    #[test]
    fn a_cell_holds_a_whole_number() {
        for (text, number) in [
            ("12", Some(12)),
            ("12.0", Some(12)),
            ("-1.00", Some(-1)),
            ("12.", None),
            ("12.5", None),
            (".0", None),
            ("1e3", Some(1000)),
            ("1.2E+1", Some(12)),
            ("1.50e1", Some(15)),
            ("-0.0", Some(0)),
            ("+5", Some(5)),
            ("007", Some(7)),
            ("1e-1", None),
            ("1.5", None),
            ("1e300", None),
            ("2147483648", None),
            ("2147483648.0", None),
            ("", None),
            ("-", None),
            ("null", None),
            ("true", None),
            (" 12", None),
            ("1e3 ", None),
            ("1e3,", None),
            ("0x10", None),
            ("1,5", None),
        ] {
            assert_eq!(whole_number_of_text(text), number, "{text}");
        }
    }
}
