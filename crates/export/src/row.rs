//! Turns a record or an audit of `domain` into a row of `workbook`. No other file does.

use chrono::NaiveDate;
use chrono_tz::Tz;
use deskledger_domain::{self as domain, Language, RecordRef, Value};
use deskledger_workbook::{Cell, Column, ColumnKind};
use unicode_width::UnicodeWidthStr as _;

use crate::local_time::LocalTimes;

/// How many columns a row has.
pub(crate) const WIDTH: usize = domain::Column::ALL.len();

/// What a filter button and the bold face need beside a header, in characters.
const HEADER_ROOM: usize = 4;

/// The columns of the workbook in a language, with times in a zone.
pub(crate) fn columns(language: Language, time_zone: Tz) -> Vec<Column> {
    domain::Column::ALL
        .into_iter()
        .map(|column| {
            let header = column.header(language, time_zone);
            self::column(&header, column.kind(), column.width(), language)
        })
        .collect()
}

/// A column of the workbook, whose values need at least a width.
pub(crate) fn column(
    header: &str,
    kind: domain::ColumnKind,
    least: u8,
    language: Language,
) -> Column {
    let kind = match kind {
        domain::ColumnKind::Text => ColumnKind::Text,
        domain::ColumnKind::Time => ColumnKind::DateTime,
        domain::ColumnKind::Duration => ColumnKind::Duration,
        domain::ColumnKind::Boolean => ColumnKind::boolean(language.yes(), language.no()),
        domain::ColumnKind::Integer => ColumnKind::Integer,
    };
    Column::new(header, kind).width(width(header, least))
}

/// The width of a column, in characters, where its values need at least so much. The name of a time zone can be longer than
/// any value, and a Japanese character is two wide.
pub(crate) fn width(header: &str, least: u8) -> f64 {
    let header_width = u8::try_from(header.width() + HEADER_ROOM);
    least.max(header_width.unwrap_or(u8::MAX)).into()
}

/// Makes the cells of records, with times in a zone.
pub(crate) struct Cells {
    local: LocalTimes,
}

impl Cells {
    pub(crate) fn new(time_zone: Tz) -> Self {
        Self {
            local: LocalTimes::new(time_zone),
        }
    }

    /// The day on which a record began.
    pub(crate) fn day(&mut self, record: &RecordRef<'_>) -> NaiveDate {
        self.local.of(record.connection_start_time).date()
    }

    /// The cells of a record, in the order of [`columns`].
    #[inline]
    pub(crate) fn of<'a>(&mut self, record: &RecordRef<'a>) -> [Cell<'a>; WIDTH] {
        domain::Column::map(|column| cell(column.value(record), &mut self.local))
    }
}

/// The cell of a value.
#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "for a column that is known it is a move; asked for every cell of every record"
)]
pub(crate) fn cell<'a>(value: Value<'a>, local: &mut LocalTimes) -> Cell<'a> {
    match value {
        Value::Missing => Cell::Empty,
        Value::Text(text) => Cell::Text(text),
        Value::Time(time) => Cell::DateTime(local.of(time)),
        Value::Duration(duration) => Cell::Duration(duration),
        Value::Boolean(value) => Cell::Boolean(value),
        Value::Integer(number) => Cell::Integer(number),
    }
}
