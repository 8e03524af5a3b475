use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// How much time of the processor some work may take, on the thread that made this.
pub struct CpuBudget {
    began: Duration,
    writing: Duration,
    most: Duration,
}

impl CpuBudget {
    /// A budget that begins now. Of no time: there is no bound.
    pub fn new(most: Duration) -> Self {
        Self {
            began: cpu_time(),
            writing: Duration::ZERO,
            most,
        }
    }

    /// Does something that is not counted.
    pub fn uncounted<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let before = cpu_time();
        let done = work();
        self.writing += cpu_time().saturating_sub(before);
        done
    }

    /// Whether there is something left.
    pub fn is_left(&self) -> bool {
        let spent = cpu_time().saturating_sub(self.began + self.writing);
        self.most.is_zero() || spent <= self.most
    }
}

/// How long this thread has run.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    // It is never negative.
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    let nanos = u32::try_from(time.tv_nsec).unwrap_or_default();
    Duration::new(seconds, nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work() {
        let began = cpu_time();
        while cpu_time().saturating_sub(began) < Duration::from_millis(5) {}
    }

    #[test]
    fn work_uses_it_up_and_waiting_and_writing_do_not() {
        let mut budget = CpuBudget::new(Duration::from_millis(4));
        budget.uncounted(work);
        std::thread::sleep(Duration::from_millis(5));
        assert!(budget.is_left());
        work();
        assert!(!budget.is_left());
        let unbounded = CpuBudget::new(Duration::ZERO);
        work();
        assert!(unbounded.is_left());
    }
}
