//! What a cell becomes in the sheet: a number, a text or nothing.

use crate::{
    cell::Cell,
    column::{Column, ColumnKind},
    serial,
    text::SafeText,
};

/// The largest whole number of which Excel keeps every digit: it shows 15 and rounds the rest.
const LARGEST_INTEGER: u64 = 999_999_999_999_999;

/// The largest number Excel accepts.
const LARGEST_DECIMAL: f64 = 9.999_999_999_999_99E+307;

/// What stands in a cell of the sheet.
#[derive(Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Blank,
    Number(f64),
    Text(SafeText<'a>),
}

impl<'a> Value<'a> {
    /// What a cell becomes in its column.
    pub(crate) fn of(cell: Cell<'a>, column: &'a Column) -> Self {
        match cell {
            Cell::Empty => Self::Blank,
            Cell::Text(text) => SafeText::new(text).map_or(Self::Blank, Self::Text),
            Cell::Integer(integer) => Self::of_integer(integer),
            Cell::Decimal(decimal) => Self::of_decimal(decimal),
            Cell::DateTime(time) => {
                Self::number_or(serial::date_time(time), || serial::date_time_text(time))
            }
            Cell::Duration(length) => {
                Self::number_or(serial::duration(length), || serial::duration_text(length))
            }
            Cell::Boolean(truth) => Self::of_boolean(truth, column.kind()),
        }
    }

    fn of_integer(integer: i64) -> Self {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a float holds every integer of 15 digits"
        )]
        let number = (integer.unsigned_abs() <= LARGEST_INTEGER).then_some(integer as f64);
        Self::number_or(number, || integer.to_string())
    }

    fn of_decimal(decimal: f64) -> Self {
        let number = if decimal == 0.0 {
            // Excel knows no negative zero.
            Some(0.0)
        } else {
            (decimal.is_normal() && decimal.abs() <= LARGEST_DECIMAL).then_some(decimal)
        };
        Self::number_or(number, || {
            if decimal.is_finite() {
                format!("{decimal:E}")
            } else {
                decimal.to_string()
            }
        })
    }

    fn of_boolean(truth: bool, kind: &'a ColumnKind) -> Self {
        let text = match kind {
            ColumnKind::Boolean {
                when_true,
                when_false,
            } => Some(if truth { when_true } else { when_false }),
            _ => None,
        };
        text.and_then(|text| SafeText::new(text.as_str()))
            .map_or(Self::Blank, Self::Text)
    }

    fn number_or(number: Option<f64>, text: impl FnOnce() -> String) -> Self {
        match number {
            Some(number) => Self::Number(number),
            None => SafeText::new(text()).map_or(Self::Blank, Self::Text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_value(cell: Cell<'_>, kind: ColumnKind, expected: &Value<'_>) {
        let column = Column::new("header", kind);
        assert_eq!(&Value::of(cell, &column), expected);
    }

    fn text(text: &str) -> Value<'_> {
        Value::Text(SafeText::new(text).unwrap())
    }

    #[test]
    fn an_integer_of_15_digits_is_a_number() {
        for (integer, number) in [
            (0, 0.0),
            (-12, -12.0),
            (999_999_999_999_999, 999_999_999_999_999.0),
            (-999_999_999_999_999, -999_999_999_999_999.0),
        ] {
            assert_value(
                Cell::Integer(integer),
                ColumnKind::Integer,
                &Value::Number(number),
            );
        }
    }

    #[test]
    fn an_integer_of_more_digits_is_text() {
        for integer in [
            1_000_000_000_000_000,
            -1_000_000_000_000_000,
            i64::MIN,
            i64::MAX,
        ] {
            assert_value(
                Cell::Integer(integer),
                ColumnKind::Integer,
                &text(&integer.to_string()),
            );
        }
    }

    #[test]
    fn a_decimal_that_excel_can_hold_is_a_number() {
        for decimal in [
            0.0,
            0.5,
            -1e-300,
            f64::MIN_POSITIVE,
            9.999_999_999_999_99E+307,
        ] {
            assert_value(
                Cell::Decimal(decimal),
                ColumnKind::Decimal,
                &Value::Number(decimal),
            );
        }
        let Value::Number(zero) = Value::of_decimal(-0.0) else {
            panic!("zero is a number");
        };
        assert!(zero.is_sign_positive());
    }

    #[test]
    fn a_decimal_that_excel_cannot_hold_is_text() {
        for (decimal, expected) in [
            (f64::NAN, "NaN"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::MAX, "1.7976931348623157E308"),
            (-5e-324, "-5E-324"),
        ] {
            assert_value(Cell::Decimal(decimal), ColumnKind::Decimal, &text(expected));
        }
    }

    #[test]
    fn a_boolean_is_one_of_the_two_texts() {
        let kind = || ColumnKind::boolean("Yes", "");
        assert_value(Cell::Boolean(true), kind(), &text("Yes"));
        assert_value(Cell::Boolean(false), kind(), &Value::Blank);
    }
}
