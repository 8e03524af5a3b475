//! What is sent and received, as JSON: records by the vendor's names (`contract.md` §2), audits and tasks.

mod audit;
mod error;
mod json;
mod lent;
mod list;
mod marker;
mod number;
mod record;
mod recorded;
mod task;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use audit::{AuditLine, AuditList};
pub use error::InvalidRecordLine;
pub(crate) use error::quoted;
pub(crate) use lent::LentRecordLine;
pub(crate) use list::RecordList;
pub(crate) use marker::{marker_from_text, marker_text};
pub(crate) use number::whole_number_of_text;
pub use record::RecordLine;
pub(crate) use record::Slot;
pub(crate) use recorded::Recorded;
pub(crate) use task::TaskList;
