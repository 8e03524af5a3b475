//! One value of a row, as the caller has it.

use chrono::{NaiveDateTime, TimeDelta};

/// One value of a row.
///
/// A cell borrows its text and is `Copy`, so a row is an array on the stack. Its kind must be that of its column
/// ([`ColumnKind`](crate::ColumnKind)); [`Cell::Empty`] fits every column.
///
/// No value is ever refused or lost for its content. A column has one type, however: what Excel cannot hold as a number or a
/// date is an empty cell, and a line on a last sheet of [notes](crate::Notes) has the value.
///
/// ```
/// use deskledger_workbook::Cell;
///
/// let row = [Cell::Text("jy01"), Cell::Integer(12), Cell::Empty];
/// # assert_eq!(row.len(), 3);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Cell<'a> {
    /// Nothing: the cell stays blank.
    Empty,
    /// Text, always shown as it is: never a formula, a link or rich text. An empty text is a blank cell.
    ///
    /// A text over 32,767 UTF-16 units, Excel's limit, is cut and ends with `… [cut]`.
    Text(&'a str),
    /// A whole number. One of more than 15 digits, which Excel would round, is noted.
    Integer(i64),
    /// A number. NaN, the infinities and what lies outside Excel's range (a size above 9.99999999999999E+307, or
    /// a subnormal number) are noted.
    Decimal(f64),
    /// The wall time to show; the caller has applied the zone. Kept to the millisecond, the rest is dropped.
    ///
    /// From 1900-03-01 00:00:00 to 9999-12-31 23:59:59.999, both included, it is an Excel date; any other time is
    /// noted, as ISO 8601 text. The first two months of 1900 are days that programs do not agree upon: Excel counts a
    /// 29 February that never was.
    DateTime(NaiveDateTime),
    /// A length of time, kept to the millisecond, the rest is dropped.
    ///
    /// From zero to less than 2,958,466 days it is an Excel duration; a negative one, which Excel shows as `#####`,
    /// and a longer one are noted, as text such as `-1:02:03`.
    Duration(TimeDelta),
    /// Yes or no, written as one of the two texts of its column.
    Boolean(bool),
}

impl Cell<'_> {
    /// What the cell holds, for an error message.
    pub(crate) fn kind_name(&self) -> &'static str {
        match self {
            Self::Empty => "nothing",
            Self::Text(_) => "text",
            Self::Integer(_) => "an integer",
            Self::Decimal(_) => "a decimal",
            Self::DateTime(_) => "a date and time",
            Self::Duration(_) => "a duration",
            Self::Boolean(_) => "a boolean",
        }
    }
}
