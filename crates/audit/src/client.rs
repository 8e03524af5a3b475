use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use deskledger_domain::{
    AuditAction, AuditId, AuditVia, Clock, ExportAudit, ExportEnding, ExportOutcome, ExportProgress,
};
use deskledger_store::{AuditEvent, AuditStore, StoreError};
use thiserror::Error;
use tokio::sync::oneshot;
use tokio::time::timeout;
use uuid::Uuid;

use crate::line::{log_end, log_start};
use crate::refusals::{Admission, Refusals};
use crate::sweep::{ListedPage, SweepKey, Sweeps};
use crate::waiting::Waiting;
use crate::writer::{Command, Writer, Written};
use crate::{AuditObserver, OpenAudit};

/// How long a caller waits for that. The database has a deadline for each batch, and the caller may have to wait for two.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long a service that stops waits for the exports that it broke off to be written down.
const FINISH_TIMEOUT: Duration = Duration::from_secs(5);

/// Why something is not written down, for the log.
const TOO_MANY: &str = "too many requests wait for their audits";
const NO_WRITER: &str = "the thread that writes audits is gone";
const LATE: &str = "the audit was not written in time";
const UNWRITABLE: &str = "the database took no audits when it was last asked";
const BROKEN_OFF: &str = "the task that begins the audit was broken off";

/// What is counted in memory, and written down once for many requests.
#[derive(Clone, Default)]
pub(crate) struct Counts {
    pub(crate) refusals: Arc<Mutex<Refusals>>,
    pub(crate) sweeps: Arc<Mutex<Sweeps>>,
}

/// The audit log of this process: nothing is handed out before it is written down.
#[derive(Clone)]
pub struct AuditLogClient {
    commands: flume::Sender<Command>,
    /// For the writer, which comes once the database is there.
    received: flume::Receiver<Command>,
    /// How many callers wait for what they asked to be written down.
    waiting: Waiting,
    counts: Counts,
    clock: Clock,
    observer: Arc<dyn AuditObserver>,
    /// How something ended that could not be written down in time.
    late: ExportOutcome,
    /// Whether the database took the audits when they were last written, or would have.
    writable: Arc<AtomicBool>,
}

impl fmt::Debug for AuditLogClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditLogClient").finish_non_exhaustive()
    }
}

/// What writes the audits of this process. It has found the database to take them.
pub struct AuditWriter(Writer);

impl AuditWriter {
    /// Writes until every clone of the client is gone. It blocks, and is for a thread of its own. After a panic it may be called
    /// again.
    pub fn run(&mut self) {
        self.0.run();
    }
}

/// Something could not be written into the audit log in time, so it must not begin. The text is for the log.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct NotAudited(Cow<'static, str>);

impl NotAudited {
    /// The audit was not written in time. It may be written later.
    pub const LATE: Self = Self(Cow::Borrowed(LATE));

    fn of(cause: &Arc<str>) -> Self {
        Self(Cow::Owned(cause.to_string()))
    }
}

impl AuditLogClient {
    /// The client of the audit log. Nothing is written before its [writer](Self::writer) runs.
    ///
    /// `late` is the outcome of what could not be written down in time: what its caller is answered.
    pub fn new(clock: Clock, observer: Arc<dyn AuditObserver>, late: ExportOutcome) -> Self {
        let (commands, received) = flume::unbounded();
        Self {
            commands,
            received,
            waiting: Waiting::default(),
            counts: Counts::default(),
            clock,
            observer,
            late,
            writable: Arc::new(AtomicBool::new(true)),
        }
    }

    /// Whether the database took the audits when it was last asked, which is a few seconds ago at most. What begins later should
    /// not be promised where it did not.
    ///
    /// # Errors
    /// When it did not.
    pub fn check(&self) -> Result<(), NotAudited> {
        if self.writable.load(Ordering::Relaxed) {
            Ok(())
        } else {
            Err(NotAudited(UNWRITABLE.into()))
        }
    }

