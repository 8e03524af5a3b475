use std::io::Write;
use std::num::NonZero;
use std::ops::ControlFlow;
use std::sync::LazyLock;
use std::thread;

use chrono::{DateTime, Utc};
use deskledger_domain::{AuditExportRequest, AuditId, ExportRequest};
use deskledger_export::{ExportOptions, ExportSummary, write_records};
use deskledger_store::{
    AuditPosition, AuditStore, Cancellation, DatabaseKind, ReadOutcome, RecordStore,
};

use super::ExportFailure;

/// How many audits are read at once, and so are in memory: of the largest that there can be, about 15 MB.
const PAGE: u32 = 500;

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
    let options = ExportOptions {
        created,
        compression_thread: has_core_for_compression(store.kind()),
    };
    let written = write_records(
        request,
        options,
        sink,
        |append| match store.read(&request.filter, cancellation, append)? {
            ReadOutcome::Complete => Ok(ControlFlow::Continue(())),
            ReadOutcome::Stopped => Ok(ControlFlow::Break(())),
        },
        on_record,
    )?;
    Ok(written)
}

/// Writes the audits that `request` asks for into `sink`, newest first: page by page, so no connection to the database is held
/// while the client is waited for. `own` is the audit of this export, which is not in its file. `on_audit` is called with the
/// number of audits that were written. It blocks.
///
/// # Errors
/// When the database or the sink fails, or `cancellation` was cancelled.
pub fn write_audits<W: Write + Send>(
    store: &dyn AuditStore,
    request: &AuditExportRequest,
    own: Option<&AuditId>,
    created: DateTime<Utc>,
    cancellation: &Cancellation,
    sink: W,
    on_audit: &mut dyn FnMut(u64),
) -> Result<W, ExportFailure> {
    let sink = deskledger_export::write_audits(request, created, sink, |append| {
        let mut written = 0;
        let mut position = None;
        loop {
            if cancellation.is_cancelled() {
                return Ok(ControlFlow::Break(()));
            }
            let audits = store.after(&request.filter, position.as_ref(), PAGE)?;
            for audit in audits
                .iter()
                .filter(|audit| own != Some(&audit.fields().id))
            {
                if append(audit).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
                written += 1;
                on_audit(written);
            }
            if audits.len() < PAGE as usize {
                return Ok(ControlFlow::Continue(()));
            }
            position = audits.last().map(AuditPosition::of);
        }
    })?;
    Ok(sink)
}

/// Whether a CPU is free for the compression thread.
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
