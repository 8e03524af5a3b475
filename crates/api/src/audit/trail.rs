use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::thread;
use std::time::{Duration, Instant};

use deskledger_domain::{AuditId, Clock, ExportAudit, ExportEnding, ExportOutcome, ExportProgress};
use deskledger_store::{AuditEvent, AuditStore, StoreError};
use tokio::sync::oneshot;
use tokio::time::timeout;
use uuid::Uuid;

use super::OpenAudit;
use super::line::{log_end, log_start};
use super::writer::{Command, Waits, Writer};
use crate::error::{ApiError, ErrorCode};
use crate::metrics::Metrics;
use crate::startup::Supervisor;

/// How long a client should wait when its export cannot be audited.
const RETRY: Duration = Duration::from_secs(5);

/// The most callers that wait for what they asked to be written down. Where the database does not answer they would pile up.
const MOST_WAITING: usize = 1024;

/// How long a caller waits for that. The database has a deadline for each batch, and the caller may have to wait for two.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long a service that stops waits for the exports that it broke off to be written down.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// The audit trail of this process: no export begins before it is written down.
#[derive(Clone)]
pub(crate) struct AuditTrail {
    commands: flume::Sender<Command>,
    /// For the writer, which comes once the database is there.
    received: flume::Receiver<Command>,
    /// How many callers wait for what they asked to be written down.
    waiting: Arc<AtomicUsize>,
    clock: Clock,
    metrics: Metrics,
}

/// What will write the audits of this process. It has found the database to take them.
pub(crate) struct AuditWriter(Writer);

impl AuditWriter {
    /// Begins to write, on a thread of its own.
    ///
    /// # Errors
    /// When there is no thread to be had.
    pub(crate) fn start(self, supervisor: &Supervisor) -> io::Result<()> {
        let Self(mut writer) = self;
        let supervisor = supervisor.clone();
        thread::Builder::new()
            .name("audit".to_owned())
            .spawn(move || supervisor.run("audit", &mut || writer.run()))?;
        Ok(())
    }
}

impl AuditTrail {
    /// The audit log of this process. Nothing is written before its [writer](Self::writer) starts.
    pub(crate) fn new(clock: Clock, metrics: Metrics) -> Self {
        let (commands, received) = flume::unbounded();
        Self {
            commands,
            received,
            waiting: Arc::default(),
            clock,
            metrics,
        }
    }

    /// Closes what processes that are gone left open, and returns what writes the audits of this one.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) fn writer(&self, audits: &dyn AuditStore) -> Result<AuditWriter, StoreError> {
        let (high, _) = Uuid::new_v4().as_u64_pair();
        let log = audits.log(high.cast_signed());
        let mut writer = Writer::new(
            log,
            self.received.clone(),
            self.clock.clone(),
            self.metrics.clone(),
        );
        writer.interrupt_abandoned()?;
        Ok(AuditWriter(writer))
    }

    /// What it counts in.
    pub(crate) const fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// The clock by which audits are dated.
    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Writes down that an export begins. It must not before this returns.
    ///
    /// # Errors
    /// When it cannot be written down (503).
    pub(crate) async fn open(&self, audit: ExportAudit) -> Result<OpenAudit, ApiError> {
        let began = Instant::now();
        let Some(waits) = Waits::unless(MOST_WAITING, &self.waiting) else {
            return Err(unwritten("too many exports wait for their audits"));
        };
        log_start(&audit);
        let (done, written) = oneshot::channel();
        let started = AuditEvent::Started(Box::new(audit.clone()));
        let id = audit.fields().id.clone();
        // Before it is written, so that it is closed also where the client leaves meanwhile.
        let open = OpenAudit::new(audit, self.clone(), began);
        self.send(Command::Open {
            id,
            started,
            done,
            waits,
        });
        match timeout(PATIENCE, written).await {
            Ok(Ok(Ok(()))) => Ok(open),
            Ok(Ok(Err(cause))) => {
                open.forget();
                Err(unwritten(&cause))
            }
            Ok(Err(_)) => {
                open.forget();
                Err(unwritten("the thread that writes audits is gone"))
            }
            Err(_) => {
                // It may be written later, and then so is this.
                const CAUSE: &str = "the audit was not written in time";

                let error = unwritten(CAUSE);
                open.close(refusal(&error), CAUSE);
                Err(error)
            }
        }
    }

    /// Writes down that an export was refused, and why. Where that fails the log says so: the client is refused all the same.
    pub(crate) async fn refuse(&self, audit: ExportAudit, error: &ApiError) {
        let outcome = refusal(error);
        self.tell_end(&audit, &outcome, ExportProgress::default(), &error.causes());
        let ending = ExportEnding::new(self.clock.now(), outcome, ExportProgress::default());
        let id = audit.fields().id.clone();
        let events = vec![
            AuditEvent::Started(Box::new(audit)),
            AuditEvent::Ended(id, ending),
        ];
        let Some(waits) = Waits::unless(MOST_WAITING, &self.waiting) else {
            tracing::error!("a refusal is not in the audit: too many exports wait for theirs");
            return;
        };
        let (done, written) = oneshot::channel();
        self.send(Command::Refuse {
            events,
            done,
            waits,
        });
        // The writer logs what it could not write.
        let _ = timeout(PATIENCE, written).await;
    }

    /// Tells the log and the metrics how an export ended. `error` is for the log: why, with internal causes.
    pub(super) fn tell_end(
        &self,
        audit: &ExportAudit,
        outcome: &ExportOutcome,
        progress: ExportProgress,
        error: &str,
    ) {
        log_end(audit, outcome, progress, error);
        self.metrics.count_export(outcome, progress);
    }

    /// Writes down how an export ended. It does not wait.
    pub(super) fn close(&self, id: AuditId, ending: ExportEnding) {
        self.send(Command::Close { id, ending });
    }

    /// Waits until every export of this process is written down, for some seconds at most. What is left is closed when the
    /// next process starts.
    pub(crate) async fn finish(&self) {
        let (done, finished) = oneshot::channel();
        self.send(Command::Finish { done });
        if timeout(LAST_WORDS, finished).await.is_err() {
            tracing::warn!("some audits are left open; the next start closes them as interrupted");
        }
    }

    fn send(&self, command: Command) {
        if self.commands.send(command).is_err() {
            tracing::error!("the thread that writes audits is gone");
        }
    }
}

/// How an export ended that was answered with an error before it began.
pub(crate) fn refusal(error: &ApiError) -> ExportOutcome {
    // Which right is missing is for the administrators who read the audit, not for whoever asks.
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

/// An export that is not begun, and why, for the log.
fn unwritten(cause: &str) -> ApiError {
    ApiError::new(
        ErrorCode::Unavailable,
        "the export cannot be written into the audit, so it is not begun: try again later",
    )
    .with_retry_after(RETRY)
    .with_cause(cause)
}
