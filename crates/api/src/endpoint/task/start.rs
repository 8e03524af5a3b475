use std::collections::BTreeMap;

use actix_web::http::header::{CACHE_CONTROL, ContentType};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use deskledger_audit::query_text;
use deskledger_domain::{Action, AuditVia, ExportFormat, ProjectScope, TaskExportQuery};
use serde::Serialize;
use utoipa::openapi::{RefOr, Response};
use utoipa::{IntoResponses, ToSchema};

use super::access::{self, Caller};
use super::{State, asks_for_head, export, head_only};
use crate::audit::{self, Subject, audit_of};
use crate::error::{ApiError, ErrorCode};
use crate::http::body::refuse_body;
use crate::http::query;
use crate::openapi::{
    BODY, CREDENTIALS, PROJECT, ProjectIdHeader, ProjectIdParameter, QUERY, TaskExportParameters,
    WHOLE, refusals,
};
use crate::reload::Limits;
use crate::task::TaskRequest;

/// That a task was started.
#[derive(Serialize, ToSchema)]
struct StartedTask {
    /// The identifier of the task.
    #[schema(examples("5cbd0b3f26ff4f0e8cd21e1d12d0a8c2"))]
    task_id: String,
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
    params(ProjectIdParameter, ProjectIdHeader, TaskExportParameters),
    responses(
        (status = 200, description = "The task waits, or runs.", body = StartedTask),
        Refusals,
    ),
)]
pub(in crate::endpoint) async fn start_export_task(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
    limits: Limits,
) -> Result<HttpResponse, ApiError> {
    let caller = access::identify(&request, payload, &state, &limits).await?;
    let now = state.clock.now();
    // What a task exports is audited when it runs; what is refused is audited here.
    let subject = Subject::export(AuditVia::Task, &request, ExportFormat::default());
    let audit = audit_of(&request, &caller.principal, subject, now)?;
    let asked = match asked(&request, &state, &caller, now) {
        Ok(asked) => asked,
        Err(error) => {
            audit::refuse(&state.audit_log, audit, &error).await;
            return Err(error);
        }
    };
    if asks_for_head(&request) {
        let mut response = HttpResponse::Ok();
        response
            .insert_header((CACHE_CONTROL, "no-store"))
            .content_type(ContentType::json());
        return Ok(head_only(response));
    }
    let task_request = TaskRequest::new(&caller.principal, &audit, asked.parameters);
    let started = state
        .tasks
        .start(asked.scope, asked.file_name, &task_request, now)
        .await;
    let task_id = match started {
        Ok(task_id) => task_id,
        Err(error) => {
            audit::refuse(&state.audit_log, audit, &error).await;
            return Err(error);
        }
    };
    tracing::info!(
        task = task_id.as_str(),
        user = caller.principal.user(),
        project = caller.principal.project_id().as_str(),
        query = query_text(&audit.fields().query),
        "export task asked for"
    );
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(StartedTask {
            task_id: task_id.to_string(),
        }))
}

/// What a request asks for.
struct Asked {
    scope: ProjectScope,
    file_name: String,
    parameters: Vec<(String, String)>,
}

/// What a request asks for, where its sender may.
fn asked(
    request: &HttpRequest,
    state: &State,
    caller: &Caller,
    now: DateTime<Utc>,
) -> Result<Asked, ApiError> {
    let action = Action::ExportAsTask;
    let scope = access::to_project(request, state, &caller.principal, action)?;
    refuse_body(request, &caller.body)?;
    let parameters = query::pairs(request.query_string())?;
    // Read now, so that what is wrong is refused now, and read again when the task runs.
    let understood =
        TaskExportQuery::from_pairs(parameters.iter().map(|(name, value)| (name, value)))?
            .into_request(scope.clone())?;
    Ok(Asked {
        scope,
        file_name: export::file_name(understood.language.file_stem(), understood.format, now),
        parameters,
    })
}

/// What a task may be refused with.
struct Refusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        const EXPORT: &[ErrorCode] = &[
            ErrorCode::InvalidTime,
            ErrorCode::EmptyTimeRange,
            ErrorCode::InvalidNumber,
            ErrorCode::EmptyNumberRange,
            ErrorCode::InvalidDomain,
            ErrorCode::UnknownLanguage,
            ErrorCode::UnknownTimeZone,
            ErrorCode::UnknownFormat,
            ErrorCode::InvalidBoolean,
            ErrorCode::NoSummary,
        ];
        refusals(&[CREDENTIALS, PROJECT, BODY, QUERY, WHOLE, EXPORT])
    }
}
