use std::pin::pin;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use deskledger_domain::{Principal, ProjectScope};
use deskledger_identity::BodyProof;
use deskledger_limiter::{Limiter, Permit, Progress};
use deskledger_metrics::Metrics;
use deskledger_settings::LimitSettings;
use deskledger_store::RecordStore;
use tokio::sync::oneshot;
use tracing::Span;

use super::chunk;
use super::content::Content;
use super::job::{Job, JobLimits, Source};
use crate::error::ApiError;
use crate::http::body::IncomingBody;
use deskledger_contract::Recorded;
use deskledger_lifecycle::Work;

/// Runs recordings: each on a thread of its own, as many at once as the limits allow.
#[derive(Clone)]
pub(crate) struct RecordingService {
    store: Arc<dyn RecordStore>,
    limiter: Limiter,
    job: JobLimits,
    metrics: Metrics,
    held_bytes: u64,
    progress: Progress,
}

/// What is to be recorded: by whom, where, and what it says it is.
pub(crate) struct Recording {
    pub(crate) principal: Principal,
    pub(crate) scope: ProjectScope,
    pub(crate) content: Content,
}

impl RecordingService {
    /// A service over a store, with these limits.
    pub(crate) fn new(
        store: Arc<dyn RecordStore>,
        limits: &LimitSettings,
        metrics: Metrics,
    ) -> Self {
        Self {
            store,
            limiter: Work::Recordings.limiter(limits),
            job: JobLimits {
                body_bytes: limits.record_body_bytes,
                array_bytes: limits.record_held_bytes.min(limits.record_body_bytes),
                array: limits.record_array.get(),
                bad_lines: limits.record_bad_lines,
                cpu_time: Duration::from_secs(limits.record_cpu_seconds),
                batch: limits.record_batch,
            },
            metrics,
            held_bytes: limits.record_held_bytes,
            progress: Progress::new(limits.min_bytes_per_second, limits.min_rate_window()),
        }
    }

    /// What bounds how many run.
    pub(crate) fn limiter(&self) -> &Limiter {
        &self.limiter
    }

    /// Records what a body holds. What the answer counts is on the disk.
    ///
    /// # Errors
    /// When there is no permit to run it, the body is not what was signed, or it cannot be read or written to its end. The
    /// error says how much was recorded.
    pub(crate) async fn record(
        &self,
        recording: Recording,
        body: IncomingBody,
    ) -> Result<Recorded, ApiError> {
        let project = recording.scope.project_id();
        let permit = self.limiter.acquire(project).await?;
        let job = Job {
            store: Arc::clone(&self.store),
            user: recording.principal.user().to_owned(),
            project: project.clone(),
            content: recording.content,
            limits: self.job,
            metrics: self.metrics.clone(),
        };
        let body = match body {
            IncomingBody::Unread(body) => {
                IncomingBody::Unread(body.while_others_wait(self.progress, permit.demand()))
            }
            body @ IncomingBody::Whole(_) => body,
        };
        let body = match body {
            IncomingBody::Unread(body) if matches!(body.proof(), BodyProof::Hash(_)) => {
                IncomingBody::Whole(body.read_to_prove(self.held_bytes).await?)
            }
            body => body,
        };
        match body {
            IncomingBody::Whole(bytes) => run(job, permit, Source::Whole(bytes)).await,
            IncomingBody::Unread(body) => {
                let (sender, reader) = chunk::channel();
                let mut outcome = pin!(run(job, permit, Source::Chunks(reader)));
                tokio::select! {
                    biased;
                    // It may end before the body does: then nobody needs the rest.
                    outcome = &mut outcome => outcome,
                    () = chunk::feed(body, sender) => outcome.await,
                }
            }
        }
    }
}

/// Runs a recording on a thread of its own, which holds the permit.
async fn run(job: Job, permit: Permit, body: Source) -> Result<Recorded, ApiError> {
    let (done, outcome) = oneshot::channel();
    let span = Span::current();
    thread::Builder::new()
        .name("record".to_owned())
        .spawn(move || {
            let result = span.in_scope(|| job.run(body));
            // It is free before anybody learns that the recording ended.
            drop(permit);
            // Nobody waits for it where the client has left.
            let _ = done.send(result);
        })
        .map_err(ApiError::internal)?;
    match outcome.await {
        Ok(result) => result.map_err(ApiError::from),
        Err(_) => Err(ApiError::internal(
            "the thread of the recording ended without a result",
        )),
    }
}
