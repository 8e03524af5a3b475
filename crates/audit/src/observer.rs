use deskledger_domain::{ExportOutcome, ExportProgress};

/// What the audit log client counts, for the metrics of a service. `()` counts nothing.
pub trait AuditObserver: Send + Sync {
    /// An export ended, or was refused before it began.
    fn export_ended(&self, outcome: &ExportOutcome, progress: ExportProgress) {
        let _ = (outcome, progress);
    }

    /// Whether the database took the audits when they were last written.
    fn set_writable(&self, writable: bool) {
        let _ = writable;
    }

    /// How many audits wait for the database to take their ends.
    fn set_queued(&self, audits: usize) {
        let _ = audits;
    }

    /// How many events the database did not take.
    fn count_failures(&self, events: usize) {
        let _ = events;
    }
}

impl AuditObserver for () {}
