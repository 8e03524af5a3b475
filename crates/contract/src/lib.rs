#![doc = include_str!("../README.md")]

mod body;
mod error;
mod marker;
pub mod media_type;
pub mod openapi;

pub use body::{
    AuditList, ConnectionHistogram, LinkBody, LinkCreated, LinkList, RecordList, Recorded,
    RefusedLine, TaskBody, TaskList, ValueList,
};
pub use error::{ErrorBody, ErrorCode, MAX_MESSAGE_CHARS, filter_refusals_and};
pub use marker::{marker_from_text, marker_text};
