//! The package: its parts in order, the rows of its sheets as they come.

use std::io::{self, Write};

use crate::{
    archive::Archive,
    cell::Cell,
    column::Column,
    compressor::Compressor,
    error::{WorkbookError, WorkbookErrorKind},
    markup::RowMarkup,
    template::{Sheet, Template, sheet_part},
};

/// A sheet this large takes no further row: another one, with what ends the sheet, could pass the 4 GiB from which on
/// a part needs ZIP64. A row of 64 MiB or more can still pass them.
const FULL_SHEET: u64 = (1 << 32) - (64 << 20);

/// A package being written.
pub(crate) struct Package<W> {
    archive: Archive<W>,
    template: Template,
    markup: RowMarkup,
    compressor: Compressor,
    compression_thread: bool,
    /// Those that were ended.
    sheets: Vec<Sheet>,
    /// The table of the open sheet, from 0.
    table: usize,
    /// How many columns it has.
    columns: usize,
    /// The last row of the open sheet, from 1; the header is row 1.
    last_row: u32,
    full_sheet: u64,
}

impl<W: Write> Package<W> {
    /// A package with its first sheet open.
    pub(crate) fn new(
        sink: W,
        template: Template,
        columns: &[Column],
        compression_thread: bool,
    ) -> Result<Self, WorkbookError> {
        let mut package = Self {
            archive: Archive::new(sink),
            markup: RowMarkup::new(columns, template.styles()),
            compressor: Compressor::new(columns.len(), compression_thread),
            compression_thread,
            template,
            sheets: Vec::new(),
            table: 0,
            columns: columns.len(),
            last_row: 1,
            full_sheet: FULL_SHEET,
        };
        for part in package.template.first_parts() {
            package.archive.add(part).map_err(sink_error)?;
        }
        package.open_sheet()?;
        Ok(package)
    }

    /// How many data rows the open sheet has.
    pub(crate) fn rows_in_sheet(&self) -> u32 {
        self.last_row - 1
    }

    /// Whether the open sheet has no room for another row, whatever their number.
    pub(crate) fn is_sheet_full(&self) -> bool {
        self.compressor.size() >= self.full_sheet && self.last_row > 1
    }

    /// Ends the open sheet, which has this name, and opens the next.
    pub(crate) fn next_sheet(&mut self, name: String) -> Result<(), WorkbookError> {
        self.close_sheet(name)?;
        self.open_sheet()
    }

    /// Ends the open sheet, which has this name, and opens the first of the next table, which has these columns.
    pub(crate) fn next_table(
        &mut self,
        name: String,
        columns: &[Column],
    ) -> Result<(), WorkbookError> {
        self.close_sheet(name)?;
        self.table += 1;
        self.columns = columns.len();
        self.markup = RowMarkup::new(columns, self.template.styles());
        self.compressor = Compressor::new(columns.len(), self.compression_thread);
        self.open_sheet()
    }

    /// The names of the sheets that were ended.
    pub(crate) fn sheet_names(&self) -> impl Iterator<Item = &str> {
        self.sheets.iter().map(|sheet| sheet.name.as_str())
    }

    /// The number of the open sheet, from 0.
    pub(crate) fn open_sheet_number(&self) -> usize {
        self.sheets.len()
    }

    /// The last row of the open sheet, from 1.
    pub(crate) fn last_row(&self) -> u32 {
        self.last_row
    }

    /// Writes a row whose cells are of the columns' kinds. Returns whether Excel can hold all of its values.
    #[inline]
    pub(crate) fn append(
        &mut self,
        cells: &[Cell<'_>],
        columns: &[Column],
    ) -> Result<bool, WorkbookError> {
        self.last_row += 1;
        let fits = self
            .markup
            .put_row(self.last_row, cells, columns, &mut self.compressor);
        self.pass_on()?;
        Ok(fits)
    }

    /// Ends the open sheet, which has this name, writes the rest of the package and gives the sink back, with the size
    /// of the file.
    pub(crate) fn finish(mut self, name: String) -> Result<(W, u64), WorkbookError> {
        self.close_sheet(name)?;
        for part in self.template.last_parts(&self.sheets)? {
            self.archive.add(&part).map_err(sink_error)?;
        }
        self.archive.finish().map_err(sink_error)
    }

    fn open_sheet(&mut self) -> Result<(), WorkbookError> {
        self.archive
            .begin(sheet_part(self.sheet_number()))
            .map_err(sink_error)?;
        self.last_row = 1;
        let head = self.head(None);
        self.compressor.put_head(head);
        Ok(())
    }

    /// The number of the open sheet, from 1.
    fn sheet_number(&self) -> u32 {
        u32::try_from(self.sheets.len() + 1).unwrap_or(u32::MAX)
    }

    /// What stands in the open sheet before its data rows, with the last row where that is known.
    fn head(&self, last_row: Option<u32>) -> Vec<u8> {
        let head = self
            .template
            .head(self.sheet_number(), self.table, last_row);
        [head.as_bytes(), self.markup.header()].concat()
    }

    fn close_sheet(&mut self, name: String) -> Result<(), WorkbookError> {
        if self.compressor.holds_head() {
            let head = self.head(Some(self.last_row));
            self.compressor.put_head(head);
        }
        self.compressor
            .put_literals(self.template.tail(self.table, self.last_row).as_bytes());
        let archive = &mut self.archive;
        let total = self
            .compressor
            .finish(|output| archive.write(output).map_err(sink_error))?;
        self.archive
            .end(total.checksum, total.size)
            .map_err(sink_error)?;
        self.sheets.push(Sheet {
            name,
            columns: self.columns,
            last_row: self.last_row,
        });
        Ok(())
    }

    /// Passes what was compressed on to the sink.
    #[inline]
    fn pass_on(&mut self) -> Result<(), WorkbookError> {
        let archive = &mut self.archive;
        self.compressor
            .drain(|output| archive.write(output).map_err(sink_error))
    }
}

fn sink_error(failure: io::Error) -> WorkbookError {
    WorkbookError::new(WorkbookErrorKind::Sink, "the workbook cannot be written").caused_by(failure)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use calamine::{Reader, Xlsx};

    use super::*;
    use crate::{column::ColumnKind, property::Properties};

    #[test]
    fn a_sheet_that_nears_4_gib_is_followed_by_the_next() {
        let columns = [Column::new("a", ColumnKind::Text)];
        let template = Template::new(&Properties::default(), &[&columns], false).unwrap();
        let mut package = Package::new(Vec::new(), template, &columns, true).unwrap();
        package.full_sheet = 0;
        let mut names = ["one", "two", "three"].map(str::to_owned).into_iter();
        for row in 0..3 {
            assert_eq!(
                package.is_sheet_full(),
                row > 0,
                "a sheet has at least one row"
            );
            if package.is_sheet_full() {
                package.next_sheet(names.next().unwrap()).unwrap();
            }
            package.append(&[Cell::Text("x")], &columns).unwrap();
        }
        let (file, bytes) = package.finish(names.next().unwrap()).unwrap();
        assert_eq!(bytes, u64::try_from(file.len()).unwrap());
        let mut workbook = Xlsx::new(Cursor::new(file)).unwrap();
        let heights = workbook
            .worksheets()
            .into_iter()
            .map(|(name, range)| (name, range.height()));
        assert_eq!(
            heights.collect::<Vec<_>>(),
            ["one", "two", "three"].map(|name| (name.to_owned(), 2))
        );
    }
}
