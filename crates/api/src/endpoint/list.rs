use std::sync::Arc;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use deskledger_domain::{Action, ListQuery};

use super::{State, access};
use crate::error::ApiError;
use crate::query;
use crate::request_body::refuse_body;
use crate::settings::LimitSettings;
use crate::wire::{RecordList, marker_from_text};

/// `GET /v2/{project_id}/connections/desktops` (`contract.md` §3).
pub(super) async fn list_connections(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
    limits: web::Data<LimitSettings>,
) -> Result<HttpResponse, ApiError> {
    let action = Action::ListConnections;
    let access = access::to_project(&request, payload, &state, &limits, action).await?;
    refuse_body(&request, &access.body)?;
    let pairs = query::pairs(request.query_string())?;
    let list = ListQuery::from_pairs(pairs)?.into_request(access.scope, marker_from_text)?;
    tracing::info!(
        user = access.principal.user(),
        project = %list.filter.project_id(),
        query = request.query_string(),
        "list asked for"
    );

    let store = Arc::clone(&state.store);
    let project = list.filter.project_id().clone();
    let page = web::block(move || store.page(&list.filter, &list.page))
        .await
        .map_err(|error| ApiError::internal(error.to_string()))??;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(RecordList::new(page, &project)))
}
