//! The forms that an export can take: the same records in the same order, as a workbook, as CSV or as JSON.

mod audits;
mod csv;
mod json_lines;
mod local_time;
mod row;
mod summary;
mod workbook;

use std::io::Write;
use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use deskledger_domain::{ExportFormat, ExportRequest, RecordRef};
use deskledger_store::{Cancellation, ReadOutcome, RecordStore};

pub(in crate::export) use self::audits::write_audits;
use self::csv::Csv;
use self::json_lines::JsonLines;
use self::workbook::Workbook;
use super::ExportFailure;

/// An export in one form, being written: one record after the other, then its end.
trait Form: Sized {
    type Sink;

    fn append(&mut self, record: &RecordRef<'_>) -> Result<(), ExportFailure>;

    /// Writes what is left, flushes the sink and gives it back, with the number of bytes that it took.
    fn finish(self) -> Result<(Self::Sink, u64), ExportFailure>;
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

/// Writes the records that `request` asks for into `sink`, in the format that it asks for: one snapshot of the
/// database, newest first, memory flat. The endpoint and the command line both go this way.
///
/// `created` stands in a workbook as its time of creation. `on_record` is called after each record with the number of
/// records that were written.
///
/// # Errors
/// When the database or the sink fails, or `cancellation` was cancelled. What is in the sink then is only a part: a
/// part of a workbook does not open, but one of CSV or JSON Lines reads like a whole, so the caller must discard it.
pub fn write_export<W: Write + Send>(
    store: &dyn RecordStore,
    request: &ExportRequest,
    created: DateTime<Utc>,
    cancellation: &Cancellation,
    sink: W,
    on_record: &mut dyn FnMut(u64),
) -> Result<(W, ExportSummary), ExportFailure> {
    let (language, time_zone) = (request.language, request.time_zone);
    match request.format {
        ExportFormat::Xlsx => {
            let workbook = Workbook::begin(request, created, store.kind(), sink)?;
            write(store, request, cancellation, workbook, on_record)
        }
        ExportFormat::Csv => {
            let csv = Csv::begin(language, time_zone, sink)?;
            write(store, request, cancellation, csv, on_record)
        }
        ExportFormat::JsonLines => {
            let lines = JsonLines::begin(sink);
            write(store, request, cancellation, lines, on_record)
        }
    }
}

fn write<F: Form + Send>(
    store: &dyn RecordStore,
    request: &ExportRequest,
    cancellation: &Cancellation,
    mut form: F,
    on_record: &mut dyn FnMut(u64),
) -> Result<(F::Sink, ExportSummary), ExportFailure> {
    let mut failure = None;
    let mut records = 0;
    let outcome = store.read(&request.filter, cancellation, &mut |record| {
        if let Err(error) = form.append(&record) {
            failure = Some(error);
            return ControlFlow::Break(());
        }
        records += 1;
        on_record(records);
        ControlFlow::Continue(())
    });
    if let Some(failure) = failure {
        return Err(failure);
    }
    match outcome? {
        ReadOutcome::Complete => {
            let (sink, bytes) = form.finish()?;
            Ok((sink, ExportSummary { records, bytes }))
        }
        ReadOutcome::Stopped => Err(ExportFailure::ClientLeft),
    }
}
