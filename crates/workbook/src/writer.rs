//! The writer: rows in, in order, then the file.

use std::{
    fmt,
    io::{self, Write},
};

use crate::{
    builder::WorkbookBuilder,
    cell::Cell,
    column::Column,
    error::{WorkbookError, WorkbookErrorKind},
    name::SheetName,
    package::Package,
    row,
    template::Template,
};

/// Writes a table as an Excel workbook into a sink of bytes, row by row.
///
/// Bytes reach the sink from the first on: the package begins when the writer is built, and of the rows at most some
/// 600 KiB of XML wait, which are a few hundred rows. No temp file is written and memory is flat. A workbook of more rows
/// than that is compressed on a thread of its own, which ends with the writer; the sink is written to by the caller's alone.
///
/// A workbook is whole only after [`finish`](Self::finish); one that is dropped before leaves nothing that opens.
///
/// ```
/// use deskledger_workbook::{Cell, Column, ColumnKind, WorkbookWriter};
///
/// let columns = vec![
///     Column::new("Username", ColumnKind::Text),
///     Column::new("Latency (ms)", ColumnKind::Integer),
/// ];
/// let mut writer = WorkbookWriter::builder(columns).build(Vec::new())?;
/// writer.append(&[Cell::Text("jy01"), Cell::Integer(12)])?;
/// let (file, summary) = writer.finish()?;
/// assert_eq!(summary.rows, 1);
/// assert_eq!(summary.bytes, file.len() as u64);
/// # Ok::<(), deskledger_workbook::WorkbookError>(())
/// ```
pub struct WorkbookWriter<W> {
    package: Package<W>,
    columns: Vec<Column>,
    name: SheetName,
    rows_per_sheet: u32,
    rows: u64,
    sheets: u32,
    /// Set while the package changes, so that it stays set when that breaks, by an error or by a panic of the sink.
    broken: bool,
}

/// What a finished workbook holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkbookSummary {
    /// Data rows, headers not counted.
    pub rows: u64,
    /// Sheets, at least one.
    pub sheets: u32,
    /// Bytes the sink took: the size of the file.
    pub bytes: u64,
}

impl WorkbookWriter<io::Sink> {
    /// Begins a workbook with these columns, from left to right. The sink, of any type, is given to
    /// [`build`](WorkbookBuilder::build).
    pub fn builder(columns: Vec<Column>) -> WorkbookBuilder {
        WorkbookBuilder::new(columns)
    }
}

impl<W: Write + Send> WorkbookWriter<W> {
    pub(crate) fn open(
        sink: W,
        template: Template,
        columns: Vec<Column>,
        name: SheetName,
        rows_per_sheet: u32,
    ) -> Result<Self, WorkbookError> {
        Ok(Self {
            package: Package::new(sink, template, &columns)?,
            columns,
            name,
            rows_per_sheet,
            rows: 0,
            sheets: 1,
            broken: false,
        })
    }

    /// Writes the next row: one cell for each column, in the order of the columns. A full sheet is followed by the
    /// next, with the same header; a sheet is full too when its XML nears 4 GiB, more than a plain ZIP entry holds. A
    /// row of empty cells is an empty row.
    ///
    /// # Errors
    /// - [`InvalidRow`](WorkbookErrorKind::InvalidRow): the row has another number of cells than there are columns, or
    ///   a cell of another kind than its column. Nothing of it was written and the writer goes on.
    /// - [`Sink`](WorkbookErrorKind::Sink): the sink refused bytes.
    /// - [`Unusable`](WorkbookErrorKind::Unusable): that happened before.
    pub fn append(&mut self, cells: &[Cell<'_>]) -> Result<(), WorkbookError> {
        self.check_unbroken()?;
        row::check(cells, &self.columns, self.rows.saturating_add(1))?;
        self.broken = true;
        if self.package.rows_in_sheet() == self.rows_per_sheet || self.package.is_sheet_full() {
            self.package.next_sheet(self.name.of_sheet(self.sheets))?;
            self.sheets += 1;
        }
        self.package.append(cells, &self.columns)?;
        self.rows += 1;
        self.broken = false;
        Ok(())
    }

    /// Writes what is left, flushes the sink and gives it back, with a summary.
    ///
    /// # Errors
    /// - [`Sink`](WorkbookErrorKind::Sink): the sink refused bytes; what it took does not open as a workbook.
    /// - [`Internal`](WorkbookErrorKind::Internal): the parts that name the sheets could not be made.
    /// - [`Unusable`](WorkbookErrorKind::Unusable): the sink refused bytes in [`append`](Self::append), or panicked.
    pub fn finish(self) -> Result<(W, WorkbookSummary), WorkbookError> {
        self.check_unbroken()?;
        let (sink, bytes) = self.package.finish(self.name.of_sheet(self.sheets))?;
        let summary = WorkbookSummary {
            rows: self.rows,
            sheets: self.sheets,
            bytes,
        };
        Ok((sink, summary))
    }

    fn check_unbroken(&self) -> Result<(), WorkbookError> {
        if self.broken {
            return Err(WorkbookError::new(
                WorkbookErrorKind::Unusable,
                "the workbook broke at an earlier row and cannot be finished",
            ));
        }
        Ok(())
    }
}

impl<W> fmt::Debug for WorkbookWriter<W> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("WorkbookWriter")
            .field("rows", &self.rows)
            .field("sheets", &self.sheets)
            .field("broken", &self.broken)
            .finish_non_exhaustive()
    }
}
