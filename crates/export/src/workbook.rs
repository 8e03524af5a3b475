use std::io::Write;

use deskledger_domain::{ExportRequest, Language, NoteWord, RecordRef, SummaryWord};
use deskledger_workbook::{Notes, WorkbookWriter};

use crate::error::FormError;
use crate::records::{ExportOptions, Form};
use crate::row;
use crate::summary::{self, Summary};

/// An Excel workbook, with a summary behind the records where one is wanted.
pub(crate) struct Workbook<'a, W> {
    writer: WorkbookWriter<W>,
    cells: row::Cells,
    summary: Option<Summary>,
    request: &'a ExportRequest,
}

impl<'a, W: Write + Send> Workbook<'a, W> {
    pub(crate) fn begin(
        request: &'a ExportRequest,
        options: ExportOptions,
        sink: W,
    ) -> Result<Self, FormError> {
        let language = request.language;
        let mut builder = WorkbookWriter::builder(row::columns(language, request.time_zone))
            .sheet_name(language.sheet_name())
            .notes(notes(language))
            .title(language.sheet_name())
            .language(language.tag().replace('_', "-"))
            .right_to_left(language.is_right_to_left())
            .compression_thread(options.compression_thread)
            .created(options.created);
        if request.summary {
            let name = SummaryWord::Summary.text(language);
            builder = builder.next_table(name, summary::columns(language));
        }
        Ok(Self {
            writer: builder.build(sink)?,
            cells: row::Cells::new(request.time_zone),
            summary: request.summary.then(Summary::new),
            request,
        })
    }
}

/// The words of the sheet that lists what no cell can hold.
pub(crate) fn notes(language: Language) -> Notes {
    let text = |word: NoteWord| word.text(language);
    let headers = [
        NoteWord::Sheet,
        NoteWord::Row,
        NoteWord::Column,
        NoteWord::Value,
    ];
    Notes::new(
        text(NoteWord::Notes),
        headers.map(text),
        text(NoteWord::More),
    )
}

impl<W: Write + Send> Form for Workbook<'_, W> {
    type Sink = W;

    fn append(&mut self, record: &RecordRef<'_>) -> Result<(), FormError> {
        if let Some(summary) = &mut self.summary {
            summary.add(record, self.cells.day(record));
        }
        Ok(self.writer.append(&self.cells.of(record))?)
    }

    fn finish(mut self) -> Result<(W, u64), FormError> {
        if let Some(summary) = self.summary {
            self.writer.next_table()?;
            for row in summary::rows(&summary, self.request) {
                self.writer.append(&row.cells())?;
            }
        }
        let (sink, summary) = self.writer.finish()?;
        Ok((sink, summary.bytes))
    }
}
