use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use deskledger_domain::{Clock, ExportOutcome, ProjectId, error_chain};
use deskledger_settings::TaskSettings;
use deskledger_store::{
    Cancellation, ClaimTurn, ClaimedTask, ExportTaskStore, Settlement, StoreError, TaskLease,
};
use deskledger_telemetry::filled;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use super::failure::{JobFailure, reported};
use super::job::{Job, Tally};
use super::storage::FileStorage;
use crate::error::{ApiError, ErrorCode};

/// How long a task that got no permit waits for the next attempt, and how long one that failed.
const NO_PERMIT: Duration = Duration::from_secs(2);
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// How often it is written down how far a task came, and read whether it was deleted.
const PACE: Duration = Duration::from_secs(1);

/// How long a task that is broken off may take to clean up after itself.
const CLEAN_UP: Duration = Duration::from_secs(10);

/// How long after a failure the database is asked again to take what became of a task.
const SETTLE_AGAIN: Duration = Duration::from_secs(1);

/// Takes tasks and runs them: each is kept while it runs, and given back however that ends.
#[derive(Clone)]
pub(crate) struct Runner {
    pub(super) tasks: Arc<dyn ExportTaskStore>,
    pub(super) storage: Arc<FileStorage>,
    pub(super) clock: Clock,
    job: Job,
    /// The project whose task was taken last.
    last: Arc<Mutex<Option<ProjectId>>>,
    lease: Duration,
    attempts: u32,
    retention: Duration,
}

/// Why a task was broken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Broken {
    /// It was deleted, or another process took it.
    Lost,
    /// This process stops.
    Stopping,
}

impl Runner {
    /// A runner of the tasks in `tasks`, whose files are kept in `storage`.
    pub(crate) fn new(
        tasks: Arc<dyn ExportTaskStore>,
        storage: Arc<FileStorage>,
        job: Job,
        settings: &TaskSettings,
    ) -> Self {
        Self {
            tasks,
            storage,
            clock: job.clock.clone(),
            job,
            last: Arc::default(),
            lease: settings.lease(),
            attempts: settings.attempts,
            retention: settings.retention(),
        }
    }

