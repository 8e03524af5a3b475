//! What the service does for its database while it runs: partitions for what is to come, and an end for what is too old.

use std::convert::Infallible;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use std::{io, mem};

use deskledger_domain::{Clock, error_chain, format_time};
use deskledger_metrics::{Metrics, Operation, timestamp};
use deskledger_settings::RetentionSettings;
use deskledger_store::{
    Alive, Cancellation, PartitionsMade, RecordStore, SessionStore, StoreErrorKind,
};
use deskledger_telemetry::Repetition;
use deskledger_telemetry::{filled, seconds};
use flume::RecvTimeoutError;

use crate::supervisor::{Supervisor, with_jitter};

/// How long it waits where the table was in use.
const AGAIN: Duration = Duration::from_secs(60);

/// A tenth, in thousandths: by so much the pauses of processes differ that started together.
const JITTER: u32 = 100;

/// The thread that does it. When this is dropped, the thread ends as soon as it can.
pub(crate) struct Retention {
    cancellation: Cancellation,
    /// Nothing is ever sent: that it is gone is what the thread waits for.
    stop: Option<flume::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl Retention {
    /// Begins at once, and then goes on as often as the settings say.
    ///
    /// # Errors
    /// When the system has no thread for it.
    pub(crate) fn begin(
        store: Arc<dyn RecordStore>,
        sessions: Option<(Arc<dyn SessionStore>, Duration)>,
        clock: Clock,
        settings: &RetentionSettings,
        supervisor: &Supervisor,
    ) -> io::Result<Self> {
        let supervisor = supervisor.clone();
        let cancellation = Cancellation::new();
        let (stop, stopped) = flume::bounded(0);
        let worker = Worker {
            store,
            sessions,
            clock,
            settings: settings.clone(),
            cancellation: cancellation.clone(),
            stopped,
            metrics: supervisor.metrics().clone(),
        };
        let thread = thread::Builder::new()
            .name("retention".to_owned())
            .spawn(move || supervisor.run("retention", &mut || worker.run()))?;
        Ok(Self {
            cancellation,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Stops it, and waits for the batch that is being deleted.
    pub(crate) fn finish(mut self) {
        let thread = self.thread.take();
        drop(self);
        if let Some(thread) = thread {
            // A thread that panicked has said so.
            let _ = thread.join();
        }
    }
}

impl Drop for Retention {
    fn drop(&mut self) {
        self.cancellation.cancel();
        drop(self.stop.take());
    }
}

struct Worker {
    store: Arc<dyn RecordStore>,
    sessions: Option<(Arc<dyn SessionStore>, Duration)>,
    clock: Clock,
    settings: RetentionSettings,
    cancellation: Cancellation,
    stopped: flume::Receiver<Infallible>,
    metrics: Metrics,
}

impl Worker {
    fn run(&self) {
        let mut may_make = true;
        let (mut failures, mut undeleted) = (Repetition::default(), Repetition::default());
        let mut unswept = Repetition::default();
        loop {
            let again = may_make && self.make_partitions(&mut may_make, &mut failures);
            self.delete_expired(&mut undeleted);
            self.delete_sessions(&mut unswept);
            let pause = if again {
                AGAIN
            } else {
                with_jitter(self.settings.interval(), JITTER)
            };
            let Err(RecvTimeoutError::Timeout) = self.stopped.recv_timeout(pause) else {
                return;
            };
        }
    }

    /// Makes partitions; whether it is worth to try again soon.
    fn make_partitions(&self, may_make: &mut bool, failures: &mut Repetition) -> bool {
        let made = self.store.retention().make_partitions(self.clock.now());
        let are_ahead = matches!(made, Ok(PartitionsMade::Made(_)));
        self.operation().partitions_ahead.set(are_ahead.into());
        match made {
            Ok(PartitionsMade::Made(names)) => {
                failures.ends();
                if !names.is_empty() {
                    tracing::info!(partitions = names.join(" "), "partitions made");
                }
                false
            }
            Ok(_) => {
                // Said once.
                if mem::replace(may_make, false) {
                    tracing::warn!(
                        "the role of database.url may make no partitions: records of new months lie in the last one, until \
                         the owner of the tables runs `deskledger retention`"
                    );
                }
                false
            }
            Err(error) if error.kind() == StoreErrorKind::Busy => {
                tracing::info!(
                    error = error_chain(&error),
                    "the records are in use; partitions are made later"
                );
                true
            }
            Err(error) => {
                let error = error_chain(&error);
                if failures.is_news(&error) {
                    tracing::error!(
                        error,
                        "no partitions could be made; trying again each minute"
                    );
                }
                true
            }
        }
    }

    fn delete_expired(&self, failures: &mut Repetition) {
        let Some(before) = self.settings.limit(self.clock.now()) else {
            return self.set_success(true);
        };
        let begin = Instant::now();
        let deleted = self
            .store
            .retention()
            .delete_expired(before, &self.cancellation);
        self.set_success(deleted.is_ok());
        if let Ok(deleted) = &deleted {
            self.operation().retention_deleted.inc_by(deleted.records);
        }
        match deleted {
            Ok(deleted) => tracing::info!(
                before = format_time(before),
                records = deleted.records,
                incomplete = deleted.incomplete,
                partitions = filled(deleted.partitions.join(" ")),
                seconds = seconds(begin.elapsed()),
                "expired records deleted"
            ),
            Err(error) => {
                let error = error_chain(&error);
                if failures.is_news(&error) {
                    tracing::error!(
                        before = format_time(before),
                        error,
                        "expired records could not be deleted"
                    );
                }
            }
        }
    }

    /// Deletes the sessions that are over. They open nothing since then, so this is for the room alone.
    fn delete_sessions(&self, failures: &mut Repetition) {
        let Some((sessions, idle)) = &self.sessions else {
            return;
        };
        let alive = Alive {
            now: self.clock.now(),
            idle: *idle,
        };
        match sessions.delete_over(alive) {
            Ok(sessions) => {
                failures.ends();
                if sessions > 0 {
                    tracing::info!(sessions, "sessions that are over deleted");
                }
            }
            Err(error) => {
                let error = error_chain(&error);
                if failures.is_news(&error) {
                    tracing::error!(error, "sessions that are over could not be deleted");
                }
            }
        }
    }

    fn operation(&self) -> &Operation {
        self.metrics.operation()
    }

    fn set_success(&self, successful: bool) {
        let operation = self.operation();
        operation.retention_successful.set(successful.into());
        if successful {
            let now = timestamp(self.clock.now());
            operation.retention_last_success.set(now);
        }
    }
}
