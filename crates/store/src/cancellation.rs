use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Asks a running read to stop. Clones share one state: to cancel one cancels all.
///
/// Cancelling does not block, so it may be done from asynchronous code, and cannot be undone.
///
/// ```
/// use deskledger_store::Cancellation;
///
/// let cancellation = Cancellation::new();
/// let for_the_reader = cancellation.clone();
/// cancellation.cancel();
/// assert!(for_the_reader.is_cancelled());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Cancellation(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    cancelled: AtomicBool,
    /// Guards no data: it closes the gap between a watcher's look at the flags and its sleep.
    lock: Mutex<()>,
    changed: Condvar,
}

impl Cancellation {
    /// A token that is not cancelled yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops every read that was given this token, and those that will be. Does not wait for them.
    pub fn cancel(&self) {
        self.0.raise(&self.0.cancelled);
    }

    /// Whether [`cancel`](Self::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Acquire)
    }
}

impl Shared {
    fn locked(&self) -> MutexGuard<'_, ()> {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn raise(&self, flag: &AtomicBool) {
        flag.store(true, Ordering::Release);
        // A thread that read the flag before this store is waiting by the time the lock is free.
        drop(self.locked());
        self.changed.notify_all();
    }
}

/// One read, seen from the thread that stops it inside the database.
pub(crate) struct Watch<'a> {
    cancellation: &'a Cancellation,
    stopped: AtomicBool,
    finished: AtomicBool,
}

impl<'a> Watch<'a> {
    pub(crate) const fn new(cancellation: &'a Cancellation) -> Self {
        Self {
            cancellation,
            stopped: AtomicBool::new(false),
            finished: AtomicBool::new(false),
        }
    }

    /// Whether the caller has cancelled the read.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancellation.is_cancelled()
    }

    /// Whether the read should stop: it was cancelled, or nobody wants the rest of its rows.
    fn is_stopped(&self) -> bool {
        self.is_cancelled() || self.stopped.load(Ordering::Acquire)
    }

    fn is_finished(&self) -> bool {
        self.finished.load(Ordering::Acquire)
    }

    /// Stops the read when what is returned is dropped, unless it was [disarmed](StopOnDrop::disarm).
    pub(crate) const fn stop_on_drop(&self) -> StopOnDrop<'_, 'a> {
        StopOnDrop(Some(self))
    }

    /// Lets the watcher go when what is returned is dropped.
    pub(crate) const fn finish_on_drop(&self) -> FinishOnDrop<'_, 'a> {
        FinishOnDrop(self)
    }

    /// Sleeps until the read should stop (`true`) or is finished (`false`).
    pub(crate) fn wait_for_stop(&self) -> bool {
        let shared = &self.cancellation.0;
        let guard = shared
            .changed
            .wait_while(shared.locked(), |()| {
                !self.is_stopped() && !self.is_finished()
            })
            .unwrap_or_else(PoisonError::into_inner);
        drop(guard);
        !self.is_finished()
    }

    /// Sleeps until the read is finished, but no longer than `limit`. Returns whether it is.
    pub(crate) fn wait_for_finish(&self, limit: Duration) -> bool {
        let shared = &self.cancellation.0;
        let (guard, _) = shared
            .changed
            .wait_timeout_while(shared.locked(), limit, |()| !self.is_finished())
            .unwrap_or_else(PoisonError::into_inner);
        drop(guard);
        self.is_finished()
    }
}

/// See [`Watch::stop_on_drop`].
pub(crate) struct StopOnDrop<'w, 'a>(Option<&'w Watch<'a>>);

impl StopOnDrop<'_, '_> {
    pub(crate) fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for StopOnDrop<'_, '_> {
    fn drop(&mut self) {
        if let Some(watch) = self.0 {
            watch.cancellation.0.raise(&watch.stopped);
        }
    }
}

/// See [`Watch::finish_on_drop`].
pub(crate) struct FinishOnDrop<'w, 'a>(&'w Watch<'a>);

impl Drop for FinishOnDrop<'_, '_> {
    fn drop(&mut self) {
        self.0.cancellation.0.raise(&self.0.finished);
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_watcher_wakes_when_its_read_is_cancelled() {
        let cancellation = Cancellation::new();
        let watch = Watch::new(&cancellation);
        thread::scope(|scope| {
            let watcher = scope.spawn(|| watch.wait_for_stop());
            cancellation.cancel();
            assert!(watcher.join().unwrap());
        });
        assert!(watch.is_stopped());
    }

    #[test]
    fn a_watcher_goes_when_its_read_is_finished() {
        let cancellation = Cancellation::new();
        let watch = Watch::new(&cancellation);
        thread::scope(|scope| {
            let watcher = scope.spawn(|| watch.wait_for_stop());
            drop(watch.finish_on_drop());
            assert!(!watcher.join().unwrap());
        });
        assert!(!cancellation.is_cancelled());
        assert!(watch.wait_for_finish(Duration::ZERO));
    }

    #[test]
    fn a_read_that_stops_leaves_the_others_of_its_token_alone() {
        let cancellation = Cancellation::new();
        let (one, other) = (Watch::new(&cancellation), Watch::new(&cancellation));
        drop(one.stop_on_drop());
        other.stop_on_drop().disarm();
        assert!(one.is_stopped());
        assert!(!other.is_stopped());
        assert!(!cancellation.is_cancelled());
    }
}
