//! Audits in the forms that an export of records takes.

use std::io::Write;

use chrono::{DateTime, Utc};
use deskledger_domain::{
    AuditColumn, AuditExportRequest, AuditRow, ExportAudit, ExportFormat, Language,
};
use deskledger_store::{AuditPosition, AuditStore, Cancellation};
use deskledger_workbook::WorkbookWriter;

use super::csv::Csv;
use super::json_lines::JsonLines;
use super::local_time::LocalTimes;
use super::{Form as _, row, workbook};
use crate::audit::Meter;
use crate::export::ExportFailure;
use crate::wire::AuditLine;

/// How many audits are read at once, and so are in memory: of the largest that there can be, about 15 MB.
const PAGE: u32 = 500;

/// Writes the audits that `request` asks for into `sink`, newest first: page by page, so no connection to the database is held
/// while the client is waited for. `meter` counts the audits that were written. It blocks.
///
/// # Errors
/// When the database or the sink fails, or `cancellation` was cancelled.
pub(in crate::export) fn write_audits<W: Write + Send>(
    store: &dyn AuditStore,
    request: &AuditExportRequest,
    created: DateTime<Utc>,
    cancellation: &Cancellation,
    sink: W,
    meter: &Meter,
) -> Result<W, ExportFailure> {
    let (language, time_zone) = (request.language, request.time_zone);
    let read = Read {
        store,
        request,
        cancellation,
        meter,
    };
    match request.format {
        ExportFormat::Xlsx => {
            let mut local = LocalTimes::new(time_zone);
            let mut workbook = begin_workbook(request, created, sink)?;
            read.all(|audit| {
                let row = AuditRow::new(audit);
                let cells = AuditColumn::ALL.map(|column| row::cell(row.value(column), &mut local));
                Ok(workbook.append(&cells)?)
            })?;
            Ok(workbook.finish()?.0)
        }
        ExportFormat::Csv => {
            let headers = AuditColumn::ALL.map(|column| column.header(language, time_zone));
            let mut csv = Csv::with_headers(headers, language, time_zone, sink)?;
            read.all(|audit| {
                let row = AuditRow::new(audit);
                csv.row(AuditColumn::ALL.map(|column| row.value(column)))
            })?;
            Ok(csv.finish()?.0)
        }
        ExportFormat::JsonLines => {
            let mut lines = JsonLines::begin(sink);
            read.all(|audit| lines.line(&AuditLine::from(audit)))?;
            Ok(lines.finish()?.0)
        }
    }
}

/// A workbook of audits, as one of records is made.
fn begin_workbook<W: Write + Send>(
    request: &AuditExportRequest,
    created: DateTime<Utc>,
    sink: W,
) -> Result<WorkbookWriter<W>, ExportFailure> {
    let language: Language = request.language;
    let columns = AuditColumn::ALL.map(|column| {
        let header = column.header(language, request.time_zone);
        row::column(&header, column.kind(), column.width(), language)
    });
    let builder = WorkbookWriter::builder(columns.into())
        .sheet_name(language.audit_sheet_name())
        .notes(workbook::notes(language))
        .title(language.audit_sheet_name())
        .language(language.tag().replace('_', "-"))
        .right_to_left(language.is_right_to_left())
        .compression_thread(false)
        .created(created);
    Ok(builder.build(sink)?)
}

/// What is read.
struct Read<'a> {
    store: &'a dyn AuditStore,
    request: &'a AuditExportRequest,
    cancellation: &'a Cancellation,
    meter: &'a Meter,
}

impl Read<'_> {
    /// Appends every audit.
    fn all(
        &self,
        mut append: impl FnMut(&ExportAudit) -> Result<(), ExportFailure>,
    ) -> Result<(), ExportFailure> {
        let mut written = 0;
        let mut position = None;
        loop {
            if self.cancellation.is_cancelled() {
                return Err(ExportFailure::ClientLeft);
            }
            let filter = &self.request.filter;
            let audits = self.store.after(filter, position.as_ref(), PAGE)?;
            for audit in &audits {
                append(audit)?;
                written += 1;
                self.meter.set_rows(written);
            }
            if audits.len() < PAGE as usize {
                return Ok(());
            }
            position = audits.last().map(AuditPosition::of);
        }
    }
}
