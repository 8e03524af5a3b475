//! What a cell becomes in the sheet: a number, a text or nothing. A column of numbers or times never holds a text.

use std::borrow::Cow;

use crate::{
    cell::Cell,
    column::{Column, ColumnKind},
    serial::{self, Serial},
    text,
};

/// The largest whole number of which Excel keeps every digit: it shows 15 and rounds the rest.
const LARGEST_INTEGER: u64 = 999_999_999_999_999;

/// The largest number Excel accepts.
const LARGEST_DECIMAL: f64 = 9.999_999_999_999_99E+307;

/// What stands in a cell of the sheet.
#[derive(Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Blank,
    /// Excel cannot hold the value as its column does: the cell stays empty, and a note has the value.
    Unfit,
    Integer(i64),
    Decimal(f64),
    Serial(Serial),
    /// Not empty and within Excel's limit.
    Text(Cow<'a, str>),
}

impl<'a> Value<'a> {
    /// What a cell becomes in its column.
    #[inline]
    pub(crate) fn of(cell: Cell<'a>, column: &'a Column) -> Self {
        match cell {
            Cell::Empty => Self::Blank,
            Cell::Text(text) => Self::of_text(text),
            Cell::Integer(integer) => Self::of_integer(integer),
            Cell::Decimal(decimal) => Self::of_decimal(decimal),
            Cell::DateTime(time) => serial::date_time(time).map_or(Self::Unfit, Self::Serial),
            Cell::Duration(length) => serial::duration(length).map_or(Self::Unfit, Self::Serial),
            Cell::Boolean(truth) => Self::of_boolean(truth, column.kind()),
        }
    }

    #[inline]
    pub(crate) fn of_text(text: &'a str) -> Self {
        if text.is_empty() {
            Self::Blank
        } else {
            Self::Text(text::shortened(text))
        }
    }

    fn of_integer(integer: i64) -> Self {
        if integer.unsigned_abs() <= LARGEST_INTEGER {
            Self::Integer(integer)
        } else {
            Self::Unfit
        }
    }

    fn of_decimal(decimal: f64) -> Self {
        if decimal == 0.0 {
            // Excel knows no negative zero.
            Self::Decimal(0.0)
        } else if decimal.is_normal() && decimal.abs() <= LARGEST_DECIMAL {
            Self::Decimal(decimal)
        } else {
            Self::Unfit
        }
    }

    fn of_boolean(truth: bool, kind: &'a ColumnKind) -> Self {
        match kind {
            ColumnKind::Boolean {
                when_true,
                when_false,
            } => Self::of_text(if truth { when_true } else { when_false }),
            _ => Self::Blank,
        }
    }
}

/// The text of a number or a time, for what a column cannot hold: with all its digits.
pub(crate) fn written(cell: Cell<'_>) -> String {
    match cell {
        Cell::Integer(integer) => integer.to_string(),
        Cell::Decimal(decimal) if decimal.is_finite() => format!("{decimal:E}"),
        Cell::Decimal(decimal) => decimal.to_string(),
        Cell::DateTime(time) => serial::date_time_text(time),
        Cell::Duration(length) => serial::duration_text(length),
        Cell::Empty | Cell::Text(_) | Cell::Boolean(_) => String::new(),
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
        Value::Text(text.into())
    }

    #[test]
    fn an_integer_of_15_digits_is_a_number() {
        for integer in [0, -12, 999_999_999_999_999, -999_999_999_999_999] {
            assert_value(
                Cell::Integer(integer),
                ColumnKind::Integer,
                &Value::Integer(integer),
            );
        }
    }

    #[test]
    fn an_integer_of_more_digits_does_not_fit() {
        for integer in [
            1_000_000_000_000_000,
            -1_000_000_000_000_000,
            i64::MIN,
            i64::MAX,
        ] {
            assert_value(Cell::Integer(integer), ColumnKind::Integer, &Value::Unfit);
            assert_eq!(written(Cell::Integer(integer)), integer.to_string());
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
                &Value::Decimal(decimal),
            );
        }
        let Value::Decimal(zero) = Value::of_decimal(-0.0) else {
            panic!("zero is a number");
        };
        assert!(zero.is_sign_positive());
    }

    #[test]
    fn a_decimal_that_excel_cannot_hold_does_not_fit() {
        for (decimal, expected) in [
            (f64::NAN, "NaN"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::MAX, "1.7976931348623157E308"),
            (-5e-324, "-5E-324"),
        ] {
            assert_value(Cell::Decimal(decimal), ColumnKind::Decimal, &Value::Unfit);
            assert_eq!(written(Cell::Decimal(decimal)), expected);
        }
    }

    #[test]
    fn a_boolean_is_one_of_the_two_texts() {
        let kind = || ColumnKind::boolean("Yes", "");
        assert_value(Cell::Boolean(true), kind(), &text("Yes"));
        assert_value(Cell::Boolean(false), kind(), &Value::Blank);
    }
}
