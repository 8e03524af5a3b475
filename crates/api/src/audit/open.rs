use std::sync::Arc;
use std::time::Instant;

use deskledger_domain::{ExportAudit, ExportEnding, ExportOutcome, ExportProgress};

use super::{AuditTrail, Meter};

/// The audit of an export, a download or a deletion that runs. It is closed once, whatever happens: if nobody closes
/// it, it is closed when it is dropped.
pub(crate) struct OpenAudit {
    audit: ExportAudit,
    trail: AuditTrail,
    began: Instant,
    meter: Arc<Meter>,
    /// How the export ended, should nobody say it; `None` once somebody did.
    unless_closed: Option<ExportOutcome>,
}

impl OpenAudit {
    /// An audit that `trail` closes. Until a thread runs the export, only a client that leaves can end it unnoticed.
    pub(super) fn new(audit: ExportAudit, trail: AuditTrail, began: Instant) -> Self {
        Self {
            audit,
            trail,
            began,
            meter: Arc::default(),
            unless_closed: Some(ExportOutcome::ClientLeft),
        }
    }

    /// From now on a thread runs the export, which says how it ended, unless it panics.
    pub(crate) fn begin(&mut self) {
        self.unless_closed = Some(ExportOutcome::Failed {
            reason: "the export ended without a result".to_owned(),
        });
    }

    /// Where the export says how far it came.
    pub(crate) fn meter(&self) -> &Arc<Meter> {
        &self.meter
    }

    /// The export has ended. `error` is for the log: why, with internal causes.
    pub(crate) fn close(mut self, outcome: ExportOutcome, error: &str) {
        self.unless_closed = None;
        self.end(outcome, error);
    }

    /// There is no audit to close, for it was not opened, or something else closes it.
    pub(super) fn forget(mut self) {
        self.unless_closed = None;
    }

    fn end(&self, outcome: ExportOutcome, error: &str) {
        let progress = ExportProgress {
            rows: self.meter.rows(),
            bytes: self.meter.bytes(),
            duration: self.began.elapsed(),
        };
        self.trail
            .report_end(&self.audit, &outcome, progress, error);
        let ending = ExportEnding::new(self.trail.clock().now(), outcome, progress);
        self.trail.close(self.audit.fields().id.clone(), ending);
    }
}

impl Drop for OpenAudit {
    fn drop(&mut self) {
        if let Some(outcome) = self.unless_closed.take() {
            self.end(outcome, "");
        }
    }
}
