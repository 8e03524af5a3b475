//! One record as JSON, by the vendor's names.

mod borrowed;
mod error;
mod json;
mod line;
mod number;

#[cfg(test)]
mod tests;

pub use borrowed::BorrowedRecordLine;
pub(crate) use error::{BYTE_ORDER_MARK, quoted};
pub use error::{InvalidRecordLine, is_utf16, without_byte_order_mark};
pub(crate) use line::FieldSlot;
pub use line::RecordLine;
pub(crate) use number::{WholeNumber, whole_number_of_text};
