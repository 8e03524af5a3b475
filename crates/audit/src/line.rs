//! The lines of the log that say what the audit says.

use deskledger_domain::{
    AuditAction, AuditFields, AuditVia, AuditedQuery, ExportAudit, ExportOutcome, ExportProgress,
    TaskId,
};
use deskledger_identity::url;
use deskledger_telemetry::{filled, seconds};

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

/// A query as it could have been sent: what of it an audit keeps, percent-encoded.
pub fn query_text(query: &AuditedQuery) -> String {
    let pairs: Vec<_> = AuditedQuery::PARAMETERS
        .into_iter()
        .filter_map(|parameter| Some((parameter.name(), query.value(parameter)?)))
        .map(|(name, value)| format!("{name}={}", url::encode(value)))
        .collect();
    pairs.join("&")
}

/// The tasks that it was about.
fn tasks(fields: &AuditFields) -> Option<String> {
    let ids: Vec<_> = fields.task_ids.iter().map(TaskId::as_str).collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

/// The messages of a beginning and of an end.
fn messages(fields: &AuditFields) -> (&'static str, &'static str) {
    match (fields.action, fields.via) {
        (AuditAction::SignIn, _) => ("sign-in asked for", "sign-in ended"),
        (AuditAction::SignOut, _) => ("sign-out asked for", "sign-out ended"),
        (AuditAction::EndSession, _) => ("end of a session asked for", "session ended"),
        (AuditAction::MakeAccessKey, _) => ("access key asked for", "access key made"),
        (AuditAction::RevokeAccessKey, _) => (
            "revocation of an access key asked for",
            "access key revoked",
        ),
        (AuditAction::Delete, _) => ("deletion asked for", "deletion ended"),
        (_, AuditVia::Download) => ("download asked for", "download ended"),
        (_, AuditVia::List) => ("sweep begun", "sweep ended"),
        (_, AuditVia::Audit) => ("export of audits asked for", "export of audits ended"),
        _ => ("export asked for", "export ended"),
    }
}

/// It was asked for by somebody who may have it.
pub(crate) fn log_start(audit: &ExportAudit) {
    let query = filled(query_text(&audit.fields().query));
    let (begun, _) = messages(audit.fields());
    line!(info, audit, query, "{begun}");
}

/// It ended. A failure of ours is an error; what a client brought about is not. What was refused may have anything
/// where a name should be, so its query is in no line.
pub(crate) fn log_end(
    audit: &ExportAudit,
    outcome: &ExportOutcome,
    progress: ExportProgress,
    error: &str,
) {
    let refused = matches!(outcome, ExportOutcome::Refused { .. });
    let query = (!refused).then(|| query_text(&audit.fields().query));
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

#[cfg(test)]
mod tests {
    use deskledger_domain::ExportFormat;

    use super::*;

    #[test]
    fn a_query_that_is_shown_is_decoded_as_the_same() {
        let sent =
            url::pairs("user_name=%E4%B8%80+a%26b%3D&time_zone=Asia/Shanghai&secret=x").unwrap();
        let shown = query_text(&AuditedQuery::of_pairs(sent, ExportFormat::Csv));
        assert_eq!(
            shown,
            "user_name=%E4%B8%80%20a%26b%3D&language=en_US&time_zone=Asia%2FShanghai&format=csv"
        );
        let again = AuditedQuery::of_pairs(url::pairs(&shown).unwrap(), ExportFormat::Xlsx);
        assert_eq!(query_text(&again), shown);
    }
}
