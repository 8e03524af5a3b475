use actix_web::HttpResponse;
use deskledger_contract::LinkCreated;
use deskledger_domain::{Action, AuditedQuery, TaskId};

use super::caller::Identified;
use super::make::created;
use super::route::{Endpoint, Protected};
use crate::audit::Subject;
use crate::endpoint::task::task_id;
use crate::error::{ApiError, ErrorCode};
use crate::http::no_store::NoStore;
use crate::link::{LinkRequest, WantedLink};

/// The making of a link to the file of a task. It is audited where it is refused, so its handler has an order of its own.
pub(in crate::endpoint) struct MakeTaskLink;

impl Endpoint for MakeTaskLink {
    const REFUSALS: &'static [ErrorCode] = &[
        ErrorCode::UnknownParameter,
        ErrorCode::TaskNotFound,
        ErrorCode::TaskNotDone,
        ErrorCode::TaskFailed,
        ErrorCode::TaskExpired,
    ];
}

impl Protected for MakeTaskLink {
    const ACTION: Action = Action::ExportAsTask;
}

/// Makes a link by which a browser downloads the file of an export task.
///
/// It is followed as a link to an export is, and stands in the same list.
#[utoipa::path(
    post,
    path = "/v2/{project_id}/export-tasks/{task_id}/export-links",
    operation_id = "CreateExportTaskLink",
    tag = "Export links",
    impl_for = MakeTaskLink,
    responses((status = 201, description = "The link.", body = LinkCreated)),
)]
pub(in crate::endpoint) async fn make_task_link(
    caller: Identified<MakeTaskLink>,
) -> Result<NoStore<HttpResponse>, ApiError> {
    let id = task_id(&caller.request);
    let subject = Subject::link(id, AuditedQuery::default());
    let audit = caller.audit(subject)?;
    let wanted = wanted(&caller).await;
    let (wanted, _) = caller.or_audited(wanted, audit).await?;
    let task = wanted.task_id.clone();
    let links = &caller.state.links;
    let (id, secret) = links.make(&caller.principal, wanted).await?;
    tracing::info!(
        link = id.as_str(),
        user = caller.principal.user(),
        project = caller.principal.project_id().as_str(),
        task = task.as_ref().map(TaskId::as_str),
        "export link made"
    );
    Ok(NoStore(created(links, id.as_str(), &secret, None)))
}

/// What a request asks for, where its sender may have it and it could begin now.
async fn wanted(caller: &Identified<MakeTaskLink>) -> Result<WantedLink, ApiError> {
    let scope = caller.authorize()?;
    caller.refuse_body()?;
    caller.refuse_parameters()?;
    let id = task_id(&caller.request).ok_or_else(|| ApiError::no_such_task(""))?;
    let state = &caller.state;
    state.audit_log.check()?;
    let download = state.tasks.download(scope.clone(), id.clone()).await?;
    let proof = super::proof(caller);
    let (rows, bytes) = (download.rows, download.bytes());
    // What the file holds is known for as long as the link is, also where the task is deleted.
    let (_, parameters) = download.request.into_user_and_parameters();
    Ok(WantedLink {
        scope,
        request: LinkRequest::new(&caller.principal, proof, parameters),
        session: super::session(caller),
        task_id: Some(id),
        total_count: Some(rows),
        total_bytes: Some(bytes),
    })
}
