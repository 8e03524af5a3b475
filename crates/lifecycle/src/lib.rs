#![doc = include_str!("../README.md")]

mod permits;
mod probe;
mod readiness;
mod reload;
mod retention;
mod start_error;
mod startup;
mod supervisor;
mod task_worker;

pub use permits::{Limiters, Work};
pub use probe::DatabaseProbe;
pub use readiness::{NotReady, Readiness};
pub use reload::{Access, Live, Reloader};
pub use start_error::{DATABASE_URL, StartError};
pub use startup::{Hopeless, MostConnections, RunningStartup, Startup, database_name, log_start};
pub use supervisor::Supervisor;
pub use task_worker::{RunningTaskWorker, TaskWorker};
