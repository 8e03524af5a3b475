#![doc = include_str!("../README.md")]

mod client;
mod line;
mod observer;
mod open;
mod progress;
mod refusals;
mod sweep;
#[cfg(test)]
mod test_support;
#[cfg(test)]
mod tests;
mod waiting;
mod writer;

pub use client::{AuditLogClient, AuditWriter, NotAudited};
pub use line::query_text;
pub use observer::AuditObserver;
pub use open::OpenAudit;
pub use progress::ProgressCounter;
pub use sweep::{ListedPage, SweepKey};