    /// Takes the next task, if there is one: the projects take turns, without those that have as many exports running in this
    /// process as they may. What was begun too often is given up before.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn claim(&self) -> Result<Option<ClaimedTask>, ApiError> {
        let now = self.clock.now();
        let (until, attempts) = (now + self.lease, self.attempts);
        let turn = ClaimTurn {
            last: self.last().clone(),
            left_out: self.job.exports.limiter().full_projects(),
        };
        let claimed = self.ask(move |tasks| {
            let failure = reported(&given_up(attempts));
            let given_up = tasks.give_up(now, attempts, &failure)?;
            if given_up > 0 {
                tracing::error!(tasks = given_up, attempts, "export tasks were given up");
            }
            tasks.claim_in_turn(now, until, &turn)
        });
        let claimed = claimed.await?;
        if let Some(task) = &claimed {
            *self.last() = Some(task.project_id.clone());
        }
        Ok(claimed)
    }

    fn last(&self) -> MutexGuard<'_, Option<ProjectId>> {
        // A name is never left half changed.
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a task to its end, or until the process is to stop.
    pub(super) async fn run(self, task: ClaimedTask, stopping: watch::Receiver<bool>) {
        let (id, attempt) = (task.lease.id().as_str(), task.attempt);
        let project = task.project_id.as_str();
        tracing::info!(task = id, project, attempt, "export task begun");
        let (cancellation, tally) = (Cancellation::new(), Tally::default());
        let mut job = std::pin::pin!(self.job.run(&task, &self.storage, &cancellation, &tally));
        let (broken, result) = tokio::select! {
            result = &mut job => {
                if self.report(&task.lease, &tally).await {
                    return self.end(&task, result, &tally).await;
                }
                (Broken::Lost, Ok(result))
            }
            broken = async {
                tokio::select! {
                    () = self.keep(&task.lease, &tally) => Broken::Lost,
                    () = stop(stopping) => Broken::Stopping,
                }
            } => {
                cancellation.cancel();
                (broken, timeout(CLEAN_UP, job).await)
            }
        };
        tracing::warn!(task = id, project, attempt, why = ?broken, "export task broken off");
        match (broken, result) {
            // It was done at the last moment.
            (Broken::Stopping, Ok(Ok(bytes))) => self.end(&task, Ok(bytes), &tally).await,
            (Broken::Stopping, _) => {
                tally.close(ExportOutcome::Interrupted, "");
                let at = self.clock.now();
                self.settle(&task.lease, Settlement::Postponed { at }).await;
            }
            (Broken::Lost, result) => {
                tally.close(self.loss(&task.lease).await, "");
                if let Ok(Ok(_)) = result {
                    self.discard(&task.lease).await;
                }
            }
        }
    }

    /// How a task ended that is no longer this process's: somebody deleted it, or another process runs it.
    async fn loss(&self, lease: &TaskLease) -> ExportOutcome {
        let id = lease.id().clone();
        match self.ask(move |tasks| tasks.exists(&id)).await {
            Ok(false) => ExportOutcome::Cancelled,
            _ => ExportOutcome::Interrupted,
        }
    }

    /// Says again and again that the task is run, and how far it came; returns when it is lost.
    async fn keep(&self, lease: &TaskLease, tally: &Tally) {
        let mut kept_until = Instant::now() + self.lease;
        loop {
            sleep(PACE.min(self.lease / 3)).await;
            let (begun, until) = (Instant::now(), self.clock.now() + self.lease);
            let (of, progress) = (lease.clone(), tally.progress());
            match self
                .ask(move |tasks| tasks.renew(&of, until, progress))
                .await
            {
                Ok(true) => kept_until = begun + self.lease,
                Ok(false) => return,
                // Another process may have taken it.
                Err(_) if Instant::now() >= kept_until => return,
                Err(error) => warn("an export task could not be kept", &error),
            }
        }
    }

    /// Writes down how far a task came that has ended, and returns whether it is still this process's, as far as that is known.
    async fn report(&self, lease: &TaskLease, tally: &Tally) -> bool {
        let (of, progress, until) = (
            lease.clone(),
            tally.progress(),
            self.clock.now() + self.lease,
        );
        let renewed = self.ask(move |tasks| tasks.renew(&of, until, progress));
        // Without it, its last report stays.
        renewed.await.unwrap_or(true)
    }

    async fn end(&self, task: &ClaimedTask, result: Result<u64, JobFailure>, tally: &Tally) {
        match &result {
            Ok(_) => tally.close(ExportOutcome::Done, ""),
            Err(failure) => tally.close(failure.outcome(), &failure.error().causes()),
        }
        let (id, attempt) = (task.lease.id().as_str(), task.attempt);
        let at = self.clock.now();
        let operation = self.job.metrics.operation();
        let settlement = match result {
            Ok(bytes) => {
                operation.count_task("done");
                tracing::info!(task = id, attempt, bytes, "export task done");
                let expires_at = at + self.retention;
                Settlement::Succeeded {
                    bytes,
                    at,
                    expires_at,
                }
            }
            Err(JobFailure::NotBegun(error)) => {
                operation.count_task("postponed");
                tracing::debug!(task = id, reason = %error, "export task postponed");
                Settlement::Postponed { at: at + NO_PERMIT }
            }
            Err(failure) => {
                let again = matches!(failure, JobFailure::MayPass(_)) && attempt < self.attempts;
                let (code, cause) = (
                    failure.error().code().code(),
                    filled(failure.error().causes()),
                );
                let reason = failure.reported().reason;
                tracing::error!(
                    task = id,
                    attempt,
                    again,
                    code,
                    reason,
                    cause,
                    "export task failed"
                );
                operation.count_task(if again { "again" } else { "failed" });
                if again {
                    Settlement::Again {
                        at: at + AFTER_FAILURE,
                    }
                } else {
                    Settlement::Failed {
                        failure: failure.reported(),
                        at,
                    }
                }
            }
        };
        self.settle(&task.lease, settlement).await;
    }

    /// Gives a task back. If it belongs to somebody else by now, its file is deleted.
    async fn settle(&self, lease: &TaskLease, settlement: Settlement) {
        let deadline = Instant::now() + self.lease;
        loop {
            let (of, how) = (lease.clone(), settlement.clone());
            match self.ask(move |tasks| tasks.settle(&of, &how)).await {
                Ok(true) => return,
                Ok(false) => break,
                Err(error) => warn("an export task could not be given back", &error),
            }
            if Instant::now() >= deadline {
                // Another process takes it, or this one again. It is not known whose the file is; the sweep will find out.
                return;
            }
            sleep(SETTLE_AGAIN).await;
        }
        self.discard(lease).await;
    }

    /// Deletes the file of a task that is no longer this process's.
    async fn discard(&self, lease: &TaskLease) {
        tracing::warn!(
            task = lease.id().as_str(),
            "an export task was lost before its end"
        );
        if let Err(error) = self.storage.delete(&lease.file_key()).await {
            tracing::warn!(
                error = error_chain(&error),
                "a file that nobody needs could not be deleted"
            );
        }
    }

    /// Asks the database, which blocks.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&dyn ExportTaskStore) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let tasks = Arc::clone(&self.tasks);
        let answer = tokio::task::spawn_blocking(move || question(tasks.as_ref())).await;
        Ok(answer.map_err(ApiError::internal)??)
    }
}

/// Waits until the process is to stop.
async fn stop(mut stopping: watch::Receiver<bool>) {
    // The sender may be gone, which means the same.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

fn given_up(attempts: u32) -> ApiError {
    ApiError::new(
        ErrorCode::Internal,
        format!("the task was broken off {attempts} times"),
    )
}

pub(super) fn warn(what: &str, error: &ApiError) {
    tracing::warn!(reason = %error, cause = filled(error.causes()), "{what}");
}
