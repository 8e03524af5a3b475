use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use deskledger_domain::{
    AuditAction, AuditId, AuditVia, Clock, ExportAudit, ExportEnding, ExportOutcome, ExportProgress,
};
use deskledger_store::{AuditEvent, AuditStore, StoreError};
use tokio::sync::oneshot;
use tokio::time::timeout;
use uuid::Uuid;

use super::OpenAudit;
use super::line::{log_end, log_start};
use super::refusals::{Admission, Refusals};
use super::sweep::{ListedPage, SweepKey, Sweeps};
use super::waiting::Waiting;
use super::writer::{Command, Writer, Written};
use crate::error::{ApiError, ErrorCode};
use crate::metrics::Metrics;
use crate::supervisor::Supervisor;

/// How long a client should wait when its export cannot be audited.
const RETRY: Duration = Duration::from_secs(5);

/// How long a caller waits for that. The database has a deadline for each batch, and the caller may have to wait for two.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long a service that stops waits for the exports that it broke off to be written down.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Why something is not written down, for the log.
const TOO_MANY: &str = "too many requests wait for their audits";
const NO_WRITER: &str = "the thread that writes audits is gone";
const LATE: &str = "the audit was not written in time";

/// What is counted in memory, and written down once for many requests.
#[derive(Clone, Default)]
pub(super) struct Counts {
    pub(super) refusals: Arc<Mutex<Refusals>>,
    pub(super) sweeps: Arc<Mutex<Sweeps>>,
}

/// The audit log of this process: nothing is handed out before it is written down.
#[derive(Clone)]
pub(crate) struct AuditTrail {
    commands: flume::Sender<Command>,
    /// For the writer, which comes once the database is there.
    received: flume::Receiver<Command>,
    /// How many callers wait for what they asked to be written down.
    waiting: Waiting,
    counts: Counts,
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
            waiting: Waiting::default(),
            counts: Counts::default(),
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
            self.counts.clone(),
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

    /// Writes down that something begins. It must not before this returns.
    ///
    /// # Errors
    /// When it cannot be written down (503).
    pub(crate) async fn open(&self, audit: ExportAudit) -> Result<OpenAudit, ApiError> {
        let began = Instant::now();
        let Some(waits) = self.waiting.enter(&audit.fields().project_id) else {
            return Err(unwritten(TOO_MANY));
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
                Err(unwritten(NO_WRITER))
            }
            Err(_) => {
                // It may be written later, and then so is this.
                let error = unwritten(LATE);
                open.close(refusal(&error), LATE);
                Err(error)
            }
        }
    }

    /// Writes down what was done, at once and whole. It must not be handed out before this returns.
    ///
    /// # Errors
    /// When it cannot be written down (503).
    pub(crate) async fn record(
        &self,
        audit: ExportAudit,
        progress: ExportProgress,
    ) -> Result<(), ApiError> {
        let ending = ExportEnding::new(self.clock.now(), ExportOutcome::Done, progress);
        let added = self.add(audit, ending).await;
        added.map_err(|cause| unwritten(&cause))
    }

    /// Counts a page of a list that is about to be handed out. Where many were, that is written down first; `audit` says what it
    /// is about.
    ///
    /// # Errors
    /// When it cannot be written down (503).
    pub(crate) async fn count_page(
        &self,
        key: &SweepKey,
        page: ListedPage,
        audit: impl FnOnce() -> Result<ExportAudit, ApiError>,
    ) -> Result<(), ApiError> {
        let step = lock(&self.counts.sweeps).add(key, page, Instant::now(), audit)?;
        if let Some(audit) = step.begins {
            let (log, key) = (self.clone(), key.clone());
            // A task of its own, which goes on where the client leaves: the pages that follow rely on it.
            let begun = tokio::spawn(async move {
                match log.open(audit).await {
                    // It is closed when the sweep has ended.
                    Ok(open) => {
                        open.forget();
                        Ok(())
                    }
                    Err(error) => {
                        lock(&log.counts.sweeps).did_not_begin(&key);
                        Err(error)
                    }
                }
            });
            begun.await.map_err(ApiError::internal)??;
        }
        if let Some(ended) = step.ends {
            let now = self.clock.now();
            self.send(Command::close_sweep(&ended, now));
        }
        Ok(())
    }

    /// Writes down that something was refused, and why. Where that fails the log says so: the client is refused all the same.
    ///
    /// Of refusals that are alike, those after the first are counted, and written down together within two minutes.
    pub(crate) async fn refuse(&self, audit: ExportAudit, error: &ApiError) {
        let outcome = refusal(error);
        self.report_end(&audit, &outcome, ExportProgress::default(), &error.causes());
        let admission = lock(&self.counts.refusals).admit(&audit, &outcome, Instant::now());
        match admission {
            Admission::Alone => {
                let progress = ExportProgress::default();
                let ending = ExportEnding::new(self.clock.now(), outcome, progress);
                if let Err(cause) = self.add(audit, ending).await {
                    tracing::error!(cause = &*cause, "a refusal is not in the audit");
                }
            }
            Admission::Counted => {}
            Admission::Full => {
                let cause = "there are too many kinds of refusals";
                tracing::error!(cause, "a refusal is not in the audit");
            }
        }
    }

    /// Writes down a beginning with its end, and says why that was not done in time.
    async fn add(&self, audit: ExportAudit, ending: ExportEnding) -> Written {
        let Some(waits) = self.waiting.enter(&audit.fields().project_id) else {
            return Err(TOO_MANY.into());
        };
        let (done, written) = oneshot::channel();
        self.send(Command::Add {
            events: whole(audit, ending),
            done,
            waits,
        });
        match timeout(PATIENCE, written).await {
            Ok(Ok(written)) => written,
            Ok(Err(_)) => Err(NO_WRITER.into()),
            Err(_) => Err(LATE.into()),
        }
    }

    /// Reports to the log, and of exports to the metrics, how something ended. `error` is for the log: why, with internal
    /// causes.
    pub(super) fn report_end(
        &self,
        audit: &ExportAudit,
        outcome: &ExportOutcome,
        progress: ExportProgress,
        error: &str,
    ) {
        log_end(audit, outcome, progress, error);
        let fields = audit.fields();
        let is_export = matches!(
            fields.via,
            AuditVia::Export | AuditVia::Task | AuditVia::Link
        );
        if is_export && fields.action == AuditAction::Read {
            self.metrics.count_export(outcome, progress);
        }
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

/// The events of an audit that begins and ends at once.
pub(super) fn whole(audit: ExportAudit, ending: ExportEnding) -> Vec<AuditEvent> {
    let id = audit.fields().id.clone();
    vec![
        AuditEvent::Started(Box::new(audit)),
        AuditEvent::Ended(id, ending),
    ]
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Counts of one request more or less do no harm.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is not begun, and why, for the log.
fn unwritten(cause: &str) -> ApiError {
    ApiError::new(
        ErrorCode::Unavailable,
        "this cannot be written into the audit, so it is not begun: try again later",
    )
    .with_retry_after(RETRY)
    .with_cause(cause)
}
