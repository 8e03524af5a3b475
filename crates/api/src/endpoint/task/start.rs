use actix_web::HttpResponse;
use actix_web::http::header::ContentType;
use chrono::{DateTime, Utc};
use deskledger_audit::query_text;
use deskledger_domain::{Action, AuditVia, ExportFormat, Parameter, ProjectScope, TaskExportQuery};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::path::Parameter as Described;

use super::caller::Identified;
use super::route::{Endpoint, Protected};
use super::{asks_for_head, export, head_only};
use crate::audit::Subject;
use crate::error::{ApiError, ErrorCode};
use crate::http::no_store::NoStore;
use crate::http::query::Pairs;
use crate::task::TaskRequest;
use deskledger_contract::filter_refusals_and;
use deskledger_contract::openapi::of_task_export;

/// That a task was started.
#[derive(Serialize, ToSchema)]
struct StartedTask {
    /// The identifier of the task.
    #[schema(examples("5cbd0b3f26ff4f0e8cd21e1d12d0a8c2"))]
    task_id: String,
}

/// The start of a task. What is refused is audited, so its handler has an order of its own.
pub(in crate::endpoint) struct StartExportTask;

impl Endpoint for StartExportTask {
    const PARAMETERS: &'static [Parameter] = &TaskExportQuery::PARAMETERS;
    const REFUSALS: &'static [ErrorCode] = &filter_refusals_and::<3, 12>([
        ErrorCode::UnknownLanguage,
        ErrorCode::UnknownFormat,
        ErrorCode::NoSummary,
    ]);

    fn describe(parameter: Parameter) -> Described {
        of_task_export(parameter)
    }
}

impl Protected for StartExportTask {
    const ACTION: Action = Action::ExportAsTask;
}

/// Starts an export that goes on by itself.
///
/// The records are those of the project that match every filter when the task runs, newest first, from one snapshot. Its
/// file is downloaded once its status is `SUCCESS`. All query parameters are optional, each may be given once, and an
/// empty value is an absent one.
// `contract.md` §3. The OpenAPI document publishes the paragraphs above, for clients.
#[utoipa::path(
    get,
    path = "/v3/{project_id}/desktops/connections/export",
    operation_id = "ExportUserConnectionNew",
    tag = "Export tasks",
    impl_for = StartExportTask,
    responses((status = 200, description = "The task waits, or runs.", body = StartedTask)),
)]
pub(in crate::endpoint) async fn start_export_task(
    caller: Identified<StartExportTask>,
) -> Result<NoStore<HttpResponse>, ApiError> {
    // What a task exports is audited when it runs; what is refused is audited here.
    let pairs = caller.pairs_as_far_as_possible();
    let subject = Subject::export(AuditVia::Task, pairs, ExportFormat::default());
    let audit = caller.audit(subject)?;
    let now = audit.fields().started_at;
    let (asked, audit) = caller.or_audited(asked(&caller, now), audit).await?;
    if asks_for_head(&caller.request) {
        let mut response = HttpResponse::Ok();
        response.content_type(ContentType::json());
        return Ok(NoStore(head_only(response)));
    }
    let task_request = TaskRequest::new(&caller.principal, &audit, asked.parameters);
    let started = caller
        .state
        .tasks
        .start(asked.scope, asked.file_name, &task_request, now)
        .await;
    let (task_id, audit) = caller.or_audited(started, audit).await?;
    tracing::info!(
        task = task_id.as_str(),
        user = caller.principal.user(),
        project = caller.principal.project_id().as_str(),
        query = query_text(&audit.fields().query),
        "export task asked for"
    );
    let task_id = task_id.to_string();
    Ok(NoStore(HttpResponse::Ok().json(StartedTask { task_id })))
}

/// What a request asks for.
struct Asked {
    scope: ProjectScope,
    file_name: String,
    parameters: Pairs,
}

/// What a request asks for, where its sender may.
fn asked(caller: &Identified<StartExportTask>, now: DateTime<Utc>) -> Result<Asked, ApiError> {
    let scope = caller.authorize()?;
    caller.refuse_body()?;
    let pairs = caller.pairs()?;
    // Read now, so that what is wrong is refused now, and read again when the task runs.
    let understood = TaskExportQuery::from_pairs(pairs.iter().map(|(name, value)| (name, value)))?
        .into_request(scope.clone())?;
    Ok(Asked {
        scope,
        file_name: export::file_name(understood.language.file_stem(), understood.format, now),
        parameters: pairs.clone(),
    })
}
