//! One link while it is followed: its progress is written down again and again, and read whether it was cancelled.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use deskledger_audit::ProgressCounter;
use deskledger_domain::{Clock, LinkId, error_chain};
use deskledger_store::{Cancellation, ExportLinkStore, LinkEnd, LinkReport, StoreError};
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::connection::{ConnectionControl, CutReason};
use crate::error::{ApiError, ErrorCode};
use crate::export::Follower;

/// How often it is written down how far a download came, and read whether it was cancelled: within a second of that, the query
/// has ended in the database.
const PACE: Duration = Duration::from_millis(500);

/// The download of a link. When the last of its clones is dropped, it has ended.
#[derive(Clone)]
pub(crate) struct LinkRun(Arc<Ending>);

/// Writes down, when it is dropped, that the download ended, unless somebody said how.
struct Ending(Arc<Running>);

struct Running {
    links: Arc<dyn ExportLinkStore>,
    clock: Clock,
    id: LinkId,
    lease: Duration,
    connection: Option<Arc<ConnectionControl>>,
    /// What ends the export, and says how far it came; nothing while it waits for its permit.
    export: OnceLock<(Cancellation, Arc<ProgressCounter>)>,
    cancelled: AtomicBool,
    /// All of the file was handed over.
    whole: AtomicBool,
    /// It is written down how it ended, or is just being.
    ended: AtomicBool,
    /// Notified of both.
    changed: Notify,
}

impl LinkRun {
    /// A download that was begun, over a connection, and that others take for running for `lease`.
    pub(super) fn new(
        links: Arc<dyn ExportLinkStore>,
        clock: Clock,
        id: LinkId,
        lease: Duration,
        connection: Option<Arc<ConnectionControl>>,
    ) -> Self {
        let running = Arc::new(Running {
            links,
            clock,
            id,
            lease,
            connection,
            export: OnceLock::new(),
            cancelled: AtomicBool::new(false),
            whole: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            changed: Notify::new(),
        });
        tokio::spawn(keep(Arc::clone(&running)));
        Self(Arc::new(Ending(running)))
    }

    fn running(&self) -> &Running {
        &self.0.0
    }

    /// What follows an export for the link.
    pub(crate) fn follower(&self) -> Box<dyn Follower> {
        Box::new(self.clone())
    }

    /// Waits until somebody cancels it.
    pub(crate) async fn cancelled(&self) {
        let running = self.running();
        loop {
            let changed = running.changed.notified();
            if running.cancelled.load(Ordering::Acquire) {
                return;
            }
            changed.await;
        }
    }

    /// It never came to its file, and its client is answered with this error.
    pub(crate) async fn fail(self, error: &ApiError) {
        let code = error.code();
        let ended = tokio::task::spawn_blocking(move || self.running().end(Err(Some(code))));
        // What could not be written down is broken when the lease ends.
        let _ = ended.await;
    }

    /// [`Follower::may_end`] where nothing may block.
    pub(crate) async fn may_end_soon(&self) -> bool {
        let run = self.clone();
        let may = tokio::task::spawn_blocking(move || run.may_end()).await;
        may.unwrap_or(false)
    }

    /// All of the file was handed over. It is written down when the last clone is dropped.
    pub(crate) fn set_whole(&self) {
        self.running().whole.store(true, Ordering::Release);
    }
}

impl Follower for LinkRun {
    fn begin(&self, cancellation: &Cancellation, progress: &Arc<ProgressCounter>) {
        let running = self.running();
        let export = (cancellation.clone(), Arc::clone(progress));
        // It is begun once.
        let _ = running.export.set(export);
        if running.cancelled.load(Ordering::Acquire) {
            cancellation.cancel();
        }
    }

    fn may_end(&self) -> bool {
        let running = self.running();
        let may = running.report(true).unwrap_or_else(|error| {
            running.warn("an export link cannot be ended in order", &error);
            false
        });
        if !may {
            running.cancel();
        }
        may
    }

    fn end(&self, how: Result<(), Option<ErrorCode>>) {
        self.running().end(how);
    }
}

impl Running {
    fn progress(&self) -> (u64, u64) {
        let progress = self.export.get();
        progress.map_or((0, 0), |(_, progress)| (progress.rows(), progress.bytes()))
    }

    /// Writes down how far it came, and says whether it is to go on.
    fn report(&self, ends: bool) -> Result<bool, StoreError> {
        let (rows, bytes) = self.progress();
        let now = self.clock.now();
        let report = LinkReport {
            rows,
            bytes,
            now,
            until: now + self.lease,
            ends,
        };
        self.links.report(&self.id, &report)
    }

    /// Ends the export, and breaks the transfer.
    fn cancel(&self) {
        self.cancelled.store(true, Ordering::Release);
        if let Some(connection) = &self.connection {
            connection.abort(CutReason::Cancelled);
        }
        if let Some((cancellation, _)) = self.export.get() {
            cancellation.cancel();
        }
        self.changed.notify_waiters();
    }

    fn end(&self, how: Result<(), Option<ErrorCode>>) {
        if self.ended.swap(true, Ordering::AcqRel) {
            return;
        }
        self.changed.notify_waiters();
        let (rows, bytes) = self.progress();
        let end = LinkEnd {
            rows,
            bytes,
            at: self.clock.now(),
            whole: how.is_ok(),
            error_code: how.err().flatten().map(|code| code.code().to_owned()),
        };
        if let Err(error) = self.links.end(&self.id, &end) {
            self.warn(
                "the end of an export link could not be written down",
                &error,
            );
        }
    }

    fn warn(&self, what: &str, error: &StoreError) {
        tracing::warn!(
            link = self.id.as_str(),
            error = error_chain(error),
            "{what}"
        );
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        let running = Arc::clone(&self.0);
        if running.ended.load(Ordering::Acquire) {
            return;
        }
        let end = move || {
            let how = if running.whole.load(Ordering::Acquire) {
                Ok(())
            } else {
                Err(None)
            };
            running.end(how);
        };
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(end)),
            // A thread of its own drops it, or nothing runs any more.
            Err(_) => drop(thread::Builder::new().name("link".to_owned()).spawn(end)),
        }
    }
}

/// Says again and again that a download runs, until it has ended, or is to end: it was cancelled, or others may take it for broken.
async fn keep(running: Arc<Running>) {
    let mut leased_until = Instant::now() + running.lease;
    let mut failed = false;
    loop {
        let changed = running.changed.notified();
        if running.ended.load(Ordering::Acquire) || running.cancelled.load(Ordering::Acquire) {
            return;
        }
        if timeout(PACE, changed).await.is_ok() {
            continue;
        }
        let (asked, link) = (Instant::now(), Arc::clone(&running));
        let reported = tokio::task::spawn_blocking(move || link.report(false)).await;
        match reported {
            Ok(Ok(true)) => {
                leased_until = asked + running.lease;
                failed = false;
            }
            _ if running.ended.load(Ordering::Acquire) => return,
            Ok(Ok(false)) => return running.cancel(),
            Ok(Err(error)) if !failed => {
                failed = true;
                running.warn(
                    "the progress of an export link could not be written down",
                    &error,
                );
            }
            _ => {}
        }
        if Instant::now() >= leased_until {
            return running.cancel();
        }
    }
}
