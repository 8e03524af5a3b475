use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::histogram::Histogram;

use super::Kind;
use super::queue::Bounds;

/// The upper ends of the classes by which waits are counted, in seconds.
const WAIT_SECONDS: [f64; 10] = [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// What a limiter counts, for the metrics. All clones count together, and they name no project.
#[derive(Clone, Debug)]
pub(crate) struct LimiterMetrics {
    /// Refusals since the project has as many as it may, running or waiting (429).
    pub(crate) refused_for_project: Counter,
    /// Refusals since the process has as many as it may (503).
    pub(crate) refused_for_process: Counter,
    /// Transfers that were ended since they were slow while others waited.
    pub(crate) slow_transfers_cut: Counter,
    /// How long it took from the wish for a permit to the permit, or to the end of the wait.
    pub(crate) wait_seconds: Histogram,
}

impl LimiterMetrics {
    pub(super) fn new() -> Self {
        Self {
            refused_for_project: Counter::default(),
            refused_for_process: Counter::default(),
            slow_transfers_cut: Counter::default(),
            wait_seconds: Histogram::new(WAIT_SECONDS),
        }
    }
}

/// How many run and wait now, and how many may.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LimiterSnapshot {
    /// The kind of work.
    pub(crate) kind: Kind,
    /// How many may run and wait.
    pub(crate) bounds: Bounds,
    /// How many run.
    pub(crate) running: usize,
    /// How many wait.
    pub(crate) waiting: usize,
}
