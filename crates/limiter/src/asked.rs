use tokio::sync::oneshot;

use crate::queue::{Answer, Key, Reason};
use crate::waiting::Waiting;
use crate::{Limiter, Permit, Refusal, lock};

/// What came of asking for a permit, before anybody waits. Dropped, it leaves nothing behind.
pub struct Asked<'a, K: Key> {
    limiter: &'a Limiter<K>,
    state: State<'a, K>,
}

enum State<'a, K: Key> {
    Granted(Permit<K>),
    Queued(Waiting<'a, K>),
    /// Whether the key was refused before and has been busy since.
    Refused {
        reason: Reason,
        again: bool,
    },
}

impl<K: Key> Limiter<K> {
    /// Asks for a permit for `key`, without waiting for it.
    pub fn ask<'a>(&'a self, key: &'a K) -> Asked<'a, K> {
        let (waiter, answer) = oneshot::channel();
        let asked = {
            let mut queue = lock(&self.0.queue);
            let asked = queue.ask(key, waiter);
            self.publish(&queue);
            asked
        };
        let state = match asked {
            Answer::Granted(waiting) => {
                self.0.metrics.wait_seconds.observe(0.0);
                State::Granted(self.permit(key, waiting))
            }
            Answer::Queued {
                ticket,
                refused,
                waiting,
            } => {
                if let Some(refused) = refused {
                    // Its client may have left.
                    let _ = refused.send(Err(Reason::Share));
                }
                State::Queued(Waiting::new(self, key, ticket, answer, waiting))
            }
            Answer::Refused { reason, again } => State::Refused { reason, again },
        };
        Asked {
            limiter: self,
            state,
        }
    }
}

impl<K: Key> Asked<'_, K> {
    /// Whether the answer takes a while, for there is a queue and it has room.
    pub fn waits(&self) -> bool {
        matches!(self.state, State::Queued(_)) && !lock(&self.limiter.0.queue_time).is_zero()
    }

    /// Waits for the permit.
    ///
    /// # Errors
    /// As [`Limiter::acquire`].
    pub async fn answer(self) -> Result<Permit<K>, Refusal> {
        match self.state {
            State::Granted(permit) => Ok(permit),
            State::Queued(waiting) => waiting.wait().await,
            State::Refused { reason, again } => {
                if again && reason == Reason::Share {
                    self.limiter.hold_back().await;
                }
                Err(self.limiter.refusal(reason))
            }
        }
    }
}
