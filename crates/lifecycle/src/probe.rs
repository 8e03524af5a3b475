//! Whether the service can serve, as a thread of its own finds out: nobody who asks waits for the database itself.

use deskledger_domain::error_chain;
use deskledger_telemetry::seconds;
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use deskledger_store::{RecordStore, StoreErrorKind};
use flume::RecvTimeoutError;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::NotReady;

/// How long a caller waits for a look that begins after it asked.
const PATIENCE: Duration = Duration::from_millis(1500);

/// How often the thread looks where nobody asks.
const INTERVAL: Duration = Duration::from_secs(5);

/// What a look at the database found.
#[derive(Clone, Debug)]
struct Look {
    /// When it began.
    began: Instant,
    /// Why the service is not ready; `None` where it is.
    problem: Option<&'static str>,
}

/// The looks of a thread at the database. It ends with the last clone of this.
#[derive(Clone)]
pub struct DatabaseProbe {
    wake: flume::Sender<()>,
    looks: watch::Receiver<Option<Look>>,
}

impl DatabaseProbe {
    /// Starts the thread.
    ///
    /// # Errors
    /// When there is no thread to be had.
    pub fn begin(store: Arc<dyn RecordStore>) -> io::Result<Self> {
        // One wish to look is as good as many.
        let (wake, woken) = flume::bounded(1);
        let (found, looks) = watch::channel(None);
        thread::Builder::new()
            .name("database-probe".to_owned())
            .spawn(move || {
                while woken.recv_timeout(INTERVAL) != Err(RecvTimeoutError::Disconnected) {
                    let before: Option<Look> = found.borrow().clone();
                    let look = look(store.as_ref(), before.and_then(|look| look.problem));
                    found.send_replace(Some(look));
                }
            })?;
        Ok(Self { wake, looks })
    }

    /// Whether the service is ready, by a look that begins now. All who ask at once share it.
    ///
    /// # Errors
    /// Why it is not, within two seconds.
    pub async fn ask(&self) -> Result<(), NotReady> {
        let asked = Instant::now();
        // Where it is full, the thread has been woken.
        let _ = self.wake.try_send(());
        let mut looks = self.looks.clone();
        let is_of_now = |look: &Option<Look>| look.as_ref().is_some_and(|look| look.began >= asked);
        let problem = match timeout(PATIENCE, looks.wait_for(is_of_now)).await {
            Ok(Ok(look)) => look.as_ref().and_then(|look| look.problem),
            // The thread ends with this alone, or by a panic.
            Ok(Err(_)) => Some("the service does not look at its database any more"),
            Err(_) => Some("the database does not answer"),
        };
        problem.map_or(Ok(()), |problem| Err(NotReady(problem.to_owned())))
    }
}

fn look(store: &dyn RecordStore, before: Option<&'static str>) -> Look {
    let began = Instant::now();
    let result = store.check();
    let took = began.elapsed();
    tracing::debug!(seconds = seconds(took), "looked at the database");
    let problem = result.as_ref().err().map(|error| match error.kind() {
        StoreErrorKind::Unavailable => "the database cannot be reached",
        StoreErrorKind::Busy => "the database is busy",
        StoreErrorKind::TimedOut => "the database does not answer in time",
        StoreErrorKind::ReadOnly => "the database is read-only at the moment",
        StoreErrorKind::Unsuitable | StoreErrorKind::LacksRights => {
            "the database cannot be used as it is"
        }
        StoreErrorKind::Full => "the disk of the database is full",
        _ => "the database refuses",
    });
    // Once for each change.
    match &result {
        Err(error) if before != problem => {
            tracing::warn!(error = error_chain(error), "the service is not ready");
        }
        Ok(()) if before.is_some() => tracing::info!("the service is ready again"),
        _ => {}
    }
    Look { began, problem }
}
