//! Whole numbers, as JSON Schema means them: `12.0` is one (draft 2020-12, §4.2.3).

use std::fmt;

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// A whole number of 32 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct WholeNumber(pub(crate) i32);

impl<'de> Deserialize<'de> for WholeNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WholeNumberVisitor)
    }
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
    let number = WholeNumber::deserialize(&mut json).ok();
    let number = number.map(|number| number.0);
    number.filter(|_| text.ends_with(|last: char| last.is_ascii_digit()) && json.end().is_ok())
}

struct WholeNumberVisitor;

impl Visitor<'_> for WholeNumberVisitor {
    type Value = WholeNumber;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a whole number from {} to {}", i32::MIN, i32::MAX)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<WholeNumber, E> {
        let whole = i32::try_from(number);
        whole
            .map(WholeNumber)
            .map_err(|_| E::invalid_value(Unexpected::Signed(number), &self))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<WholeNumber, E> {
        let whole = i32::try_from(number);
        whole
            .map(WholeNumber)
            .map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &self))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<WholeNumber, E> {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "what is cut off makes another number, which is refused"
        )]
        let whole = number as i32;
        if f64::from(whole).total_cmp(&(number + 0.0)).is_eq() {
            Ok(WholeNumber(whole))
        } else {
            Err(E::invalid_value(Unexpected::Float(number), &self))
        }
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
            let read = Option::<WholeNumber>::deserialize(&mut reader).unwrap();
            assert_eq!(read.map(|read| read.0), number, "{json}");
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
            let error = WholeNumber::deserialize(&mut reader)
                .unwrap_err()
                .to_string();
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
            let of_json = WholeNumber::deserialize(&mut reader)
                .ok()
                .map(|read| read.0);
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
