//! What a cell becomes in the sheet: a number, a text or nothing.

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
            Cell::DateTime(time) => serial::date_time(time).map_or_else(
                || Self::Text(serial::date_time_text(time).into()),
                Self::Serial,
            ),
            Cell::Duration(length) => serial::duration(length).map_or_else(
                || Self::Text(serial::duration_text(length).into()),
                Self::Serial,
            ),
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
            Self::Text(integer.to_string().into())
        }
    }

    fn of_decimal(decimal: f64) -> Self {
        if decimal == 0.0 {
            // Excel knows no negative zero.
            Self::Decimal(0.0)
        } else if decimal.is_normal() && decimal.abs() <= LARGEST_DECIMAL {
            Self::Decimal(decimal)
        } else if decimal.is_finite() {
            Self::Text(format!("{decimal:E}").into())
        } else {
            Self::Text(decimal.to_string().into())
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
                &Value::Decimal(decimal),
            );
        }
        let Value::Decimal(zero) = Value::of_decimal(-0.0) else {
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
