//! Notes: values that Excel cannot hold as their column does, on a last sheet.

use crate::{
    cell::Cell,
    column::{Column, ColumnKind},
    value,
};

/// The most notes that are kept, some 400 KiB; those beyond are counted.
pub(crate) const MAX_NOTES: usize = 10_000;

/// The columns of the sheet of notes: where a value stands, and the value.
const COLUMNS: usize = 4;

/// The least width of the names of columns and of values, in characters.
const TEXT_WIDTH: f64 = 32.0;

/// The words of the sheet of notes.
///
/// A column has one type. A value that Excel cannot hold as that type, such as a negative duration, is an empty cell, and a row
/// of a last sheet says where it stands and what it is: the sheet, the row, the header of the column and the value as
/// text. The sheet is there only if there is such a value. After 10,000 rows a last one says how many more there are.
///
/// ```
/// use chrono::TimeDelta;
/// use deskledger_workbook::{Cell, Column, ColumnKind, Notes, WorkbookWriter};
///
/// let notes = Notes::new("Hinweise", ["Blatt", "Zeile", "Spalte", "Wert"], "und {} weitere");
/// let columns = vec![Column::new("Dauer", ColumnKind::Duration)];
/// let mut writer = WorkbookWriter::builder(columns).notes(notes).build(Vec::new())?;
/// writer.append(&[Cell::Duration(TimeDelta::seconds(-3))])?;
/// let (_, summary) = writer.finish()?;
/// assert_eq!((summary.rows, summary.notes, summary.sheets), (1, 1, 2));
/// # Ok::<(), deskledger_workbook::WorkbookError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Notes {
    pub(crate) sheet_name: String,
    headers: [String; COLUMNS],
    more: String,
}

impl Notes {
    /// The name of the sheet, as for [`sheet_name`](crate::WorkbookBuilder::sheet_name); the headers of the sheet, the row, the
    /// column and the value; and what stands behind the last note where there were more, `{}` being how many.
    pub fn new(
        sheet_name: impl Into<String>,
        headers: [impl Into<String>; COLUMNS],
        more: impl Into<String>,
    ) -> Self {
        Self {
            sheet_name: sheet_name.into(),
            headers: headers.map(Into::into),
            more: more.into(),
        }
    }

    pub(crate) fn columns(&self) -> Vec<Column> {
        let [sheet, row, column, value] = &self.headers;
        let wide = |header: &String| {
            let column = Column::new(header, ColumnKind::Text);
            let width = column.effective_width().max(TEXT_WIDTH);
            column.width(width)
        };
        vec![
            wide(sheet),
            Column::new(row, ColumnKind::Integer),
            wide(column),
            wide(value),
        ]
    }

    /// How many more notes there are than those that are listed.
    pub(crate) fn more(&self, count: u64) -> String {
        self.more.replacen("{}", &count.to_string(), 1)
    }
}

impl Default for Notes {
    /// English words.
    fn default() -> Self {
        Self::new("Notes", ["Sheet", "Row", "Column", "Value"], "and {} more")
    }
}

/// A value that Excel cannot hold, and where it would stand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Note {
    /// The sheet, from 0.
    pub(crate) sheet: usize,
    /// The row in the sheet, from 1.
    pub(crate) row: u32,
    /// The table, from 0.
    pub(crate) table: usize,
    /// The column, from 0.
    pub(crate) column: usize,
    value: Cell<'static>,
}

impl Note {
    pub(crate) fn text(&self) -> String {
        value::written(self.value)
    }
}

/// The notes of a workbook.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    pub(crate) kept: Vec<Note>,
    /// Those that were not kept.
    pub(crate) more: u64,
}

impl Collected {
    /// Notes the values of a row that Excel cannot hold.
    #[cold]
    pub(crate) fn add(
        &mut self,
        cells: &[Cell<'_>],
        columns: &[Column],
        (sheet, table, row): (usize, usize, u32),
    ) {
        for (column, (cell, of)) in cells.iter().zip(columns).enumerate() {
            if value::Value::of(*cell, of) != value::Value::Unfit {
                continue;
            }
            let Some(value) = owned(*cell) else { continue };
            if self.kept.len() < MAX_NOTES {
                self.kept.push(Note {
                    sheet,
                    row,
                    table,
                    column,
                    value,
                });
            } else {
                self.more += 1;
            }
        }
    }

    /// How many notes there were.
    pub(crate) fn count(&self) -> u64 {
        u64::try_from(self.kept.len()).unwrap_or(u64::MAX) + self.more
    }
}

/// A cell that borrows nothing; a text is never noted.
fn owned(cell: Cell<'_>) -> Option<Cell<'static>> {
    match cell {
        Cell::Integer(integer) => Some(Cell::Integer(integer)),
        Cell::Decimal(decimal) => Some(Cell::Decimal(decimal)),
        Cell::DateTime(time) => Some(Cell::DateTime(time)),
        Cell::Duration(length) => Some(Cell::Duration(length)),
        Cell::Empty | Cell::Text(_) | Cell::Boolean(_) => None,
    }
}
