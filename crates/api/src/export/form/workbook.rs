use std::io::Write;
use std::num::NonZero;
use std::sync::LazyLock;
use std::thread;

use chrono::{DateTime, Utc};
use deskledger_domain::{ExportRequest, Language, NoteWord, RecordRef, SummaryWord};
use deskledger_store::DatabaseKind;
use deskledger_workbook::{Notes, WorkbookWriter};

use super::summary::{self, Summary};
use super::{Form, row};
use crate::export::ExportFailure;

/// An Excel workbook, with a summary behind the records where one is wanted.
pub(super) struct Workbook<'a, W> {
    writer: WorkbookWriter<W>,
    cells: row::Cells,
    summary: Option<Summary>,
    request: &'a ExportRequest,
}

impl<'a, W: Write + Send> Workbook<'a, W> {
    pub(super) fn begin(
        request: &'a ExportRequest,
        created: DateTime<Utc>,
        database: DatabaseKind,
        sink: W,
    ) -> Result<Self, ExportFailure> {
        let language = request.language;
        let mut builder = WorkbookWriter::builder(row::columns(language, request.time_zone))
            .sheet_name(language.sheet_name())
            .notes(notes(language))
            .title(language.sheet_name())
            .language(language.tag().replace('_', "-"))
            .right_to_left(language.is_right_to_left())
            .compression_thread(has_core_for_compression(database))
            .created(created);
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
pub(super) fn notes(language: Language) -> Notes {
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

/// Whether a core is left where a thread of its own can compress.
fn has_core_for_compression(database: DatabaseKind) -> bool {
    static CORES: LazyLock<usize> =
        LazyLock::new(|| thread::available_parallelism().map_or(1, NonZero::get));
    let busy = match database {
        // It is read on the thread that writes.
        DatabaseKind::Sqlite => 1,
        // The server may be on this machine, and keeps a core as busy as the writing does.
        _ => 2,
    };
    *CORES > busy
}

impl<W: Write + Send> Form for Workbook<'_, W> {
    type Sink = W;

    fn append(&mut self, record: &RecordRef<'_>) -> Result<(), ExportFailure> {
        if let Some(summary) = &mut self.summary {
            summary.add(record, self.cells.day(record));
        }
        Ok(self.writer.append(&self.cells.of(record))?)
    }

    fn finish(mut self) -> Result<(W, u64), ExportFailure> {
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
