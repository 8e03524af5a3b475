use std::io::Write;
use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use deskledger_domain::{ExportFormat, ExportRequest, RecordRef};

use crate::csv::Csv;
use crate::error::{ExportError, FormError};
use crate::json_lines::JsonLines;
use crate::workbook::Workbook;

/// An export in one form, being written: one record after the other, then its end.
pub(crate) trait Form: Sized {
    type Sink;

    fn append(&mut self, record: &RecordRef<'_>) -> Result<(), FormError>;

    /// Writes what is left, flushes the sink and gives it back, with the number of bytes that it took.
    fn finish(self) -> Result<(Self::Sink, u64), FormError>;
}

/// Takes the next record, and says whether it wants another.
pub type AppendRecord<'a> = &'a mut dyn FnMut(RecordRef<'_>) -> ControlFlow<()>;

/// What an export does not get from its request.
#[derive(Clone, Copy, Debug)]
pub struct ExportOptions {
    /// The time of creation that a workbook states.
    pub created: DateTime<Utc>,
    /// Whether a workbook is compressed on a thread of its own. That is faster where a CPU is free for it.
    pub compression_thread: bool,
}

/// What a finished export holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportSummary {
    /// How many records.
    pub records: u64,
    /// How many bytes: the size of the file.
    pub bytes: u64,
}

/// Writes records into `sink`, in the format that `request` asks for, in the order in which they come; memory stays flat.
///
/// `read` hands each record of the request to the function that it is given, and stops when that says
/// [`Break`](ControlFlow::Break). It answers `Break` where it stopped before the last record, whatever the reason.
/// `on_record` is called after each record with the number of records that were written.
///
/// # Errors
/// When `read` or the sink fails, or `read` stopped. What is in the sink then is only a part: a part of a workbook does
/// not open, but one of CSV or JSON Lines reads like a whole, so the caller must discard it.
pub fn write_records<W: Write + Send, E>(
    request: &ExportRequest,
    options: ExportOptions,
    sink: W,
    read: impl FnOnce(AppendRecord<'_>) -> Result<ControlFlow<()>, E>,
    on_record: &mut dyn FnMut(u64),
) -> Result<(W, ExportSummary), ExportError<E>> {
    let (language, time_zone) = (request.language, request.time_zone);
    match request.format {
        ExportFormat::Xlsx => write(Workbook::begin(request, options, sink)?, read, on_record),
        ExportFormat::Csv => write(Csv::begin(language, time_zone, sink)?, read, on_record),
        ExportFormat::JsonLines => write(JsonLines::begin(sink), read, on_record),
    }
}

fn write<F: Form, E>(
    mut form: F,
    read: impl FnOnce(AppendRecord<'_>) -> Result<ControlFlow<()>, E>,
    on_record: &mut dyn FnMut(u64),
) -> Result<(F::Sink, ExportSummary), ExportError<E>> {
    let mut failure = None;
    let mut records = 0;
    let outcome = read(&mut |record| {
        if let Err(error) = form.append(&record) {
            failure = Some(error);
            return ControlFlow::Break(());
        }
        records += 1;
        on_record(records);
        ControlFlow::Continue(())
    });
    if let Some(failure) = failure {
        return Err(failure.into());
    }
    match outcome.map_err(ExportError::Read)? {
        ControlFlow::Continue(()) => {
            let (sink, bytes) = form.finish()?;
            Ok((sink, ExportSummary { records, bytes }))
        }
        ControlFlow::Break(()) => Err(ExportError::Stopped),
    }
}
