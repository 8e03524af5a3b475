use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use deskledger_settings::TaskSettings;
use tokio::sync::{Notify, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use super::Runner;
use super::runner::warn;
use deskledger_lifecycle::{RunningTaskWorker, Supervisor, TaskWorker};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

/// How often it looks for tasks that expire, and for files that no task needs.
const EXPIRE: Duration = Duration::from_secs(60);
const SWEEP: Duration = Duration::from_secs(3600);

/// How long a process that stops waits for its tasks to be given back. What is left is taken by the next when the lease
/// ends.
const LAST_WORDS: Duration = Duration::from_secs(15);

/// What takes tasks and runs them, some at once.
#[derive(Clone)]
pub(crate) struct Worker {
    runner: Runner,
    added: Arc<Notify>,
    schedule: Schedule,
}

/// How a worker works.
#[derive(Clone, Copy, Debug)]
struct Schedule {
    /// The most tasks that it runs at once. 0: it only cleans up.
    at_once: usize,
    /// How often it looks for tasks that other processes were asked for.
    poll: Duration,
}

/// A worker on its thread.
struct RunningWorker {
    stopping: watch::Sender<bool>,
    stopped: oneshot::Receiver<()>,
}

impl Worker {
    /// A worker that does nothing yet. `added` is notified when this process was asked for a task.
    pub(crate) fn new(runner: Runner, added: Arc<Notify>, settings: &TaskSettings) -> Self {
        let schedule = Schedule {
            at_once: settings.at_once as usize,
            poll: settings.poll(),
        };
        Self {
            runner,
            added,
            schedule,
        }
    }
}

impl TaskWorker for Worker {
    fn check_storage(&self) -> io::Result<()> {
        self.runner.storage.check()
    }

    fn start(&self, supervisor: &Supervisor) -> io::Result<Box<dyn RunningTaskWorker>> {
        let (worker, supervisor) = (self.clone(), supervisor.clone());
        let (stopping, watch) = watch::channel(false);
        let (done, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        thread::Builder::new()
            .name("tasks".to_owned())
            .spawn(move || {
                supervisor.run("tasks", &mut || {
                    runtime.block_on(work(
                        &worker.runner,
                        &worker.added,
                        worker.schedule,
                        watch.clone(),
                    ));
                });
                // What still waits for a storage is left alone.
                runtime.shutdown_background();
                // The receiver may be gone.
                let _ = done.send(());
            })?;
        Ok(Box::new(RunningWorker { stopping, stopped }))
    }
}

impl RunningTaskWorker for RunningWorker {
    fn stop(self: Box<Self>) -> BoxFuture<'static, ()> {
        async move {
            // The thread may be gone.
            let _ = self.stopping.send(true);
            if timeout(LAST_WORDS, self.stopped).await.is_err() {
                tracing::warn!(
                    "some export tasks are not given back; they are begun again when their lease ends"
                );
            }
        }
        .boxed()
    }
}

async fn work(
    runner: &Runner,
    added: &Notify,
    schedule: Schedule,
    mut stopping: watch::Receiver<bool>,
) {
    let mut running = JoinSet::new();
    let mut cleaning = JoinSet::new();
    let (mut expire_at, mut sweep_at) = (Instant::now(), Instant::now());
    while !*stopping.borrow() {
        let now = Instant::now();
        if cleaning.is_empty() && expire_at <= now {
            expire_at = now + EXPIRE;
            let sweeps = sweep_at <= now;
            if sweeps {
                sweep_at = now + SWEEP;
            }
            let runner = runner.clone();
            cleaning.spawn(async move {
                runner.expire().await;
                if sweeps {
                    runner.sweep().await;
                }
            });
        }
        take(runner, &mut running, schedule, &stopping).await;
        tokio::select! {
            () = added.notified() => {}
            () = sleep_until(Instant::now() + schedule.poll) => {}
            Some(_) = running.join_next() => {}
            Some(_) = cleaning.join_next() => {}
            _ = stopping.changed() => break,
        }
    }
    while running.join_next().await.is_some() {}
}

/// Takes as many tasks as may run.
async fn take(
    runner: &Runner,
    running: &mut JoinSet<()>,
    schedule: Schedule,
    stopping: &watch::Receiver<bool>,
) {
    while running.len() < schedule.at_once {
        match runner.claim().await {
            Ok(Some(task)) => {
                running.spawn(runner.clone().run(task, stopping.clone()));
            }
            Ok(None) => return,
            Err(error) => return warn("export tasks could not be taken", &error),
        }
    }
}
