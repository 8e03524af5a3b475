use actix_web::HttpResponse;
use deskledger_domain::{Action, ExportOutcome, ProjectScope, TaskId};
use serde::Deserialize;
use utoipa::ToSchema;

use super::caller::Identified;
use super::route::{Body, Endpoint, Protected};
use crate::audit::{Subject, refusal};
use crate::error::{ApiError, ErrorCode};
use crate::http::body::read_object;

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

/// The deletion of tasks. It is audited even where it is refused, so its handler has an order of its own.
pub(in crate::endpoint) struct DeleteExportTasks;

impl Endpoint for DeleteExportTasks {
    const REFUSALS: &'static [ErrorCode] = &[
        ErrorCode::InvalidBody,
        ErrorCode::FieldLength,
        ErrorCode::TaskNotFound,
    ];
}

impl Protected for DeleteExportTasks {
    const ACTION: Action = Action::DeleteExportTasks;
    const BODY: Body = Body::Read;
}

/// Deletes export tasks, with their files.
///
/// All of them or, where the project lacks one, none. One that runs is broken off.
// `contract.md` §3. The OpenAPI document publishes the paragraphs above, for clients.
#[utoipa::path(
    post,
    path = "/v2/{project_id}/export-tasks/batch-delete",
    operation_id = "BatchDeleteExportTasks",
    tag = "Export tasks",
    impl_for = DeleteExportTasks,
    request_body = TaskIds,
    responses((status = 204, description = "They are deleted.")),
)]
pub(in crate::endpoint) async fn delete_export_tasks(
    caller: Identified<DeleteExportTasks>,
) -> Result<HttpResponse, ApiError> {
    let mut subject = Subject::deletion(Vec::new());
    let wanted = wanted(&caller, &mut subject).await;
    let audit = caller.audit(subject)?;
    let ((scope, ids), audit) = caller.or_audited(wanted, audit).await?;
    let (tasks, project) = (ids.len(), scope.project_id().clone());
    let audit = caller.state.audit_log.open(audit).await?;
    // A task of its own: what is begun is also done, and closed, where the client leaves.
    let service = caller.state.tasks.clone();
    let deletion = tokio::spawn(async move {
        let deleted = service.delete(scope, ids).await;
        match &deleted {
            Ok(()) => audit.close(ExportOutcome::Done, ""),
            Err(error) => audit.close(refusal(error), &error.causes()),
        }
        deleted
    });
    deletion.await.map_err(ApiError::internal)??;
    let user = caller.principal.user();
    tracing::info!(user, %project, tasks, "export tasks deleted");
    Ok(HttpResponse::NoContent().finish())
}

/// The tasks that are to be deleted, where the sender may and the project has them all. `subject` is completed with them.
async fn wanted(
    caller: &Identified<DeleteExportTasks>,
    subject: &mut Subject,
) -> Result<(ProjectScope, Vec<TaskId>), ApiError> {
    let scope = caller.authorize()?;
    let body: TaskIds = read_object(
        &caller.request,
        &caller.body,
        "an object with one field, task_ids, which is an array of texts",
    )?;
    let ids = ids(body.task_ids)?;
    *subject = Subject::deletion(ids.clone());
    let tasks = &caller.state.tasks;
    tasks.require(scope.clone(), ids.clone()).await?;
    Ok((scope, ids))
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
