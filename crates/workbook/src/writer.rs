//! The writer: rows in, in order, then the file.

use std::{
    collections::HashSet,
    fmt,
    io::{self, Write},
    mem, vec,
};

use crate::{
    builder::WorkbookBuilder,
    cell::Cell,
    column::Column,
    error::{WorkbookError, WorkbookErrorKind},
    note::{Collected, Notes},
    package::Package,
    row,
    table::Table,
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
    table: Table,
    next_tables: vec::IntoIter<Table>,
    /// Those that were ended.
    earlier_tables: Vec<Table>,
    note_words: Notes,
    note_table: Option<Table>,
    notes: Collected,
    rows_per_sheet: u32,
    rows: u64,
    sheets: u32,
    /// Sheets of the table.
    sheets_of_table: u32,
    /// The names of the sheets of earlier tables, in lower case: Excel ignores the case of names.
    taken_names: HashSet<String>,
    /// Set while the package changes, so that it stays set when that breaks, by an error or by a panic of the sink.
    broken: bool,
}

/// What a finished workbook holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkbookSummary {
    /// Data rows of all tables, headers and notes not counted.
    pub rows: u64,
    /// Values that Excel cannot hold: their cells are empty, and a last sheet lists them.
    pub notes: u64,
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
        package: Package<W>,
        table: Table,
        next_tables: Vec<Table>,
        (note_words, note_table): (Notes, Table),
        rows_per_sheet: u32,
    ) -> Self {
        Self {
            package,
            table,
            next_tables: next_tables.into_iter(),
            earlier_tables: Vec::new(),
            note_words,
            note_table: Some(note_table),
            notes: Collected::default(),
            rows_per_sheet,
            rows: 0,
            sheets: 1,
            sheets_of_table: 1,
            taken_names: HashSet::new(),
            broken: false,
        }
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
        row::check(cells, self.table.columns(), self.rows.saturating_add(1))?;
        self.put_row(cells)?;
        self.rows += 1;
        Ok(())
    }

    /// Writes a row whose cells are of the columns' kinds, and notes what of it Excel cannot hold.
    #[inline]
    fn put_row(&mut self, cells: &[Cell<'_>]) -> Result<(), WorkbookError> {
        self.broken = true;
        if self.package.rows_in_sheet() == self.rows_per_sheet || self.package.is_sheet_full() {
            let name = self.sheet_name();
            self.package.next_sheet(name)?;
            self.sheets += 1;
            self.sheets_of_table += 1;
        }
        let columns = self.table.columns();
        if !self.package.append(cells, columns)? {
            let (sheet, row) = (self.package.open_sheet_number(), self.package.last_row());
            let table = self.earlier_tables.len();
            self.notes.add(cells, columns, (sheet, table, row));
        }
        self.broken = false;
        Ok(())
    }

    /// Ends the table and begins the next one, in a sheet of its own: [`append`](Self::append) takes its rows from now on.
    ///
    /// ```
    /// use deskledger_workbook::{Cell, Column, ColumnKind, WorkbookWriter};
    ///
    /// let columns = vec![Column::new("Username", ColumnKind::Text)];
    /// let counts = vec![Column::new("Users", ColumnKind::Integer)];
    /// let mut writer = WorkbookWriter::builder(columns)
    ///     .sheet_name("Users")
    ///     .next_table("Summary", counts)
    ///     .build(Vec::new())?;
    /// writer.append(&[Cell::Text("jy01")])?;
    /// writer.next_table()?;
    /// writer.append(&[Cell::Integer(1)])?;
    /// let (_, summary) = writer.finish()?;
    /// assert_eq!((summary.rows, summary.sheets), (2, 2));
    /// # Ok::<(), deskledger_workbook::WorkbookError>(())
    /// ```
    ///
    /// # Errors
    /// - [`NoTable`](WorkbookErrorKind::NoTable): there is no next one. The writer goes on.
    /// - [`Sink`](WorkbookErrorKind::Sink): the sink refused bytes.
    /// - [`Unusable`](WorkbookErrorKind::Unusable): that happened before.
    pub fn next_table(&mut self) -> Result<(), WorkbookError> {
        self.check_unbroken()?;
        let Some(table) = self.next_tables.next() else {
            return Err(WorkbookError::new(
                WorkbookErrorKind::NoTable,
                "the workbook was to have no further table",
            ));
        };
        self.begin(table)
    }

    fn begin(&mut self, table: Table) -> Result<(), WorkbookError> {
        self.broken = true;
        let name = self.sheet_name();
        self.package.next_table(name, table.columns())?;
        let names = self.package.sheet_names().map(str::to_lowercase);
        self.taken_names = names.collect();
        self.earlier_tables
            .push(mem::replace(&mut self.table, table));
        self.sheets += 1;
        self.sheets_of_table = 1;
        self.broken = false;
        Ok(())
    }

    /// Begins the tables that were not, which stay empty, writes the notes and what is left, flushes the sink and gives it
    /// back, with a summary.
    ///
    /// # Errors
    /// - [`Sink`](WorkbookErrorKind::Sink): the sink refused bytes; what it took does not open as a workbook.
    /// - [`Internal`](WorkbookErrorKind::Internal): the parts that name the sheets could not be made.
    /// - [`Unusable`](WorkbookErrorKind::Unusable): the sink refused bytes in [`append`](Self::append), or panicked.
    pub fn finish(mut self) -> Result<(W, WorkbookSummary), WorkbookError> {
        self.check_unbroken()?;
        while self.next_tables.len() > 0 {
            self.next_table()?;
        }
        self.put_notes()?;
        let name = self.sheet_name();
        let (sink, bytes) = self.package.finish(name)?;
        let summary = WorkbookSummary {
            rows: self.rows,
            notes: self.notes.count(),
            sheets: self.sheets,
            bytes,
        };
        Ok((sink, summary))
    }

    /// Writes the sheet of notes, if there are any.
    fn put_notes(&mut self) -> Result<(), WorkbookError> {
        let notes = mem::take(&mut self.notes);
        if notes.count() == 0 {
            return Ok(());
        }
        if let Some(table) = self.note_table.take() {
            self.begin(table)?;
        }
        let names: Vec<_> = self.package.sheet_names().map(str::to_owned).collect();
        for note in &notes.kept {
            let sheet = names.get(note.sheet).map_or("", String::as_str);
            let columns = self.earlier_tables.get(note.table).map(Table::columns);
            let header = columns
                .and_then(|columns| columns.get(note.column))
                .map_or("", Column::header)
                .to_owned();
            self.put_row(&[
                Cell::Text(sheet),
                Cell::Integer(note.row.into()),
                Cell::Text(&header),
                Cell::Text(&note.text()),
            ])?;
        }
        if notes.more > 0 {
            let more = self.note_words.more(notes.more);
            self.put_row(&[Cell::Empty, Cell::Empty, Cell::Empty, Cell::Text(&more)])?;
        }
        self.notes = notes;
        Ok(())
    }

    /// The name of the open sheet, which no sheet of an earlier table has.
    fn sheet_name(&mut self) -> String {
        loop {
            let name = self.table.name().of_sheet(self.sheets_of_table);
            if !self.taken_names.contains(&name.to_lowercase()) {
                return name;
            }
            self.sheets_of_table += 1;
        }
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
