//! A connection record as both databases keep it: its tables, what a filter asks of a row, and a record borrowed from a row.

pub(crate) mod key;
mod page;
mod predicate;
mod row;
mod statement;
mod table;

pub use page::RecordPage;
#[cfg(test)]
pub(crate) use page::narrowed;
pub(crate) use page::{Position, ReadPage, read_page};
pub(crate) use predicate::{Dialect, FAILED, Predicates, Token, Value};
pub(crate) use row::{Values, borrow};
pub(crate) use statement::Statement;
#[cfg(feature = "sqlite")]
pub(crate) use table::changes;
pub(crate) use table::{
    FIELDS, Stored, column_names, connection_records, incomplete_records, selection, values,
    written_records,
};
#[cfg(feature = "postgres")]
pub(crate) use table::{TEXTS, connection_identities};
