use std::sync::Arc;
use std::time::Instant;

use deskledger_domain::{ExportAudit, ExportEnding, ExportOutcome, ExportProgress};

use crate::{AuditLogClient, ProgressCounter};

/// The audit of an export, a download or a deletion that runs. It is closed once, whatever happens: if nobody closes
/// it, it is closed when it is dropped.
pub struct OpenAudit {
    audit: ExportAudit,
    client: AuditLogClient,
    began: Instant,
    progress: Arc<ProgressCounter>,
    /// How the export ended, should nobody say it; `None` once somebody did.
    unless_closed: Option<ExportOutcome>,
}

impl OpenAudit {
    /// An audit that `client` closes. Until a thread runs the export, only a client that leaves can end it unnoticed.
    pub(crate) fn new(audit: ExportAudit, client: AuditLogClient, began: Instant) -> Self {
        Self {
            audit,
            client,
            began,
            progress: Arc::default(),
            unless_closed: Some(ExportOutcome::ClientLeft),
        }
    }

    /// From now on a thread runs the export, which says how it ended, unless it panics.
    pub fn begin(&mut self) {
        self.unless_closed = Some(ExportOutcome::Failed {
            reason: "the export ended without a result".to_owned(),
        });
    }

    /// Where the export says how far it came.
    pub fn progress(&self) -> &Arc<ProgressCounter> {
        &self.progress
    }

    /// The export has ended. `error` is for the log: why, with internal causes.
    pub fn close(mut self, outcome: ExportOutcome, error: &str) {
        self.unless_closed = None;
        self.end(outcome, error);
    }

    /// There is no audit to close, for it was not opened, or something else closes it.
    pub(crate) fn forget(mut self) {
        self.unless_closed = None;
    }

    fn end(&self, outcome: ExportOutcome, error: &str) {
        let progress = ExportProgress {
            rows: self.progress.rows(),
            bytes: self.progress.bytes(),
            duration: self.began.elapsed(),
        };
        self.client
            .report_end(&self.audit, &outcome, progress, error);
        let ending = ExportEnding::new(self.client.clock().now(), outcome, progress);
        self.client.close(self.audit.fields().id.clone(), ending);
    }
}

impl Drop for OpenAudit {
    fn drop(&mut self) {
        if let Some(outcome) = self.unless_closed.take() {
            self.end(outcome, "");
        }
    }
}
