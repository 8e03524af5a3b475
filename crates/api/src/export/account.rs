use std::sync::Arc;
use std::time::Instant;

use deskledger_audit::{OpenAudit, ProgressCounter};
use deskledger_domain::{ExportOutcome, ProjectId};
use deskledger_telemetry::{filled, seconds};

/// Where it is written how an export ended.
pub(super) enum Account {
    /// In its audit.
    Audit(Box<OpenAudit>),
    /// In the log alone.
    Log(Unaudited),
}

/// An export that hands out no records, and so has no audit: one of audits.
pub(super) struct Unaudited {
    user: String,
    project: ProjectId,
    began: Instant,
    progress: Arc<ProgressCounter>,
}

impl Unaudited {
    /// One that begins now.
    pub(super) fn begin(user: &str, project: &ProjectId) -> Self {
        Self {
            user: user.to_owned(),
            project: project.clone(),
            began: Instant::now(),
            progress: Arc::default(),
        }
    }

    /// Reports the end to the log. A failure of ours is an error; what a client brought about is not.
    fn log_end(&self, outcome: &ExportOutcome, error: &str) {
        macro_rules! end {
            ($level:ident, $message:literal) => {
                tracing::$level!(
                    user = self.user,
                    project = self.project.as_str(),
                    outcome = outcome.name(),
                    reason = outcome.reason(),
                    audits = self.progress.rows(),
                    bytes = self.progress.bytes(),
                    seconds = seconds(self.began.elapsed()),
                    error = filled(error),
                    $message
                )
            };
        }
        match outcome {
            ExportOutcome::Done => end!(info, "export of audits ended"),
            ExportOutcome::Failed { .. } => end!(error, "export of audits ended"),
            _ => end!(warn, "export of audits ended"),
        }
    }
}

impl Account {
    /// Where the export says how far it came.
    pub(super) fn progress(&self) -> &Arc<ProgressCounter> {
        match self {
            Self::Audit(audit) => audit.progress(),
            Self::Log(unaudited) => &unaudited.progress,
        }
    }

    /// The export has ended. `error` is for the log: why, with internal causes.
    pub(super) fn close(self, outcome: ExportOutcome, error: &str) {
        match self {
            Self::Audit(audit) => audit.close(outcome, error),
            Self::Log(unaudited) => unaudited.log_end(&outcome, error),
        }
    }
}
