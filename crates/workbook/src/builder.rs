//! What a workbook is to be, before its first row.

use std::{io::Write, iter};

use chrono::{DateTime, Utc};

use crate::{
    column::Column,
    error::{WorkbookError, WorkbookErrorKind},
    note::Notes,
    package::Package,
    property::Properties,
    table::Table,
    template::Template,
    writer::WorkbookWriter,
};

/// The most data rows in a sheet: Excel's 1,048,576 rows, less the header.
const MAX_ROWS: u32 = 1_048_575;

/// What a workbook is to be; [`WorkbookWriter::builder`] makes one.
///
/// ```
/// use deskledger_workbook::{Column, ColumnKind, WorkbookWriter};
///
/// let columns = vec![Column::new("Username", ColumnKind::Text)];
/// let writer = WorkbookWriter::builder(columns)
///     .sheet_name("Users")
///     .title("All users")
///     .build(Vec::new())?;
/// # writer.finish()?;
/// # Ok::<(), deskledger_workbook::WorkbookError>(())
/// ```
#[derive(Debug)]
#[must_use = "a builder writes nothing"]
pub struct WorkbookBuilder {
    columns: Vec<Column>,
    sheet_name: String,
    next_tables: Vec<(String, Vec<Column>)>,
    notes: Notes,
    rows_per_sheet: u32,
    right_to_left: bool,
    compression_thread: bool,
    properties: Properties,
}

impl WorkbookBuilder {
    pub(crate) fn new(columns: Vec<Column>) -> Self {
        Self {
            columns,
            sheet_name: "Sheet1".to_owned(),
            next_tables: Vec::new(),
            notes: Notes::default(),
            rows_per_sheet: MAX_ROWS,
            right_to_left: false,
            compression_thread: true,
            properties: Properties::default(),
        }
    }

    /// Names the first sheet, `Sheet1` by default. The following ones are `Connections (2)`, `Connections (3)`, …, the
    /// name shortened where Excel's limit of 31 UTF-16 units asks for it.
    pub fn sheet_name(mut self, name: impl Into<String>) -> Self {
        self.sheet_name = name.into();
        self
    }

    /// Adds a table with columns of its own, which stands behind those before it in sheets that are named as
    /// [`sheet_name`](Self::sheet_name) names them; a name that an earlier table took gets a number.
    /// [`WorkbookWriter::next_table`] begins it.
    pub fn next_table(mut self, sheet_name: impl Into<String>, columns: Vec<Column>) -> Self {
        self.next_tables.push((sheet_name.into(), columns));
        self
    }

    /// Sets the words of the [notes](Notes), English ones by default.
    pub fn notes(mut self, notes: Notes) -> Self {
        self.notes = notes;
        self
    }

    /// Sets whether the first column of every sheet is the rightmost, as readers of Arabic or Hebrew expect; by default it
    /// is the leftmost. Rows, cells and their references are the same.
    pub fn right_to_left(mut self, right_to_left: bool) -> Self {
        self.right_to_left = right_to_left;
        self
    }

    /// Sets whether a large table, of some hundred rows and more, is compressed on a thread of its own while the next rows are
    /// being written; by default it is. The file is the same.
    ///
    /// With the thread a workbook takes about a third less time where a core is idle, and a fifth more of all cores. Without it
    /// is better where the rows come from another process that needs the core, or where many workbooks are written at once.
    pub fn compression_thread(mut self, compression_thread: bool) -> Self {
        self.compression_thread = compression_thread;
        self
    }

    /// Sets the creation time among the document properties, in the years 1 to 9999, kept to the second.
    ///
    /// By default it is 1980-01-01 00:00:00 UTC, where ZIP's own count of time begins. The wall clock is never
    /// written: the same rows make the same file, byte for byte.
    pub fn created(mut self, created: DateTime<Utc>) -> Self {
        self.properties.created = Some(created);
        self
    }

    /// Sets the title among the document properties; none by default.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.properties.title = title.into();
        self
    }

    /// Sets the author among the document properties; none by default.
    pub fn author(mut self, author: impl Into<String>) -> Self {
        self.properties.author = author.into();
        self
    }

    /// Sets the language among the document properties, as BCP 47 writes it (`pt-BR`); none by default.
    pub fn language(mut self, language: impl Into<String>) -> Self {
        self.properties.language = language.into();
        self
    }

    /// Sets how many data rows a sheet holds before the next one opens: 1 to 1,048,575, which is the default.
    pub fn rows_per_sheet(mut self, rows: u32) -> Self {
        self.rows_per_sheet = rows;
        self
    }

    /// Opens the workbook and writes its beginning into the sink.
    ///
    /// The sink gets a few small writes here, then some ten KiB for every 256 KiB of XML, then small ones again.
    ///
    /// # Errors
    /// - [`InvalidColumns`](WorkbookErrorKind::InvalidColumns): a table has no columns, more than 16,384, or a width that is not
    ///   more than 0 and at most 255.
    /// - [`InvalidName`](WorkbookErrorKind::InvalidName): a sheet name that is blank, longer than 31 UTF-16 units, has
    ///   one of `* ? : [ ] \ /` or a control character, begins or ends with an apostrophe, or is `History`.
    /// - [`InvalidLimit`](WorkbookErrorKind::InvalidLimit): 0 rows in a sheet or more than 1,048,575.
    /// - [`InvalidProperty`](WorkbookErrorKind::InvalidProperty): a creation time outside the years 1 to 9999, or
    ///   a language that is not a valid tag.
    /// - [`Sink`](WorkbookErrorKind::Sink): the sink refused bytes.
    /// - [`Internal`](WorkbookErrorKind::Internal): the dress of the workbook could not be made.
    pub fn build<W: Write + Send>(self, sink: W) -> Result<WorkbookWriter<W>, WorkbookError> {
        let first = Table::new(&self.sheet_name, self.columns)?;
        let next = self.next_tables.into_iter();
        let next: Vec<_> = next
            .map(|(name, columns)| Table::new(&name, columns))
            .collect::<Result<_, _>>()?;
        let notes = Table::new(&self.notes.sheet_name, self.notes.columns())?;
        check_limit(self.rows_per_sheet)?;
        let tables: Vec<_> = iter::once(&first)
            .chain(&next)
            .chain(iter::once(&notes))
            .map(Table::columns)
            .collect();
        let template = Template::new(&self.properties, &tables, self.right_to_left)?;
        let package = Package::new(sink, template, first.columns(), self.compression_thread)?;
        Ok(WorkbookWriter::open(
            package,
            first,
            next,
            (self.notes, notes),
            self.rows_per_sheet,
        ))
    }
}

fn check_limit(rows_per_sheet: u32) -> Result<(), WorkbookError> {
    if (1..=MAX_ROWS).contains(&rows_per_sheet) {
        return Ok(());
    }
    Err(WorkbookError::new(
        WorkbookErrorKind::InvalidLimit,
        format!("{rows_per_sheet} rows in a sheet are not in 1 to {MAX_ROWS}"),
    ))
}
