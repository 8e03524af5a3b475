//! What a record looks like outside: JSON by the vendor's names (`contract.md` §2).

mod error;
mod json;
mod lent;
mod record;

#[cfg(test)]
pub(crate) mod tests;

pub use error::InvalidRecordLine;
pub(crate) use error::quoted;
pub(crate) use lent::LentRecordLine;
pub use record::RecordLine;
pub(crate) use record::Slot;
