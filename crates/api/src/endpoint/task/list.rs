use std::collections::BTreeMap;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use deskledger_domain::{Action, TaskQuery};
use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};

use super::{State, access};
use crate::error::{ApiError, ErrorCode};
use crate::http::body::refuse_body;
use crate::http::query;
use crate::openapi::{
    BODY, CREDENTIALS, PROJECT, ProjectIdHeader, ProjectIdParameter, QUERY, TaskParameters, WHOLE,
    refusals,
};
use crate::reload::Limits;
use crate::wire::TaskList;

/// Lists export tasks.
///
/// Those of the project that were not deleted and match every filter. All query parameters are optional, each may be given
/// once, and an empty value is an absent one.
// `contract.md` §3. The OpenAPI document publishes the paragraphs above, for clients.
#[utoipa::path(
    get,
    path = "/v2/{project_id}/export-tasks",
    operation_id = "ListExportTasks",
    tag = "Export tasks",
    params(ProjectIdParameter, ProjectIdHeader, TaskParameters),
    responses(
        (status = 200, description = "The part of the list that was asked for.", body = TaskList),
        Refusals,
    ),
)]
pub(in crate::endpoint) async fn list_export_tasks(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
    limits: Limits,
) -> Result<HttpResponse, ApiError> {
    let action = Action::ListExportTasks;
    let caller = access::identify(&request, payload, &state, &limits).await?;
    let scope = access::to_project(&request, &state, &caller.principal, action)?;
    refuse_body(&request, &caller.body)?;
    let pairs = query::pairs(request.query_string())?;
    let filter = TaskQuery::from_pairs(pairs)?.into_filter(scope)?;
    let page = state.tasks.list(filter).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(TaskList::from(&page)))
}

/// What the list may be refused with.
struct Refusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        const TASKS: &[ErrorCode] = &[ErrorCode::InvalidNumber, ErrorCode::UnknownValue];
        refusals(&[CREDENTIALS, PROJECT, BODY, QUERY, WHOLE, TASKS])
    }
}
