//! Audits in the forms that an export of records takes.

use std::io::Write;
use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use deskledger_domain::{
    AuditColumn, AuditExportRequest, AuditRow, ExportAudit, ExportFormat, Language,
};
use deskledger_workbook::WorkbookWriter;

use crate::audit_line::AuditLine;
use crate::csv::Csv;
use crate::error::{ExportError, FormError};
use crate::json_lines::JsonLines;
use crate::local_time::LocalTimes;
use crate::records::Form as _;
use crate::{row, workbook};

/// Takes the next audit, and says whether it wants another.
pub type AppendAudit<'a> = &'a mut dyn FnMut(&ExportAudit) -> ControlFlow<()>;

/// Writes audits into `sink`, in the format that `request` asks for, in the order in which they come. `created` is the time of
/// creation that a workbook states.
///
/// `read` hands each audit of the request to the function that it is given, and stops when that says
/// [`Break`](ControlFlow::Break). It answers `Break` where it stopped before the last audit.
///
/// # Errors
/// When `read` or the sink fails, or `read` stopped. What is in the sink then is only a part.
pub fn write_audits<W: Write + Send, E>(
    request: &AuditExportRequest,
    created: DateTime<Utc>,
    sink: W,
    read: impl FnOnce(AppendAudit<'_>) -> Result<ControlFlow<()>, E>,
) -> Result<W, ExportError<E>> {
    let (language, time_zone) = (request.language, request.time_zone);
    match request.format {
        ExportFormat::Xlsx => {
            let mut local = LocalTimes::new(time_zone);
            let mut workbook = begin_workbook(request, created, sink)?;
            read_all(read, |audit| {
                let row = AuditRow::new(audit);
                let cells = AuditColumn::ALL
                    .map(|column| row::cell(row.words(column, language), &mut local));
                Ok(workbook.append(&cells)?)
            })?;
            Ok(workbook.finish().map_err(FormError::from)?.0)
        }
        ExportFormat::Csv => {
            let headers = AuditColumn::ALL.map(|column| column.header(language, time_zone));
            let mut csv = Csv::with_headers(headers, language, time_zone, sink)?;
            read_all(read, |audit| {
                let row = AuditRow::new(audit);
                csv.row(AuditColumn::ALL.map(|column| row.value(column)))
            })?;
            Ok(csv.finish()?.0)
        }
        ExportFormat::JsonLines => {
            let mut lines = JsonLines::begin(sink);
            read_all(read, |audit| lines.line(&AuditLine::from(audit)))?;
            Ok(lines.finish()?.0)
        }
    }
}

/// Appends every audit.
fn read_all<E>(
    read: impl FnOnce(AppendAudit<'_>) -> Result<ControlFlow<()>, E>,
    mut append: impl FnMut(&ExportAudit) -> Result<(), FormError>,
) -> Result<(), ExportError<E>> {
    let mut failure = None;
    let outcome = read(&mut |audit| match append(audit) {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => {
            failure = Some(error);
            ControlFlow::Break(())
        }
    });
    if let Some(failure) = failure {
        return Err(failure.into());
    }
    match outcome.map_err(ExportError::Read)? {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(ExportError::Stopped),
    }
}

/// A workbook of audits, as one of records is made.
fn begin_workbook<W: Write + Send>(
    request: &AuditExportRequest,
    created: DateTime<Utc>,
    sink: W,
) -> Result<WorkbookWriter<W>, FormError> {
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
