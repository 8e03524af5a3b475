use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use deskledger_domain::{Clock, error_chain};
use deskledger_store::{ExportLinkStore, ExportTaskStore, RecordStore};
use flume::RecvTimeoutError;

use crate::supervisor::{JITTER, Supervisor, with_jitter};

/// How often the database is asked for what the metrics say of it.
const INTERVAL: Duration = Duration::from_secs(15);

/// How often it deletes export links that are old.
const SWEEP: Duration = Duration::from_secs(3600);

/// Asks the database now and then how it is, and how many tasks there are, so that nobody who reads the metrics has to. It
/// ends when it is dropped.
pub(super) struct Watch(
    #[expect(dead_code, reason = "held for its drop")] flume::Sender<Infallible>,
);

impl Watch {
    /// Begins at once.
    ///
    /// # Errors
    /// When the system has no thread for it.
    pub(super) fn begin(
        store: Arc<dyn RecordStore>,
        tasks: Arc<dyn ExportTaskStore>,
        (links, keep_links): (Arc<dyn ExportLinkStore>, Duration),
        clock: Clock,
        supervisor: &Supervisor,
    ) -> io::Result<Self> {
        let (stop, stopped) = flume::bounded(0);
        let supervisor = supervisor.clone();
        thread::Builder::new()
            .name("watch".to_owned())
            .spawn(move || {
                supervisor.run("watch", &mut || {
                    let mut swept = None::<Instant>;
                    loop {
                        if swept.is_none_or(|swept| swept.elapsed() >= SWEEP) {
                            swept = Some(Instant::now());
                            sweep(links.as_ref(), keep_links, &clock);
                        }
                        sample(store.as_ref(), tasks.as_ref(), &clock, &supervisor);
                        let pause = with_jitter(INTERVAL, JITTER);
                        let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(pause) else {
                            return;
                        };
                    }
                });
            })?;
        Ok(Self(stop))
    }
}

/// Deletes links that are old. What is left because it fails is deleted by the next sweep.
fn sweep(links: &dyn ExportLinkStore, keep: Duration, clock: &Clock) {
    let now = clock.now();
    loop {
        match links.sweep(now - keep, now) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) => {
                let error = error_chain(&error);
                return tracing::warn!(error, "old export links could not be deleted");
            }
        }
    }
}

fn sample(
    store: &dyn RecordStore,
    tasks: &dyn ExportTaskStore,
    clock: &Clock,
    supervisor: &Supervisor,
) {
    let operation = supervisor.metrics().operation();
    let began = Instant::now();
    let answered = store.check().is_ok();
    operation.database_up.set(answered.into());
    let seconds = began.elapsed().as_secs_f64();
    operation.database_ping_seconds.set(seconds);
    if !answered {
        return;
    }
    // What fails here is said by who needs it.
    if let Ok(census) = tasks.census(clock.now()) {
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        operation.tasks_waiting.set(number(census.waiting));
        operation.tasks_running.set(number(census.running));
        let waited = census
            .oldest
            .map_or(TimeDelta::zero(), |oldest| clock.now() - oldest);
        operation
            .task_oldest_seconds
            .set(waited.max(TimeDelta::zero()).as_seconds_f64());
    }
}
