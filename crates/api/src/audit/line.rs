//! The lines of the log that say what the audit says.

use deskledger_domain::{
    AuditAction, AuditFields, AuditVia, ExportAudit, ExportOutcome, ExportProgress, TaskId,
};

use crate::http::query;
use crate::telemetry::{filled, seconds};

/// A line of the log with who asked and from where, and with what else is given.
macro_rules! line {
    ($level:ident, $audit:expr, $($rest:tt)+) => {{
        let fields = $audit.fields();
        let project = fields.requested_project_id.as_ref().unwrap_or(&fields.project_id);
        tracing::$level!(
            audit = fields.id.as_str(),
            via = fields.via.name(),
            action = fields.action.name(),
            tasks = tasks(fields),
            user = fields.user,
            project = project.as_str(),
            credential = fields.credential.name(),
            peer = fields.peer_address.map(tracing::field::display),
            forwarded_for = fields.forwarded_for,
            $($rest)+
        )
    }};
}

/// The tasks that it was about.
fn tasks(fields: &AuditFields) -> Option<String> {
    let ids: Vec<_> = fields.task_ids.iter().map(TaskId::as_str).collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

/// The messages of a beginning and of an end.
fn messages(fields: &AuditFields) -> (&'static str, &'static str) {
    match (fields.action, fields.via) {
        (AuditAction::Delete, _) => ("deletion asked for", "deletion ended"),
        (_, AuditVia::Download) => ("download asked for", "download ended"),
        (_, AuditVia::List) => ("sweep begun", "sweep ended"),
        _ => ("export asked for", "export ended"),
    }
}

/// It was asked for by somebody who may have it.
pub(super) fn log_start(audit: &ExportAudit) {
    let query = filled(query::text(&audit.fields().query));
    let (begun, _) = messages(audit.fields());
    line!(info, audit, query, "{begun}");
}

/// It ended. A failure of ours is an error; what a client brought about is not. What was refused may have anything
/// where a name should be, so its query is in no line.
pub(super) fn log_end(
    audit: &ExportAudit,
    outcome: &ExportOutcome,
    progress: ExportProgress,
    error: &str,
) {
    let refused = matches!(outcome, ExportOutcome::Refused { .. });
    let query = (!refused).then(|| query::text(&audit.fields().query));
    let query = query.and_then(filled);
    let (_, ended) = messages(audit.fields());
    macro_rules! end {
        ($level:ident) => {
            line!(
                $level,
                audit,
                query,
                outcome = outcome.name(),
                code = outcome.error_code(),
                reason = outcome.reason(),
                records = progress.rows,
                bytes = progress.bytes,
                seconds = seconds(progress.duration),
                error = filled(error),
                "{ended}"
            )
        };
    }
    match outcome {
        ExportOutcome::Done => end!(info),
        ExportOutcome::Failed { .. } => end!(error),
        _ => end!(warn),
    }
}
