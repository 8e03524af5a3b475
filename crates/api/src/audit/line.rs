//! The lines of the log that say what the audit says.

use deskledger_domain::{ExportAudit, ExportOutcome, ExportProgress};

use crate::query;

/// A line of the log with who asked, from where and for what, and with what else is given.
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
            query = query::text(&fields.query),
            $($rest)+
        )
    }};
}

/// An export was asked for by somebody who may have it.
pub(super) fn log_start(audit: &ExportAudit) {
    line!(info, audit, "export asked for");
}

/// An export ended. A failure of ours is an error; what a client brought about is not.
pub(super) fn log_end(
    audit: &ExportAudit,
    outcome: &ExportOutcome,
    progress: ExportProgress,
    error: &str,
) {
    macro_rules! end {
        ($level:ident) => {
            line!(
                $level,
                audit,
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
