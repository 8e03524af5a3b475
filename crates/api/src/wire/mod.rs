//! What is sent and received, as JSON: records by the vendor's names (`contract.md` §2), and audits.

mod audit;
mod error;
mod json;
mod lent;
mod record;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use audit::AuditList;
pub use error::InvalidRecordLine;
pub(crate) use error::quoted;
pub(crate) use lent::LentRecordLine;
pub use record::RecordLine;
pub(crate) use record::Slot;
