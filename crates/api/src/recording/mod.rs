//! One recording: a permit to run, a body that arrives while its records are written, and what became of them.

mod chunk;
mod content;
mod decode;
mod failure;
mod job;
mod service;
#[cfg(test)]
mod tests;

pub(crate) use content::Content;
pub(crate) use failure::{RecordingFailure, Stopped};
pub(crate) use service::{Recording, RecordingService};
