#![doc = include_str!("../README.md")]

mod builder;
mod cell;
mod column;
mod dress;
mod error;
mod extent;
mod guard;
mod name;
mod package;
mod property;
mod row;
mod serial;
mod sink;
mod text;
mod value;
mod writer;

pub use builder::WorkbookBuilder;
pub use cell::Cell;
pub use column::{Column, ColumnKind};
pub use error::{WorkbookError, WorkbookErrorKind};
pub use writer::{WorkbookSummary, WorkbookWriter};
