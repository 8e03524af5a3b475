//! The lines of the log that say what the audit says.

use deskledger_domain::{ExportAudit, ExportOutcome, ExportProgress};

use crate::query;

/// A line of the log with who asked and from where, and with what else is given.
macro_rules! line {
    ($level:ident, $audit:expr, $($rest:tt)+) => {{
        let fields = $audit.fields();
        let project = fields.requested_project_id.as_ref().unwrap_or(&fields.project_id);
        tracing::$level!(
            audit = fields.id.as_str(),
            user = fields.user,
            project = project.as_str(),
            credential = fields.credential.name(),
            peer = fields.peer_address.map(tracing::field::display),
            forwarded_for = fields.forwarded_for,
            $($rest)+
        )
    }};
}

/// An export was asked for by somebody who may have it.
pub(super) fn log_start(audit: &ExportAudit) {
    let query = query::text(&audit.fields().query);
    line!(info, audit, query, "export asked for");
}

/// An export ended. A failure of ours is an error; what a client brought about is not. What was refused may have anything
/// where a name should be, so its query is in no line.
pub(super) fn log_end(
    audit: &ExportAudit,
    outcome: &ExportOutcome,
    progress: ExportProgress,
    error: &str,
) {
    let refused = matches!(outcome, ExportOutcome::Refused { .. });
    let query = (!refused).then(|| query::text(&audit.fields().query));
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
                seconds = progress.duration.as_secs_f64(),
                error = (!error.is_empty()).then_some(error),
                "export ended"
            )
        };
    }
    match outcome {
        ExportOutcome::Done => end!(info),
        ExportOutcome::Failed { .. } => end!(error),
        _ => end!(warn),
    }
}
