//! What is sent and received, as JSON: lists, audits and tasks.

mod audit;
mod list;
mod marker;
mod recorded;
mod task;

pub(crate) use audit::AuditList;
pub(crate) use list::RecordList;
pub(crate) use marker::{marker_from_text, marker_text};
pub(crate) use recorded::Recorded;
pub(crate) use task::TaskList;
