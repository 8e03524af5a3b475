use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use deskledger_metrics::Metrics;
use thiserror::Error;

/// The service cannot serve now. The text says why, for clients.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct NotReady(pub(crate) String);

/// Whether the service can serve, and if not, why. All clones are of the same service.
#[derive(Clone)]
pub struct Readiness(Arc<Shared>);

struct Shared {
    /// Why the service cannot serve; `None` once it can.
    obstacle: Mutex<Option<String>>,
    changed: Condvar,
    metrics: Metrics,
}

impl Readiness {
    /// A service that is starting.
    pub fn starting(metrics: Metrics) -> Self {
        metrics.operation().ready.set(0);
        Self(Arc::new(Shared {
            obstacle: Mutex::new(Some("the service is starting".to_owned())),
            changed: Condvar::new(),
            metrics,
        }))
    }

    /// The service waits for something: `reason`.
    pub fn set_waiting(&self, reason: String) {
        *self.obstacle() = Some(reason);
    }

    /// The service can serve.
    pub fn set_ready(&self) {
        *self.obstacle() = None;
        self.0.metrics.operation().ready.set(1);
        self.0.changed.notify_all();
    }

    /// Whether everything is there that serving needs.
    pub fn is_ready(&self) -> bool {
        self.obstacle().is_none()
    }

    /// Nothing, where the service can serve.
    ///
    /// # Errors
    /// When it cannot yet: what it waits for.
    pub fn check(&self) -> Result<(), NotReady> {
        match &*self.obstacle() {
            None => Ok(()),
            Some(reason) => Err(NotReady(format!("the service is not ready: {reason}"))),
        }
    }

    /// Waits until the service can serve, for `timeout` at most. It blocks.
    ///
    /// # Errors
    /// When it still cannot: what it waits for.
    pub fn wait(&self, timeout: Duration) -> Result<(), String> {
        let waiting = |obstacle: &mut Option<String>| obstacle.is_some();
        let waited = self
            .0
            .changed
            .wait_timeout_while(self.obstacle(), timeout, waiting);
        let (obstacle, _) = waited.unwrap_or_else(PoisonError::into_inner);
        obstacle.clone().map_or(Ok(()), Err)
    }

    fn obstacle(&self) -> MutexGuard<'_, Option<String>> {
        // A text that is put in whole.
        self.0
            .obstacle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_not_ready_until_it_says_so_and_then_a_waiter_goes_on() {
        let readiness = Readiness::starting(Metrics::new());
        readiness.set_waiting("the database sleeps".to_owned());
        let reason = readiness.wait(Duration::ZERO).unwrap_err();
        assert_eq!(reason, "the database sleeps");
        let message = readiness.check().unwrap_err().to_string();
        assert!(message.contains("the database sleeps"), "{message}");

        let other = readiness.clone();
        let waiting = std::thread::spawn(move || other.wait(Duration::from_secs(60)));
        readiness.set_ready();
        assert_eq!(waiting.join().unwrap(), Ok(()));
        assert!(readiness.check().is_ok() && readiness.is_ready());
    }
}
