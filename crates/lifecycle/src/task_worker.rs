use std::io;

use futures_util::future::BoxFuture;

use crate::Supervisor;

/// What runs export tasks, before it runs.
pub trait TaskWorker: Send + Sync {
    /// Whether the files of tasks can be written, as far as that can be found out at once.
    ///
    /// # Errors
    /// When they cannot.
    fn check_storage(&self) -> io::Result<()>;

    /// Begins to run tasks, on a thread of its own that `supervisor` keeps alive.
    ///
    /// # Errors
    /// When the system has no thread for it.
    fn start(&self, supervisor: &Supervisor) -> io::Result<Box<dyn RunningTaskWorker>>;
}

/// What runs export tasks, on its thread.
pub trait RunningTaskWorker: Send {
    /// Gives back the tasks that run, and stops.
    fn stop(self: Box<Self>) -> BoxFuture<'static, ()>;
}
