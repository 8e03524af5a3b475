//! What is sent and received, as JSON: lists, audits and tasks.

mod audit;
mod list;
mod recorded;
mod task;

pub use audit::AuditList;
pub use list::RecordList;
pub use recorded::{Recorded, RefusedLine};
pub use task::TaskList;
