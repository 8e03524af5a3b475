//! How much of a kind of work runs at once, and who is next: fair by project, or by whatever else takes turns.

mod asked;
mod demand;
mod kind;
#[cfg(test)]
mod law;
mod metrics;
mod queue;
#[cfg(test)]
mod rank;
mod refusal;
#[cfg(test)]
mod tests;
mod waiting;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use deskledger_domain::ProjectId;
use tokio::sync::oneshot;
use tokio::time::sleep;

pub(crate) use self::demand::{Demand, Progress};
pub(crate) use self::kind::Kind;
pub(crate) use self::metrics::{LimiterMetrics, Watched};
pub(crate) use self::queue::Key;
use self::queue::{Bounds, Queue, Reason};
pub(crate) use self::refusal::Refusal;
use crate::error::ApiError;
use crate::settings::LimitSettings;

/// How long a refusal is held back whose project was refused before and has been busy since, so that a client that asks
/// again at once costs little.
const HOLD_BACK: Duration = Duration::from_millis(500);

/// How many refusals are held back at once. What is beyond them is answered at once.
const HELD_BACK: usize = 128;

/// How much of one kind of work runs at once, per process and per project (or another [`Key`]), and how much may wait for how
/// long.
///
/// A permit that becomes free goes to the next project in turn, and each project has a share of the queue: one that asks
/// for more than its share is refused, and others are not.
pub(crate) struct Limiter<K = ProjectId>(Arc<Shared<K>>);

impl<K> Clone for Limiter<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

struct Shared<K> {
    kind: Kind,
    queue: Mutex<Queue<K, Waiter>>,
    queue_time: Mutex<Duration>,
    /// How many keys wait for the process alone, for those who run.
    any_end_helps: AtomicUsize,
    /// How many keys have something that runs, for those who run.
    keys_running: AtomicUsize,
    held_back: AtomicUsize,
    metrics: LimiterMetrics,
}

/// What wakes a waiter: it runs, or it is refused.
type Waiter = oneshot::Sender<Result<(), Reason>>;

/// The right to run. It is given back when the last clone is dropped.
pub(crate) struct Permit<K: Key = ProjectId>(Arc<Held<K>>);

impl<K: Key> Clone for Permit<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

struct Held<K: Key> {
    limiter: Limiter<K>,
    key: K,
    /// How many of the same key wait.
    waiting: Arc<AtomicUsize>,
}

impl<K: Key> Drop for Held<K> {
    fn drop(&mut self) {
        self.limiter.release(&self.key);
    }
}

impl Permit {
    /// What says whether somebody waits for this permit. It does not hold it.
    pub(crate) fn demand(&self) -> Demand {
        Demand::new(&self.0.limiter, &self.0.waiting)
    }
}

impl Limiter {
    /// A limiter of one kind of work, with these limits.
    pub(crate) fn new(kind: Kind, limits: &LimitSettings) -> Self {
        Self::with(
            kind,
            kind.bounds(limits),
            Duration::from_secs(limits.queue_seconds),
        )
    }

    /// Changes the limits. What runs or waits already goes on, also where it is too much now.
    pub(crate) fn set_limits(&self, limits: &LimitSettings) {
        *lock(&self.0.queue_time) = Duration::from_secs(limits.queue_seconds);
        self.change(|queue| queue.set_bounds(self.0.kind.bounds(limits)));
    }

    /// The projects that have as many running as they may.
    pub(crate) fn full_projects(&self) -> Vec<ProjectId> {
        lock(&self.0.queue).full_keys()
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
        if lock(&self.0.queue).reason(project) == Reason::Share {
            return Err(Refusal::Share(self.0.kind));
        }
        self.acquire(project).await
    }
}

impl<K: Key> Limiter<K> {
    /// A limiter with these bounds, in which a waiter waits for `queue_time` at most.
    fn with(kind: Kind, bounds: Bounds, queue_time: Duration) -> Self {
        Self(Arc::new(Shared {
            kind,
            queue: Mutex::new(Queue::new(bounds)),
            queue_time: Mutex::new(queue_time),
            any_end_helps: AtomicUsize::new(0),
            keys_running: AtomicUsize::new(0),
            held_back: AtomicUsize::new(0),
            metrics: LimiterMetrics::new(),
        }))
    }

    /// A limiter of questions to IAM, of which so many may be under way, and one may wait for `queue_time`.
    pub(crate) fn of_questions(at_once: u32, queue_time: Duration) -> Self {
        let kind = Kind::Questions(at_once);
        Self::with(kind, kind::of_questions(at_once), queue_time)
    }

    /// How many run.
    pub(crate) fn running(&self) -> usize {
        lock(&self.0.queue).running()
    }

    /// Whether somebody waits for a permit.
    pub(crate) fn somebody_waits(&self) -> bool {
        lock(&self.0.queue).waiting() > 0
    }

    /// Takes a permit for `key`. If no permit is free, it waits for one as long as the queue allows.
    ///
    /// # Errors
    /// When the key has its share of those that wait, the queue is full, or no permit became free in time. It says whether
    /// the key or the process is the one that has too many.
    pub(crate) async fn acquire(&self, key: &K) -> Result<Permit<K>, Refusal> {
        self.ask(key).answer().await
    }

    fn permit(&self, key: &K, waiting: Arc<AtomicUsize>) -> Permit<K> {
        Permit(Arc::new(Held {
            limiter: self.clone(),
            key: key.clone(),
            waiting,
        }))
    }

    fn refusal(&self, reason: Reason) -> Refusal {
        let metrics = &self.0.metrics;
        match reason {
            Reason::Share => {
                metrics.refused_for_share.inc();
                Refusal::Share(self.0.kind)
            }
            Reason::Process => {
                metrics.refused_for_process.inc();
                Refusal::Process(self.0.kind)
            }
        }
    }

    fn release(&self, key: &K) {
        self.change(|queue| queue.release(key));
    }

    /// Changes the queue, and wakes those who run now. They are woken under the lock, so that one who leaves at the same time
    /// finds either the waiter in the queue or the answer in the channel.
    fn change(&self, change: impl FnOnce(&mut Queue<K, Waiter>) -> Vec<Waiter>) {
        let mut queue = lock(&self.0.queue);
        for waiter in change(&mut queue) {
            // It looks for its answer when it leaves.
            let _ = waiter.send(Ok(()));
        }
        self.publish(&queue);
    }

    fn publish(&self, queue: &Queue<K, Waiter>) {
        let helped = queue.keys_that_any_end_helps();
        self.0.any_end_helps.store(helped, Ordering::Relaxed);
        let running = queue.keys_running();
        self.0.keys_running.store(running, Ordering::Relaxed);
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing in it panics, so it is never left half changed.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
