//! The inside of the writer: sheets of `rust_xlsxwriter` in constant memory. All that is to be replaced for streaming
//! is here and in `dress`.

use std::{error::Error, io::Write};

use rust_xlsxwriter::{DocProperties, Workbook, XlsxError};

use crate::{
    cell::Cell,
    column::Column,
    dress::Dress,
    error::{WorkbookError, WorkbookErrorKind},
    extent::SheetExtent,
    guard::guarded,
    sink::WatchedSink,
    value::Value,
};

/// Measured on a million rows of 20 columns, level 3 takes three quarters of the time of the default, 6, for a file a
/// tenth larger; level 1 saves little more time and makes it half as large again.
const COMPRESSION_LEVEL: u8 = 3;

/// A workbook whose rows wait in a temp file.
pub(crate) struct Package {
    workbook: Workbook,
    dress: Dress,
    /// The index of the open sheet.
    sheet: usize,
    /// The next row of the open sheet; row 0 is the header.
    row: u32,
    extent: SheetExtent,
    needs_zip64: bool,
}

impl Package {
    /// A package with its first sheet open.
    pub(crate) fn new(
        properties: &DocProperties,
        name: &str,
        columns: &[Column],
    ) -> Result<Self, WorkbookError> {
        let mut workbook = Workbook::new();
        workbook
            .set_properties(properties)
            .set_zip_compression_level(COMPRESSION_LEVEL);
        let mut package = Self {
            workbook,
            dress: Dress::new(),
            sheet: 0,
            row: 0,
            extent: SheetExtent::new(columns),
            needs_zip64: false,
        };
        package.open_sheet(name, columns)?;
        Ok(package)
    }

    /// Ends the open sheet and opens the next.
    pub(crate) fn next_sheet(
        &mut self,
        name: &str,
        columns: &[Column],
    ) -> Result<(), WorkbookError> {
        self.close_sheet(columns)?;
        self.sheet += 1;
        self.open_sheet(name, columns)
    }

    /// Writes a row that fits the columns.
    pub(crate) fn append(
        &mut self,
        cells: &[Cell<'_>],
        columns: &[Column],
    ) -> Result<(), WorkbookError> {
        guarded("the row could not be written", || {
            let sheet = self.workbook.worksheet_from_index(self.sheet)?;
            self.extent.add_row();
            for (number, (cell, column)) in (0..).zip(cells.iter().zip(columns)) {
                let value = Value::of(*cell, column);
                self.extent.add_value(&value);
                self.dress.write_value(sheet, (self.row, number), &value)?;
            }
            self.row += 1;
            Ok(())
        })
    }

    /// Ends the open sheet and writes the whole file.
    pub(crate) fn finish<W: Write + Send>(
        mut self,
        sink: &mut WatchedSink<W>,
        columns: &[Column],
    ) -> Result<(), WorkbookError> {
        self.close_sheet(columns)?;
        self.workbook.use_zip_large_file(self.needs_zip64);
        let saved = guarded("the file could not be written", || {
            self.workbook.save_to_writer(&mut *sink)?;
            sink.flush().map_err(XlsxError::from)
        });
        match sink.take_failure() {
            Some(failure) => Err(sink_error(failure)),
            None => saved,
        }
    }

    fn open_sheet(&mut self, name: &str, columns: &[Column]) -> Result<(), WorkbookError> {
        guarded("the sheet could not be opened", || {
            let sheet = self.workbook.add_worksheet_with_constant_memory()?;
            sheet.set_name(name)?;
            self.dress.dress(sheet, columns)
        })?;
        self.row = 1;
        self.extent = SheetExtent::new(columns);
        Ok(())
    }

    fn close_sheet(&mut self, columns: &[Column]) -> Result<(), WorkbookError> {
        self.needs_zip64 |= self.extent.needs_zip64();
        guarded("the sheet could not be closed", || {
            let last_column = u16::try_from(columns.len().saturating_sub(1))
                .map_err(|_| XlsxError::RowColumnLimitError)?;
            self.workbook.worksheet_from_index(self.sheet)?.autofilter(
                0,
                0,
                self.row.saturating_sub(1),
                last_column,
            )?;
            Ok(())
        })
    }
}

fn sink_error(failure: impl Into<Box<dyn Error + Send + Sync>>) -> WorkbookError {
    WorkbookError::new(
        WorkbookErrorKind::Sink,
        "the sink did not take the workbook",
    )
    .caused_by(failure)
}
