//! How much of a kind of work runs at once, and who is next: fair by project.

mod demand;
#[cfg(test)]
mod law;
mod metrics;
mod queue;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use deskledger_domain::ProjectId;
use thiserror::Error;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout_at};

pub(crate) use self::demand::{Demand, Progress};
pub(crate) use self::metrics::{LimiterMetrics, LimiterSnapshot};
use self::queue::{Answer, Bounds, Queue, Reason, Ticket};
use crate::error::{ApiError, ErrorCode};
use crate::settings::LimitSettings;

/// How long a refusal is held back whose project was refused before and has been busy since, so that a client that asks
/// again at once costs little.
const HOLD_BACK: Duration = Duration::from_millis(500);

/// How many refusals are held back at once. What is beyond them is answered at once.
const HELD_BACK: usize = 128;

/// How much of one kind of work runs at once, per process and per project, and how much may wait for how long.
///
/// A permit that becomes free goes to the next project in turn, and each project has a share of the queue: one that asks
/// for more than its share is refused, and others are not.
#[derive(Clone)]
pub(crate) struct Limiter(Arc<Shared>);

struct Shared {
    kind: Kind,
    queue: Mutex<Queue<Waiter>>,
    queue_time: Mutex<Duration>,
    /// How many projects wait for the process alone, for those who run.
    any_end_helps: AtomicUsize,
    held_back: AtomicUsize,
    metrics: LimiterMetrics,
}

/// What wakes a waiter: it runs, or it is refused.
type Waiter = oneshot::Sender<Result<(), Reason>>;

/// A kind of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Exports, those of tasks among them.
    Exports,
    /// Recordings.
    Recordings,
    /// Lists and counts.
    Queries,
}

impl Kind {
    /// What runs, for people and for metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Exports => "exports",
            Self::Recordings => "recordings",
            Self::Queries => "queries",
        }
    }

    const fn bounds(self, limits: &LimitSettings) -> Bounds {
        let (running, running_per_project, waiting, waiting_per_project) = match self {
            Self::Exports => (
                limits.exports,
                limits.exports_per_project,
                limits.queue_length,
                limits.queue_per_project,
            ),
            Self::Recordings => (
                limits.recordings,
                limits.recordings_per_project,
                limits.queue_length,
                limits.queue_per_project,
            ),
            Self::Queries => (
                limits.queries,
                limits.queries_per_project,
                limits.query_queue_length,
                limits.query_queue_per_project,
            ),
        };
        Bounds {
            running: running as usize,
            running_per_project: running_per_project as usize,
            waiting: waiting as usize,
            waiting_per_project: waiting_per_project as usize,
        }
    }
}

/// The right to run. It is given back when the last clone is dropped.
#[derive(Clone)]
pub(crate) struct Permit(Arc<Held>);

struct Held {
    limiter: Limiter,
    project: ProjectId,
    /// How many of the same project wait.
    waiting: Arc<AtomicUsize>,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.limiter.release(&self.project);
    }
}

impl Permit {
    /// What says whether somebody waits for this permit. It does not hold it.
    pub(crate) fn demand(&self) -> Demand {
        Demand::new(&self.0.limiter, &self.0.waiting)
    }
}

/// Why there is no permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum Refusal {
    /// The project has as many as it may, or has its share of those that wait.
    #[error("this project has as many {} running as it may: try again later", .0.name())]
    Project(Kind),
    /// The process has as many as it may.
    #[error("the service has as many {} running as it may: try again later", .0.name())]
    Process(Kind),
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        const RETRY: Duration = Duration::from_secs(10);

        let code = match refusal {
            Refusal::Project(_) => ErrorCode::TooManyRequests,
            Refusal::Process(_) => ErrorCode::Unavailable,
        };
        Self::new(code, refusal.to_string()).with_retry_after(RETRY)
    }
}

impl Limiter {
    /// A limiter of one kind of work, with these limits.
    pub(crate) fn new(kind: Kind, limits: &LimitSettings) -> Self {
        Self(Arc::new(Shared {
            kind,
            queue: Mutex::new(Queue::new(kind.bounds(limits))),
            queue_time: Mutex::new(Duration::from_secs(limits.queue_seconds)),
            any_end_helps: AtomicUsize::new(0),
            held_back: AtomicUsize::new(0),
            metrics: LimiterMetrics::new(),
        }))
    }

    /// Changes the limits. What runs or waits already goes on, also where it is too much now.
    pub(crate) fn set_limits(&self, limits: &LimitSettings) {
        *lock(&self.0.queue_time) = Duration::from_secs(limits.queue_seconds);
        self.change(|queue| queue.set_bounds(self.0.kind.bounds(limits)));
    }

    /// How many run.
    pub(crate) fn running(&self) -> usize {
        lock(&self.0.queue).running()
    }

    /// How many run and wait now, and how many may.
    pub(crate) fn snapshot(&self) -> LimiterSnapshot {
        let queue = lock(&self.0.queue);
        LimiterSnapshot {
            kind: self.0.kind,
            bounds: queue.bounds(),
            running: queue.running(),
            waiting: queue.waiting(),
        }
    }

    /// What it counts.
    pub(crate) fn metrics(&self) -> &LimiterMetrics {
        &self.0.metrics
    }

    /// The projects that have as many running as they may.
    pub(crate) fn full_projects(&self) -> Vec<ProjectId> {
        lock(&self.0.queue).full_projects()
    }

