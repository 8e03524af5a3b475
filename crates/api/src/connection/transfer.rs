//! Answers that hold what others may wait for: how fast their clients must read them while somebody waits.

use std::sync::Arc;
use std::time::Duration;

use deskledger_limiter::{Demand, Progress};

use super::control::ConnectionControl;

/// Whether somebody waits for what an answer holds.
pub(crate) trait Wanted: Send {
    /// Whether the end of the answer would help somebody.
    fn is_wanted(&self) -> bool;

    /// The answer was ended because it was slow while somebody waited.
    fn was_cut(&self) {}
}

impl Wanted for Demand {
    fn is_wanted(&self) -> bool {
        self.is_wanted()
    }

    fn was_cut(&self) {
        self.count_cut();
    }
}

/// An answer on its way, as the thread that looks at connections sees it.
pub(super) struct Transfer {
    progress: Progress,
    demand: Box<dyn Wanted>,
    /// How many bytes the connection had sent when it was looked at last.
    sent: u64,
}

impl Transfer {
    pub(super) fn new(progress: Progress, demand: Box<dyn Wanted>, sent: u64) -> Self {
        Self {
            progress,
            demand,
            sent,
        }
    }

    /// Whether the answer is to end: it has been slow, and somebody waits for what it holds. Its connection has `sent` so many
    /// bytes by now; since the last look, `waited` was spent on waiting for its client.
    pub(super) fn must_end(&mut self, sent: u64, waited: Duration) -> bool {
        let moved = sent.saturating_sub(self.sent);
        self.sent = sent;
        self.progress
            .moved(usize::try_from(moved).unwrap_or(usize::MAX));
        self.progress.waited(waited);
        let must_end = self.progress.is_slow() && self.demand.is_wanted();
        if must_end {
            self.demand.was_cut();
        }
        must_end
    }
}

/// An answer is on its way until this is dropped.
pub(crate) struct TransferGuard(Arc<ConnectionControl>);

impl TransferGuard {
    pub(super) const fn new(control: Arc<ConnectionControl>) -> Self {
        Self(control)
    }
}

impl Drop for TransferGuard {
    fn drop(&mut self) {
        self.0.end_transfer();
    }
}
