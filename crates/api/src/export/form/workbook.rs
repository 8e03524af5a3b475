use std::io::Write;
use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use deskledger_domain::ExportRequest;
use deskledger_store::{Cancellation, ReadOutcome, RecordStore};
use deskledger_workbook::{WorkbookSummary, WorkbookWriter};

use super::{ExportFailure, row};

/// Writes the records that `request` asks for into `sink`, as one workbook: one snapshot of the database, newest
/// first, memory flat. The endpoint and the command line both go this way.
///
/// `created` stands in the file as its time of creation. `on_record` is told after each record how many were written.
///
/// # Errors
/// When the database or the sink fails, or `cancellation` was cancelled. What is in the sink then is no workbook.
pub fn write_workbook<W: Write + Send>(
    store: &dyn RecordStore,
    request: &ExportRequest,
    created: DateTime<Utc>,
    cancellation: &Cancellation,
    sink: W,
    on_record: &mut dyn FnMut(u64),
) -> Result<(W, WorkbookSummary), ExportFailure> {
    let mut writer = WorkbookWriter::builder(row::columns(request.language, request.time_zone))
        .sheet_name(request.language.sheet_name())
        .created(created)
        .build(sink)?;
    let mut cells = row::Cells::new(request.time_zone);
    let mut failure = None;
    let mut records = 0;
    let outcome = store.read(&request.filter, cancellation, &mut |record| {
        if let Err(error) = writer.append(&cells.of(&record)) {
            failure = Some(error);
            return ControlFlow::Break(());
        }
        records += 1;
        on_record(records);
        ControlFlow::Continue(())
    });
    if let Some(error) = failure {
        return Err(error.into());
    }
    match outcome? {
        ReadOutcome::Complete => Ok(writer.finish()?),
        ReadOutcome::Stopped => Err(ExportFailure::ClientLeft),
    }
}
