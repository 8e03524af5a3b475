use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use deskledger_domain::{Action, AuditQuery};
use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};

use super::{State, access, json};
use crate::error::{ApiError, ErrorCode};
use crate::http::body::refuse_body;
use crate::http::query;
use crate::openapi::{
    AuditParameters, BODY, CREDENTIALS, PROJECT, ProjectIdHeader, ProjectIdParameter, QUERY, WHOLE,
    refusals,
};
use crate::reload::Limits;
use crate::wire::AuditList;

/// Lists who was handed records, and who took them away.
///
/// Every export, download and deletion of a task, and sweep through the list that somebody of the project asked for, whatever
/// became of it, newest first. All query parameters are optional, each may be given once, and an empty value is an absent one.
#[utoipa::path(
    get,
    path = "/v2/{project_id}/connections/export-audits",
    operation_id = "ListExportAudits",
    tag = "Connections",
    params(ProjectIdParameter, ProjectIdHeader, AuditParameters),
    responses(
        (status = 200, description = "The part of the list that was asked for.", body = AuditList),
        Refusals,
    ),
)]
pub(super) async fn list_export_audits(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
    limits: Limits,
) -> Result<HttpResponse, ApiError> {
    let action = Action::ListExportAudits;
    let caller = access::identify(&request, payload, &state, &limits).await?;
    let scope = access::to_project(&request, &state, &caller.principal, action)?;
    refuse_body(&request, &caller.body)?;
    let pairs = query::pairs(request.query_string())?;
    let project = scope.project_id().clone();
    let filter = AuditQuery::from_pairs(pairs)?.into_filter(scope)?;

    let (audits, limit) = (Arc::clone(&state.audits), filter.limit());
    let page = move || Ok((json(&AuditList::from(&audits.list(&filter)?))?, ()));
    let (response, ()) = state.page(&project, limit, page).await?;
    Ok(response)
}

/// What the list may be refused with.
struct Refusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        const AUDITS: &[ErrorCode] = &[
            ErrorCode::InvalidTime,
            ErrorCode::EndWithoutStart,
            ErrorCode::EmptyTimeRange,
            ErrorCode::InvalidNumber,
            ErrorCode::UnknownValue,
        ];
        refusals(&[CREDENTIALS, PROJECT, BODY, QUERY, WHOLE, AUDITS])
    }
}
