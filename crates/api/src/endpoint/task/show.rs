use actix_web::HttpResponse;
use deskledger_contract::TaskBody;
use deskledger_domain::Action;

use super::caller::Authorized;
use super::route::{Endpoint, Protected};
use super::task_id;
use crate::error::{ApiError, ErrorCode};
use crate::http::no_store::NoStore;

/// One task, as it is now.
pub(in crate::endpoint) struct ShowExportTask;

impl Endpoint for ShowExportTask {
    const REFUSALS: &'static [ErrorCode] = &[ErrorCode::TaskNotFound];
}

impl Protected for ShowExportTask {
    const ACTION: Action = Action::ListExportTasks;
}

/// Shows an export task, and how far it came.
///
/// It is for the user who asked for the task, and for who may manage those of others. What is running is written down about once a
/// second.
#[utoipa::path(
    get,
    path = "/v2/{project_id}/export-tasks/{task_id}",
    operation_id = "ShowExportTask",
    tag = "Export tasks",
    impl_for = ShowExportTask,
    responses((status = 200, description = "The task.", body = TaskBody)),
)]
pub(in crate::endpoint) async fn show_export_task(
    authorized: Authorized<ShowExportTask>,
) -> Result<NoStore<HttpResponse>, ApiError> {
    let Authorized { caller, scope, .. } = authorized;
    let id = task_id(&caller.request).ok_or_else(|| ApiError::no_such_task(""))?;
    let policy = &caller.state.access.get().policy;
    let project = scope.project_id();
    let manages = policy.decide(&caller.principal, Action::ManageExportLinks, project);
    let user = manages.is_err().then(|| caller.principal.user());
    let (task, request, progress) = caller.state.tasks.show(scope, id, user).await?;
    let (user, parameters) = request.into_user_and_parameters();
    let body = TaskBody::new(&task, user, parameters).with_progress(
        progress.rows,
        progress.bytes,
        progress.total,
    );
    Ok(NoStore(HttpResponse::Ok().json(body)))
}
