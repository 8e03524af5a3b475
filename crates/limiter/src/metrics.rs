use std::cmp::Reverse;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::histogram::Histogram;

use crate::queue::{Bounds, Key};
use crate::{Kind, Limiter, lock};

/// The upper ends of the classes by which waits are counted, in seconds.
const WAIT_SECONDS: [f64; 10] = [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// What a limiter counts, for the metrics. All clones count together, and they name no project.
#[derive(Clone, Debug)]
pub struct LimiterMetrics {
    /// Refusals since the project, or another key, has its share, running or waiting (429).
    pub refused_for_share: Counter,
    /// Refusals since the process has as many as it may (503).
    pub refused_for_process: Counter,
    /// Transfers that were ended since they were slow while others waited.
    pub slow_transfers_cut: Counter,
    /// How long it took from the wish for a permit to the permit, or to the end of the wait.
    pub wait_seconds: Histogram,
}

impl LimiterMetrics {
    pub(super) fn new() -> Self {
        Self {
            refused_for_share: Counter::default(),
            refused_for_process: Counter::default(),
            slow_transfers_cut: Counter::default(),
            wait_seconds: Histogram::new(WAIT_SECONDS),
        }
    }
}

/// How many run and wait now, and how many may.
#[derive(Clone, Copy, Debug)]
pub struct LimiterSnapshot {
    /// The kind of work.
    pub kind: Kind,
    /// How many may run and wait.
    pub bounds: Bounds,
    /// How many run.
    pub running: usize,
    /// How many wait.
    pub waiting: usize,
}

impl LimiterSnapshot {
    /// How many run and wait, whatever their project.
    pub fn all(&self) -> ProjectCounts {
        ProjectCounts {
            project: String::new(),
            running: self.running,
            waiting: self.waiting,
        }
    }
}

/// How many run and wait of one project, or of all that are not named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProjectCounts {
    /// The project; empty: all that are not named.
    pub project: String,
    /// How many run.
    pub running: usize,
    /// How many wait.
    pub waiting: usize,
}

/// A limiter as the metrics see it, whatever it shares its permits between.
pub trait Watched: Send + Sync {
    /// How many run and wait now, and how many may.
    fn snapshot(&self) -> LimiterSnapshot;

    /// What it counts.
    fn metrics(&self) -> &LimiterMetrics;

    /// The busiest `most` projects that run or wait, then all others together.
    fn by_project(&self, most: usize) -> Vec<ProjectCounts>;
}

impl<K: Key> Watched for Limiter<K> {
    fn snapshot(&self) -> LimiterSnapshot {
        let queue = lock(&self.0.queue);
        LimiterSnapshot {
            kind: self.0.kind,
            bounds: queue.bounds(),
            running: queue.running(),
            waiting: queue.waiting(),
        }
    }

    fn metrics(&self) -> &LimiterMetrics {
        &self.0.metrics
    }

    fn by_project(&self, most: usize) -> Vec<ProjectCounts> {
        let mut counts = lock(&self.0.queue).counts();
        counts.sort_by_key(|(_, running, waiting)| Reverse(running + waiting));
        let mut named = Vec::new();
        let mut others = ProjectCounts::default();
        for (key, running, waiting) in counts {
            match key.project() {
                Some(project) if named.len() < most => named.push(ProjectCounts {
                    project: project.as_str().to_owned(),
                    running,
                    waiting,
                }),
                _ => {
                    others.running += running;
                    others.waiting += waiting;
                }
            }
        }
        named.push(others);
        named
    }
}
