use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use deskledger_domain::ProjectId;

use crate::{Limiter, Shared};

/// Whether somebody waits for a permit. Asking costs two loads.
#[derive(Clone)]
pub struct Demand {
    limiter: Arc<Shared<ProjectId>>,
    waiting: Arc<AtomicUsize>,
}

impl Demand {
    pub(super) fn new(limiter: &Limiter, waiting: &Arc<AtomicUsize>) -> Self {
        Self {
            limiter: Arc::clone(&limiter.0),
            waiting: Arc::clone(waiting),
        }
    }

    /// Whether somebody waits whom the end of this permit would let run: one of the same project, or of one that may have one
    /// more.
    pub fn is_wanted(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
            || self.limiter.any_end_helps.load(Ordering::Relaxed) > 0
    }

    /// Whether the project asks for more than it may have, and another one runs something too. What the first one runs should then
    /// leave the cores to the others.
    pub fn should_give_way(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
            && self.limiter.keys_running.load(Ordering::Relaxed) > 1
    }

    /// Counts a transfer that was ended since it was slow while others waited.
    pub fn count_cut(&self) {
        self.limiter.metrics.slow_transfers_cut.inc();
    }
}

/// Whether a transfer has been slow for the last few seconds that were spent on waiting for its client.
///
/// Waiting uses up the window, and bytes give it back, as long as the minimum rate gives them, up to what it was at first.
/// So what counts is the recent past: bytes that left at once long ago, because the system took them, help nobody.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// None: no rate is too low.
    bytes_per_second: Option<f64>,
    window: Duration,
    left: Duration,
}

impl Progress {
    /// A transfer that must have `bytes_per_second`, over `window`. With 0 none is slow.
    pub fn new(bytes_per_second: u32, window: Duration) -> Self {
        Self {
            bytes_per_second: (bytes_per_second > 0).then(|| bytes_per_second.into()),
            window,
            left: window,
        }
    }

    /// The client was waited for.
    pub fn waited(&mut self, time: Duration) {
        self.left = self.left.saturating_sub(time);
    }

    /// The client took bytes, or brought them.
    #[expect(clippy::cast_precision_loss, reason = "a chunk has kilobytes")]
    pub fn moved(&mut self, bytes: usize) {
        if self.left < self.window
            && let Some(rate) = self.bytes_per_second
        {
            let earned = Duration::from_secs_f64(bytes as f64 / rate);
            self.left = (self.left + earned).min(self.window);
        }
    }

    /// Whether it has been too slow.
    pub fn is_slow(&self) -> bool {
        self.bytes_per_second.is_some() && self.left.is_zero()
    }
}
