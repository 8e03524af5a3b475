//! Export tasks: asked for, listed, downloaded, deleted.

pub(super) mod delete;
pub(super) mod download;
pub(super) mod list;
pub(super) mod show;
pub(super) mod start;

mod range;

#[cfg(feature = "fuzzing")]
pub(crate) use range::wanted_part;

use actix_web::HttpRequest;
use deskledger_domain::TaskId;

use super::{asks_for_head, caller, export, head_only, route};
use crate::http::query;

/// The task in the path `/v2/{project_id}/export-tasks/{task_id}…`. What is no identifier is that of no task.
pub(super) fn task_id(request: &HttpRequest) -> Option<TaskId> {
    let segment = request.uri().path().split('/').nth(4)?;
    TaskId::new(&query::decode(segment)?).ok()
}
