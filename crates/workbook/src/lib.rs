#![doc = include_str!("../README.md")]

mod archive;
mod builder;
mod cell;
mod column;
mod compressor;
mod deflate;
mod digit;
mod error;
mod escape;
mod markup;
mod name;
mod note;
mod package;
mod part;
mod property;
mod reference;
mod row;
mod row_buffer;
mod serial;
mod sink;
mod style;
mod table;
mod template;
mod text;
mod value;
mod writer;

/// The crate of times, dates and durations, whose types stand in this interface: a caller needs no version of its own.
pub use chrono;

pub use builder::WorkbookBuilder;
pub use cell::Cell;
pub use column::{Column, ColumnKind};
pub use error::{WorkbookError, WorkbookErrorKind};
pub use note::Notes;
pub use writer::{WorkbookSummary, WorkbookWriter};
