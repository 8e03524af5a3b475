//! Where requests meet the audit log, whose client is `deskledger-audit`: what is known of a request at first, a refusal, a
//! download. See `docs/decisions/0017-audit.md` and `0035-what-is-audited.md`.

mod request;
mod stream;

use std::sync::Arc;

use deskledger_audit::{AuditLogClient, NotAudited};
use deskledger_domain::{Clock, ExportAudit, ExportOutcome};
use deskledger_metrics::Metrics;

use crate::error::{ApiError, ErrorCode};

pub(crate) use request::{Subject, audit_of};
pub(crate) use stream::AuditedStream;

/// The client of the audit log of this process, which counts in `metrics`.
pub(crate) fn client(clock: Clock, metrics: Metrics) -> AuditLogClient {
    AuditLogClient::new(clock, Arc::new(metrics), refusal(&NotAudited::LATE.into()))
}

/// Writes down that something was refused with an error.
pub(crate) async fn refuse(client: &AuditLogClient, audit: ExportAudit, error: &ApiError) {
    let outcome = refusal(error);
    client.refuse(audit, outcome, &error.causes()).await;
}

/// How an export ended that was answered with an error before it began.
pub(crate) fn refusal(error: &ApiError) -> ExportOutcome {
    // Which right is missing is for the administrators who read the audit, not for the client.
    let causes = if error.code() == ErrorCode::Forbidden {
        error.causes()
    } else {
        String::new()
    };
    ExportOutcome::Refused {
        error_code: error.code().code().to_owned(),
        reason: if causes.is_empty() {
            error.to_string()
        } else {
            causes
        },
    }
}