    /// Closes what processes that are gone left open, and returns what writes the audits of this one.
    ///
    /// # Errors
    /// When the database fails.
    pub fn writer(&self, audits: &dyn AuditStore) -> Result<AuditWriter, StoreError> {
        let (high, _) = Uuid::new_v4().as_u64_pair();
        let log = audits.log(high.cast_signed());
        let mut writer = Writer::new(
            log,
            self.received.clone(),
            self.counts.clone(),
            self.clock.clone(),
            Arc::clone(&self.observer),
            Arc::clone(&self.writable),
        );
        writer.interrupt_abandoned()?;
        Ok(AuditWriter(writer))
    }

    /// The clock by which audits are dated.
    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Writes down that something begins. It must not before this returns.
    ///
    /// # Errors
    /// When it cannot be written down.
    pub async fn open(&self, audit: ExportAudit) -> Result<OpenAudit, NotAudited> {
        let began = Instant::now();
        let Some(waits) = self.waiting.enter(&audit.fields().project_id) else {
            return Err(NotAudited(TOO_MANY.into()));
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
                Err(NotAudited::of(&cause))
            }
            Ok(Err(_)) => {
                open.forget();
                Err(NotAudited(NO_WRITER.into()))
            }
            Err(_) => {
                // It may be written later, and then so is this.
                open.close(self.late.clone(), LATE);
                Err(NotAudited::LATE)
            }
        }
    }

    /// Writes down what was done, at once and whole. It must not be handed out before this returns.
    ///
    /// # Errors
    /// When it cannot be written down.
    pub async fn record(
        &self,
        audit: ExportAudit,
        progress: ExportProgress,
    ) -> Result<(), NotAudited> {
        let ending = ExportEnding::new(self.clock.now(), ExportOutcome::Done, progress);
        let added = self.add(audit, ending).await;
        added.map_err(|cause| NotAudited::of(&cause))
    }

    /// Counts a page of a list that is about to be handed out. Where many were, that is written down first; `audit` says what it
    /// is about.
    ///
    /// # Errors
    /// [`NotAudited`] when it cannot be written down, and the errors of `audit`.
    pub async fn count_page<E: From<NotAudited>>(
        &self,
        key: &SweepKey,
        page: ListedPage,
        audit: impl FnOnce() -> Result<ExportAudit, E>,
    ) -> Result<(), E> {
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
            begun.await.map_err(|_| NotAudited(BROKEN_OFF.into()))??;
        }
        if let Some(ended) = step.ends {
            let now = self.clock.now();
            self.send(Command::close_sweep(&ended, now));
        }
        Ok(())
    }

    /// Writes down that something was refused: `outcome` is what the client was answered, `causes` is for the log. Where that
    /// fails the log says so: the client is refused all the same.
    ///
    /// Of refusals that are alike, those after the first are counted, and written down together within two minutes.
    pub async fn refuse(&self, audit: ExportAudit, outcome: ExportOutcome, causes: &str) {
        self.report_end(&audit, &outcome, ExportProgress::default(), causes);
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
    pub(crate) fn report_end(
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
            self.observer.export_ended(outcome, progress);
        }
    }

    /// Writes down how an export ended. It does not wait.
    pub(crate) fn close(&self, id: AuditId, ending: ExportEnding) {
        self.send(Command::Close { id, ending });
    }

    /// Waits until every export of this process is written down, for some seconds at most. What is left is closed when the
    /// next process starts.
    pub async fn finish(&self) {
        let (done, finished) = oneshot::channel();
        self.send(Command::Finish { done });
        if timeout(FINISH_TIMEOUT, finished).await.is_err() {
            tracing::warn!("some audits are left open; the next start closes them as interrupted");
        }
    }

    fn send(&self, command: Command) {
        if self.commands.send(command).is_err() {
            tracing::error!("the thread that writes audits is gone");
        }
    }
}

/// The events of an audit that begins and ends at once.
pub(crate) fn whole(audit: ExportAudit, ending: ExportEnding) -> Vec<AuditEvent> {
    let id = audit.fields().id.clone();
    vec![
        AuditEvent::Started(Box::new(audit)),
        AuditEvent::Ended(id, ending),
    ]
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Counts of one request more or less do no harm.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