    /// Takes a permit for `project`, and waits for one where there is none, as long as the queue allows.
    ///
    /// # Errors
    /// When the project has its share of those that wait, the queue is full, or no permit became free in time. It says
    /// whether the project or the process is the one that has too many.
    pub(crate) async fn acquire(&self, project: &ProjectId) -> Result<Permit, Refusal> {
        let (waiter, answer) = oneshot::channel();
        let asked = {
            let mut queue = lock(&self.0.queue);
            let asked = queue.ask(project, waiter);
            self.publish(&queue);
            asked
        };
        match asked {
            Answer::Granted(waiting) => {
                self.0.metrics.wait_seconds.observe(0.0);
                Ok(self.permit(project, waiting))
            }
            Answer::Queued {
                ticket,
                refused,
                waiting,
            } => {
                if let Some(refused) = refused {
                    // Its client may have left.
                    let _ = refused.send(Err(Reason::Project));
                }
                let waiting = Waiting {
                    limiter: self,
                    project,
                    ticket,
                    answer,
                    counter: waiting,
                    settled: false,
                };
                waiting.wait().await
            }
            Answer::Refused { reason, again } => {
                if again && reason == Reason::Project {
                    self.hold_back().await;
                }
                Err(self.refusal(reason))
            }
        }
    }

    /// Does something that blocks on a thread that may, with a permit that is held until it is done, also where nobody waits
    /// for it any more.
    ///
    /// # Errors
    /// When there is no permit in time, or it panicked.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        project: &ProjectId,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let permit = self.acquire(project).await?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(permit);
            done
        });
        done.await.map_err(ApiError::internal)
    }

    /// [`acquire`](Self::acquire) for work that may as well be done later: it does not wait for its own project.
    ///
    /// # Errors
    /// As `acquire`, and at once where the project has as many running as it may.
    pub(crate) async fn acquire_unless_full(&self, project: &ProjectId) -> Result<Permit, Refusal> {
        if lock(&self.0.queue).reason(project) == Reason::Project {
            return Err(Refusal::Project(self.0.kind));
        }
        self.acquire(project).await
    }

    fn permit(&self, project: &ProjectId, waiting: Arc<AtomicUsize>) -> Permit {
        Permit(Arc::new(Held {
            limiter: self.clone(),
            project: project.clone(),
            waiting,
        }))
    }

    fn refusal(&self, reason: Reason) -> Refusal {
        let metrics = &self.0.metrics;
        match reason {
            Reason::Project => {
                metrics.refused_for_project.inc();
                Refusal::Project(self.0.kind)
            }
            Reason::Process => {
                metrics.refused_for_process.inc();
                Refusal::Process(self.0.kind)
            }
        }
    }

    fn release(&self, project: &ProjectId) {
        self.change(|queue| queue.release(project));
    }

    /// Changes the queue, and wakes those who run now. They are woken under the lock, so that one who leaves at the same time
    /// finds either the waiter in the queue or the answer in the channel.
    fn change(&self, change: impl FnOnce(&mut Queue<Waiter>) -> Vec<Waiter>) {
        let mut queue = lock(&self.0.queue);
        for waiter in change(&mut queue) {
            // It looks for its answer when it leaves.
            let _ = waiter.send(Ok(()));
        }
        self.publish(&queue);
    }

    fn publish(&self, queue: &Queue<Waiter>) {
        let helped = queue.projects_that_any_end_helps();
        self.0.any_end_helps.store(helped, Ordering::Relaxed);
    }

    async fn hold_back(&self) {
        let held = &self.0.held_back;
        let enter = |count: usize| (count < HELD_BACK).then_some(count + 1);
        let entered = held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, enter);
        if entered.is_ok() {
            let _entered = HeldBack(held);
            sleep(HOLD_BACK).await;
        }
    }
}

/// One refusal that is held back.
struct HeldBack<'a>(&'a AtomicUsize);

impl Drop for HeldBack<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One who waits. Dropped, also by a client that leaves, it leaves nothing behind.
struct Waiting<'a> {
    limiter: &'a Limiter,
    project: &'a ProjectId,
    ticket: Ticket,
    answer: oneshot::Receiver<Result<(), Reason>>,
    counter: Arc<AtomicUsize>,
    /// Whether its permit is somebody else's to give back, or there is none.
    settled: bool,
}

impl Waiting<'_> {
    async fn wait(mut self) -> Result<Permit, Refusal> {
        let began = Instant::now();
        let deadline = began + *lock(&self.limiter.0.queue_time);
        let answer = timeout_at(deadline, &mut self.answer).await;
        let waited = began.elapsed().as_secs_f64();
        self.limiter.0.metrics.wait_seconds.observe(waited);
        let answer = match answer {
            Ok(answer) => {
                self.settled = true;
                // The other end is not dropped before it answers.
                answer.unwrap_or(Err(Reason::Process))
            }
            Err(_) => self.leave(),
        };
        match answer {
            Ok(()) => {
                let counter = Arc::clone(&self.counter);
                Ok(self.limiter.permit(self.project, counter))
            }
            Err(reason) => Err(self.limiter.refusal(reason)),
        }
    }

    /// Leaves the queue, unless there is an answer in the very moment.
    fn leave(&mut self) -> Result<(), Reason> {
        self.settled = true;
        let mut queue = lock(&self.limiter.0.queue);
        let reason = queue.reason(self.project);
        if queue.leave(self.project, self.ticket) {
            self.limiter.publish(&queue);
            return Err(reason);
        }
        drop(queue);
        self.answer.try_recv().unwrap_or(Err(reason))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if !self.settled && self.leave().is_ok() {
            self.limiter.release(self.project);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing in it panics, so it is never left half changed.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
