//! The writer: rows in, in order, then the file.

use std::{
    fmt,
    io::{self, Write},
};

use rust_xlsxwriter::DocProperties;

use crate::{
    builder::WorkbookBuilder,
    cell::Cell,
    column::Column,
    error::{WorkbookError, WorkbookErrorKind},
    name::SheetName,
    package::Package,
    row,
    sink::WatchedSink,
};

/// Writes a table as an Excel workbook into a sink of bytes, row by row.
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
    sink: WatchedSink<W>,
    package: Package,
    columns: Vec<Column>,
    name: SheetName,
    rows_per_sheet: u32,
    rows_in_sheet: u32,
    rows: u64,
    sheets: u32,
    /// Set while the package changes, so that it stays set when that breaks.
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
        properties: &DocProperties,
        columns: Vec<Column>,
        name: SheetName,
        rows_per_sheet: u32,
    ) -> Result<Self, WorkbookError> {
        Ok(Self {
            sink: WatchedSink::new(sink),
            package: Package::new(properties, &name.of_sheet(1), &columns)?,
            columns,
            name,
            rows_per_sheet,
            rows_in_sheet: 0,
            rows: 0,
            sheets: 1,
            broken: false,
        })
    }

    /// Writes the next row: one cell for each column, in the order of the columns. A full sheet is followed by the
    /// next, with the same header. A row of empty cells is an empty row.
    ///
    /// # Errors
    /// - [`InvalidRow`](WorkbookErrorKind::InvalidRow): the row has another number of cells than there are columns, or
    ///   a cell of another kind than its column. Nothing of it was written and the writer goes on.
    /// - [`Sink`](WorkbookErrorKind::Sink): the sink refused bytes.
    /// - [`Internal`](WorkbookErrorKind::Internal): the temp file could not be written.
    /// - [`Unusable`](WorkbookErrorKind::Unusable): one of the last two happened before.
    pub fn append(&mut self, cells: &[Cell<'_>]) -> Result<(), WorkbookError> {
        self.check_unbroken()?;
        row::check(cells, &self.columns, self.rows.saturating_add(1))?;
        self.broken = true;
        if self.rows_in_sheet == self.rows_per_sheet {
            self.next_sheet()?;
        }
        self.package.append(cells, &self.columns)?;
        self.rows_in_sheet += 1;
        self.rows += 1;
        self.broken = false;
        Ok(())
    }

    /// Writes what is left, flushes the sink and gives it back, with a summary.
    ///
    /// # Errors
    /// - [`Sink`](WorkbookErrorKind::Sink): the sink refused bytes; what it took does not open as a workbook.
    /// - [`Internal`](WorkbookErrorKind::Internal): the temp file could not be written or read.
    /// - [`Unusable`](WorkbookErrorKind::Unusable): one of these happened in [`append`](Self::append).
    pub fn finish(mut self) -> Result<(W, WorkbookSummary), WorkbookError> {
        self.check_unbroken()?;
        self.package.finish(&mut self.sink, &self.columns)?;
        let (sink, bytes) = self.sink.into_parts();
        let summary = WorkbookSummary {
            rows: self.rows,
            sheets: self.sheets,
            bytes,
        };
        Ok((sink, summary))
    }

    fn next_sheet(&mut self) -> Result<(), WorkbookError> {
        self.sheets += 1;
        let name = self.name.of_sheet(self.sheets);
        self.package.next_sheet(&name, &self.columns)?;
        self.rows_in_sheet = 0;
        Ok(())
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
