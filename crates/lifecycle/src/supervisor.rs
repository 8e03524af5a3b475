use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use deskledger_metrics::Metrics;

/// How long a thread pauses after a panic before it goes on.
const AFTER_PANIC: Duration = Duration::from_secs(1);

/// A fifth, in thousandths: by so much pauses differ, so that processes that started together do not stay so.
pub(crate) const JITTER: u32 = 200;

/// Keeps the threads of the service alive: one that panics is logged, counted and goes on.
#[derive(Clone)]
pub struct Supervisor {
    metrics: Metrics,
}

impl Supervisor {
    /// A supervisor that counts panics in `metrics`.
    pub fn new(metrics: Metrics) -> Self {
        Self { metrics }
    }

    /// What the threads count in.
    pub const fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Does `work`, and once more after each panic, until it returns.
    pub fn run(&self, thread: &'static str, work: &mut dyn FnMut()) {
        while catch_unwind(AssertUnwindSafe(&mut *work)).is_err() {
            self.metrics.count_panic(thread);
            tracing::error!(thread, "a thread of the service panicked; it is restarted");
            thread::sleep(AFTER_PANIC);
        }
    }
}

/// A duration that is longer or shorter by at most `thousandths` of itself.
pub(crate) fn with_jitter(duration: Duration, thousandths: u32) -> Duration {
    let drawn = RandomState::new().build_hasher().finish() % u64::from(2 * thousandths + 1);
    let factor = 1000 - thousandths + u32::try_from(drawn).unwrap_or_default();
    duration * factor / 1000
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskledger_metrics::Running;

    #[test]
    fn a_thread_that_panics_goes_on_and_is_counted() {
        let metrics = Metrics::new();
        let mut runs = 0;
        Supervisor::new(metrics.clone()).run("retention", &mut || {
            runs += 1;
            assert!(runs > 1, "this test expects it");
        });
        assert_eq!(runs, 2);
        let text = metrics.text(Running::default()).unwrap();
        let line = "deskledger_thread_panics_total{thread=\"retention\"} 1";
        assert!(text.lines().any(|found| found == line), "{text}");
    }

    #[test]
    fn jitter_has_its_bounds() {
        let hour = Duration::from_secs(3600);
        let drawn: Vec<_> = (0..1000).map(|_| with_jitter(hour, 100)).collect();
        let minutes = |count: u64| Duration::from_secs(count * 60);
        assert!(
            drawn
                .iter()
                .all(|pause| (minutes(54)..=minutes(66)).contains(pause))
        );
        assert!(drawn.iter().any(|pause| *pause < minutes(57)));
        assert!(drawn.iter().any(|pause| *pause > minutes(63)));
    }
}
