use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;

use actix_web::web::Bytes;
use deskledger_audit::{AuditLogClient, OpenAudit, ProgressCounter};
use deskledger_domain::{Clock, ExportOutcome, ExportRequest};
use deskledger_metrics::Metrics;
use deskledger_store::{Cancellation, ClaimedTask, TaskProgress};
use tokio::sync::oneshot;

use super::TaskRequest;
use super::failure::JobFailure;
use super::part::PartSink;
use super::storage::{FileStorage, Upload};
use crate::audit;
use crate::error::ApiError;
use crate::export::{ExportFailure, ExportService};
use deskledger_lifecycle::{Access, Live};

/// Makes the file of a task: once, in the limits of all exports, with an audit of its own.
#[derive(Clone)]
pub(crate) struct Job {
    pub(crate) exports: ExportService,
    pub(crate) audit_log: AuditLogClient,
    pub(crate) metrics: Metrics,
    pub(crate) access: Live<Access>,
    pub(crate) clock: Clock,
}

/// How far a task came, for those who watch it, and the audit that they close: they alone know why a task was broken off.
#[derive(Default)]
pub(super) struct Tally {
    /// `None` before it is begun, and once it is closed.
    audit: Mutex<Option<OpenAudit>>,
    progress: OnceLock<Arc<ProgressCounter>>,
    /// How many records matched when it was begun.
    total: Arc<OnceLock<u64>>,
}

impl Tally {
    fn begin(&self, audit: OpenAudit) {
        // It is begun once.
        let _ = self.progress.set(Arc::clone(audit.progress()));
        *self.audit.lock().unwrap_or_else(PoisonError::into_inner) = Some(audit);
    }

    /// Writes down how it ended, if it was begun. `error` is for the log: why, with internal causes.
    pub(super) fn close(&self, outcome: ExportOutcome, error: &str) {
        let audit = self
            .audit
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(audit) = audit {
            audit.close(outcome, error);
        }
    }

    fn counter(&self) -> Arc<ProgressCounter> {
        Arc::clone(self.progress.get_or_init(Arc::default))
    }

    /// How far it came by now.
    pub(super) fn progress(&self) -> TaskProgress {
        let progress = self.progress.get();
        TaskProgress {
            rows: progress.map_or(0, |progress| progress.rows()),
            bytes: progress.map_or(0, |progress| progress.bytes()),
            total: self.total.get().copied(),
        }
    }
}

impl Job {
    /// Writes the file of the task under the key of its lease, and returns how many bytes it has. Once `cancellation` is
    /// cancelled it ends soon, without a file. The caller closes the audit that `tally` holds.
    ///
    /// # Errors
    /// When there is no file.
    pub(super) async fn run(
        &self,
        task: &ClaimedTask,
        storage: &FileStorage,
        cancellation: &Cancellation,
        tally: &Tally,
    ) -> Result<u64, JobFailure> {
        let request = TaskRequest::from_json(&task.request).map_err(JobFailure::Final)?;
        let audit = request.audit(task.lease.id(), &task.project_id, self.clock.now());
        let audit = audit.map_err(JobFailure::Final)?;
        let export = match request.export(&self.access.get().policy, &task.project_id) {
            Ok(export) => export,
            Err(error) => {
                audit::refuse(&self.audit_log, audit, &error).await;
                return Err(JobFailure::Final(error));
            }
        };
        let limiter = self.exports.limiter();
        let permit = limiter.acquire_unless_full(&task.project_id).await;
        let _permit = permit.map_err(|reason| JobFailure::NotBegun(reason.into()))?;
        let audit = self.audit_log.open(audit).await;
        let mut audit = audit.map_err(|error| JobFailure::NotBegun(error.into()))?;
        audit.begin();
        tally.begin(audit);
        match storage.begin(&task.lease.file_key()).await {
            Ok(upload) => self.write(upload, export, tally, cancellation).await,
            Err(error) => Err(error.into()),
        }
    }

    async fn write(
        &self,
        mut upload: Upload,
        request: ExportRequest,
        tally: &Tally,
        cancellation: &Cancellation,
    ) -> Result<u64, JobFailure> {
        let written = self.fill(&mut upload, request, tally, cancellation).await;
        match written {
            Ok(()) => {
                // What is not complete by now may be, or may not: the next time has another key.
                upload.complete().await?;
                Ok(tally.progress().bytes)
            }
            Err(failure) => {
                upload.abort().await;
                Err(failure)
            }
        }
    }

    /// Reads and writes on a thread of its own, and hands what comes of it to the storage.
    async fn fill(
        &self,
        upload: &mut Upload,
        request: ExportRequest,
        tally: &Tally,
        cancellation: &Cancellation,
    ) -> Result<(), JobFailure> {
        let progress = tally.counter();
        let (sink, parts) = PartSink::new(Arc::clone(&progress));
        let (done, ended) = oneshot::channel();
        let (exports, total, cancellation) = (
            self.exports.clone(),
            Arc::clone(&tally.total),
            cancellation.clone(),
        );
        thread::Builder::new()
            .name("task".to_owned())
            .spawn(move || {
                // It is for those who watch. Where it cannot be known, the task goes on without it.
                if let Ok(matched) = exports.count(&request.filter) {
                    let _ = total.set(matched);
                }
                let written = exports
                    .write(&request, &cancellation, sink, &progress)
                    .and_then(|sink| sink.finish().map_err(|_| ExportFailure::ClientLeft));
                // The receiver may be gone.
                let _ = done.send(written);
            })
            .map_err(|error| JobFailure::MayPass(ApiError::internal(error)))?;
        // It ends when the thread does. Where the storage fails, the thread finds nobody who takes its parts.
        pass(parts, upload).await?;
        match ended.await {
            Ok(written) => Ok(written?),
            Err(_) => Err(JobFailure::MayPass(ApiError::internal(
                "the thread of the task ended without a result",
            ))),
        }
    }
}

async fn pass(parts: flume::Receiver<Bytes>, upload: &mut Upload) -> Result<(), JobFailure> {
    while let Ok(part) = parts.recv_async().await {
        upload.put(part).await?;
    }
    Ok(())
}
