#![doc = include_str!("../README.md")]

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

pub use self::asked::Asked;
pub use self::demand::{Demand, Progress};
pub use self::kind::{Kind, Limits};
pub use self::metrics::{LimiterMetrics, LimiterSnapshot, ProjectCounts, Watched};
pub use self::queue::{Bounds, Key};
use self::queue::{Queue, Reason};
pub use self::refusal::{Refusal, RunError};

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
pub struct Limiter<K = ProjectId>(Arc<Shared<K>>);

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
pub struct Permit<K: Key = ProjectId>(Arc<Held<K>>);

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
    pub fn demand(&self) -> Demand {
        Demand::new(&self.0.limiter, &self.0.waiting)
    }
}

impl Limiter {
    /// The projects that have as many running as they may.
    pub fn full_projects(&self) -> Vec<ProjectId> {
        lock(&self.0.queue).full_keys()
    }

    /// Does something that blocks on a thread that may, with a permit that is held until it is done, also where nobody waits
    /// for it any more.
    ///
    /// # Errors
    /// When there is no permit in time, or the work panicked.
    pub async fn run<T: Send + 'static>(
        &self,
        project: &ProjectId,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, RunError> {
        let permit = self.acquire(project).await?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(permit);
            done
        });
        Ok(done.await?)
    }

    /// [`acquire`](Self::acquire) for work that may as well be done later: it does not wait for its own project.
    ///
    /// # Errors
    /// As `acquire`, and at once where the project has as many running as it may.
    pub async fn acquire_unless_full(&self, project: &ProjectId) -> Result<Permit, Refusal> {
        if lock(&self.0.queue).reason(project) == Reason::Share {
            return Err(Refusal::Share(self.0.kind));
        }
        self.acquire(project).await
    }
}

impl<K: Key> Limiter<K> {
    /// A limiter of one kind of work, with these limits.
    pub fn new(kind: Kind, limits: Limits) -> Self {
        Self(Arc::new(Shared {
            kind,
            queue: Mutex::new(Queue::new(limits.bounds)),
            queue_time: Mutex::new(limits.queue_time),
            any_end_helps: AtomicUsize::new(0),
            keys_running: AtomicUsize::new(0),
            held_back: AtomicUsize::new(0),
            metrics: LimiterMetrics::new(),
        }))
    }

    /// Changes the limits. What runs or waits already goes on, also where it is too much now.
    pub fn set_limits(&self, limits: Limits) {
        *lock(&self.0.queue_time) = limits.queue_time;
        self.change(|queue| queue.set_bounds(limits.bounds));
    }

    /// How many run.
    pub fn running(&self) -> usize {
        lock(&self.0.queue).running()
    }

    /// Whether somebody waits for a permit.
    pub fn somebody_waits(&self) -> bool {
        lock(&self.0.queue).waiting() > 0
    }

    /// Takes a permit for `key`. If no permit is free, it waits for one as long as the queue allows.
    ///
    /// # Errors
    /// When the key has its share of those that wait, the queue is full, or no permit became free in time. It says whether
    /// the key or the process is the one that has too many.
    pub async fn acquire(&self, key: &K) -> Result<Permit<K>, Refusal> {
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
