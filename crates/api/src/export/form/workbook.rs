use std::io::Write;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use deskledger_domain::{Language, RecordRef};
use deskledger_workbook::WorkbookWriter;

use super::{Form, row};
use crate::export::ExportFailure;

/// An Excel workbook.
pub(super) struct Workbook<W> {
    writer: WorkbookWriter<W>,
    cells: row::Cells,
}

impl<W: Write + Send> Workbook<W> {
    pub(super) fn begin(
        language: Language,
        time_zone: Tz,
        created: DateTime<Utc>,
        sink: W,
    ) -> Result<Self, ExportFailure> {
        let writer = WorkbookWriter::builder(row::columns(language, time_zone))
            .sheet_name(language.sheet_name())
            .right_to_left(language.is_right_to_left())
            .created(created)
            .build(sink)?;
        let cells = row::Cells::new(time_zone);
        Ok(Self { writer, cells })
    }
}

impl<W: Write + Send> Form for Workbook<W> {
    type Sink = W;

    fn append(&mut self, record: &RecordRef<'_>) -> Result<(), ExportFailure> {
        Ok(self.writer.append(&self.cells.of(record))?)
    }

    fn finish(self) -> Result<(W, u64), ExportFailure> {
        let (sink, summary) = self.writer.finish()?;
        Ok((sink, summary.bytes))
    }
}
