use std::sync::Arc;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use deskledger_domain::{Action, AuditQuery};

use super::{State, access};
use crate::error::ApiError;
use crate::query;
use crate::request_body::refuse_body;
use crate::settings::LimitSettings;
use crate::wire::AuditList;

/// `GET /v2/{project_id}/connections/export-audits`: who exported what, newest first.
pub(super) async fn list_export_audits(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
    limits: web::Data<LimitSettings>,
) -> Result<HttpResponse, ApiError> {
    let action = Action::ListExportAudits;
    let caller = access::identify(&request, payload, &state, &limits).await?;
    let scope = access::to_project(&request, &state, &caller.principal, action)?;
    refuse_body(&request, &caller.body)?;
    let pairs = query::pairs(request.query_string())?;
    let filter = AuditQuery::from_pairs(pairs)?.into_filter(scope)?;

    let audits = Arc::clone(&state.audits);
    let page = web::block(move || audits.list(&filter))
        .await
        .map_err(|error| ApiError::internal(error.to_string()))??;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(AuditList::from(&page)))
}
