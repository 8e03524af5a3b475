use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use crate::queue::{Key, Reason, Ticket};
use crate::{Limiter, Permit, Refusal, lock};

/// One who waits. Dropped, also by a client that leaves, it leaves nothing behind.
pub(super) struct Waiting<'a, K: Key> {
    limiter: &'a Limiter<K>,
    key: &'a K,
    ticket: Ticket,
    answer: oneshot::Receiver<Result<(), Reason>>,
    counter: Arc<AtomicUsize>,
    /// Whether somebody else gives its permit back, or there is no permit.
    settled: bool,
}

impl<'a, K: Key> Waiting<'a, K> {
    /// One who came to the queue.
    pub(super) const fn new(
        limiter: &'a Limiter<K>,
        key: &'a K,
        ticket: Ticket,
        answer: oneshot::Receiver<Result<(), Reason>>,
        counter: Arc<AtomicUsize>,
    ) -> Self {
        Self {
            limiter,
            key,
            ticket,
            answer,
            counter,
            settled: false,
        }
    }

    /// Waits for a permit or a refusal, as long as the limiter lets anybody wait.
    pub(super) async fn wait(mut self) -> Result<Permit<K>, Refusal> {
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
                Ok(self.limiter.permit(self.key, counter))
            }
            Err(reason) => Err(self.limiter.refusal(reason)),
        }
    }

    /// Leaves the queue, unless there is an answer in the very moment.
    fn leave(&mut self) -> Result<(), Reason> {
        self.settled = true;
        let mut queue = lock(&self.limiter.0.queue);
        let reason = queue.reason(self.key);
        if queue.leave(self.key, self.ticket) {
            self.limiter.publish(&queue);
            return Err(reason);
        }
        drop(queue);
        self.answer.try_recv().unwrap_or(Err(reason))
    }
}

impl<K: Key> Drop for Waiting<'_, K> {
    fn drop(&mut self) {
        if !self.settled && self.leave().is_ok() {
            self.limiter.release(self.key);
        }
    }
}
