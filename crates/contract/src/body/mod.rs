//! What is sent and received, as JSON: lists, histograms, values, audits, links and tasks.

mod audit;
mod field_values;
mod histogram;
mod link;
mod list;
mod recorded;
mod task;

pub use audit::AuditList;
pub use field_values::ValueList;
pub use histogram::ConnectionHistogram;
pub use link::{LinkBody, LinkCreated, LinkList};
pub use list::RecordList;
pub use recorded::{Recorded, RefusedLine};
pub use task::{TaskBody, TaskList};
