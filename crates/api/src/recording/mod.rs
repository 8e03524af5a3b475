//! One recording: a permit to run, a body that arrives while its records are written, and what became of them.

mod array;
mod body;
mod budget;
mod content;
mod decode;
mod failure;
mod job;
mod pace;
mod piece;
mod service;
#[cfg(test)]
mod tests;

#[cfg(feature = "fuzzing")]
pub(crate) use array::records_in_array;
pub(crate) use body::{IncomingBody, UnreadBody};
pub(crate) use content::Content;
pub(crate) use content::ENCODINGS;
pub(crate) use service::{Recording, RecordingService};
