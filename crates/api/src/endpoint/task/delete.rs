use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use deskledger_domain::{Action, TaskId};
use serde::Deserialize;
use utoipa::openapi::{RefOr, Response};
use utoipa::{IntoResponses, ToSchema};

use super::{State, access};
use crate::error::{ApiError, ErrorCode};
use crate::openapi::{BODY, CREDENTIALS, PROJECT, ProjectIdHeader, ProjectIdParameter, refusals};
use crate::reload::Limits;
use crate::request_body::read_object;

/// The most tasks that are deleted at once (`contract.md` §3).
const MOST: usize = 200;

/// Which tasks to delete.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TaskIds {
    /// Their identifiers. One that is given twice counts once.
    #[schema(
        min_items = 1,
        max_items = 200,
        examples("5cbd0b3f26ff4f0e8cd21e1d12d0a8c2")
    )]
    task_ids: Vec<String>,
}

/// Deletes export tasks, with their files.
///
/// All of them or, where the project lacks one, none. One that runs is broken off.
// `contract.md` §3. The paragraphs above are the document's, for whoever asks.
#[utoipa::path(
    post,
    path = "/v2/{project_id}/export-tasks/batch-delete",
    operation_id = "BatchDeleteExportTasks",
    tag = "Export tasks",
    params(ProjectIdParameter, ProjectIdHeader),
    request_body = TaskIds,
    responses(
        (status = 204, description = "They are deleted."),
        Refusals,
    ),
)]
pub(in crate::endpoint) async fn delete_export_tasks(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
    limits: Limits,
) -> Result<HttpResponse, ApiError> {
    let action = Action::DeleteExportTasks;
    let caller = access::identify(&request, payload, &state, &limits).await?;
    let scope = access::to_project(&request, &state, &caller.principal, action)?;
    let body: TaskIds = read_object(
        &request,
        &caller.body,
        "an object with one field, task_ids, which is an array of texts",
    )?;
    let ids = ids(body.task_ids)?;
    let (tasks, project) = (ids.len(), scope.project_id().clone());
    state.tasks.delete(scope, ids).await?;
    let user = caller.principal.user();
    tracing::info!(user, %project, tasks, "export tasks deleted");
    Ok(HttpResponse::NoContent().finish())
}

/// The identifiers, each once.
fn ids(mut texts: Vec<String>) -> Result<Vec<TaskId>, ApiError> {
    let count = texts.len();
    if !(1..=MOST).contains(&count) {
        return Err(ApiError::new(
            ErrorCode::FieldLength,
            format!("task_ids has {count} identifiers: give 1 to {MOST}"),
        ));
    }
    texts.sort_unstable();
    texts.dedup();
    texts
        .into_iter()
        .map(|text| TaskId::new(&text).map_err(|_| ApiError::no_such_task(&text)))
        .collect()
}

/// What the deletion may be refused with.
struct Refusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        const TASKS: &[ErrorCode] = &[
            ErrorCode::InvalidBody,
            ErrorCode::FieldLength,
            ErrorCode::TaskNotFound,
        ];
        refusals(&[CREDENTIALS, PROJECT, BODY, TASKS])
    }
}
