//! One recording: a permit to run, a body that arrives while its records are written, and what became of them.

mod array;
mod budget;
mod chunk;
mod content;
mod decode;
mod failure;
mod job;
mod service;
#[cfg(test)]
mod tests;

pub(crate) use array::InvalidArray;
#[cfg(feature = "fuzzing")]
pub(crate) use array::records_in_array;
pub(crate) use content::Content;
pub(crate) use failure::{RecordingFailure, Stopped};
pub(crate) use service::{Recording, RecordingService};
