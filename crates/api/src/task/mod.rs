//! Exports that go on as tasks: asked for by one request, run by whichever process takes them, downloaded by another
//! request. See `docs/decisions/0027-export-tasks.md`.

mod failure;
mod job;
mod part;
mod request;
mod runner;
mod service;
mod storage;
mod sweep;
mod worker;

pub(crate) use job::Job;
pub(crate) use request::TaskRequest;
pub(crate) use runner::Runner;
pub(crate) use service::{Download, TaskService};
pub(crate) use storage::{FileStorage, StorageError};
pub(crate) use worker::Worker;
