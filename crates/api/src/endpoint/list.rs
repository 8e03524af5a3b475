use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use deskledger_domain::{Action, ListQuery};
use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};

use super::{State, access, json};
use crate::error::{ApiError, ErrorCode};
use crate::openapi::{
    BODY, CREDENTIALS, ListParameters, PROJECT, ProjectIdHeader, ProjectIdParameter, QUERY, WHOLE,
    refusals,
};
use crate::query;
use crate::reload::Limits;
use crate::request_body::refuse_body;
use crate::wire::{RecordList, marker_from_text};

/// Lists connection records.
///
/// The records of the project that match every filter, newest first: the rows of an export with the same filters, in its
/// order. All query parameters are optional, each may be given once, and an empty value is an absent one.
///
/// To take them all, follow `next_marker`: it costs the same at any depth, and is stable while records come in.
// `contract.md` §3. The paragraphs above are the document's, for whoever asks.
#[utoipa::path(
    get,
    path = "/v2/{project_id}/connections/desktops",
    operation_id = "ListLoginRecordsNew",
    tag = "Connections",
    params(ProjectIdParameter, ProjectIdHeader, ListParameters),
    responses(
        (status = 200, description = "The page that was asked for.", body = RecordList),
        Refusals,
    ),
)]
pub(super) async fn list_connections(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
    limits: Limits,
) -> Result<HttpResponse, ApiError> {
    let action = Action::ListConnections;
    let caller = access::identify(&request, payload, &state, &limits).await?;
    let scope = access::to_project(&request, &state, &caller.principal, action)?;
    refuse_body(&request, &caller.body)?;
    let pairs = query::pairs(request.query_string())?;
    let list = ListQuery::from_pairs(pairs)?.into_request(scope, marker_from_text)?;
    tracing::info!(
        user = caller.principal.user(),
        project = %list.filter.project_id(),
        query = request.query_string(),
        "list asked for"
    );

    let store = Arc::clone(&state.store);
    let project = list.filter.project_id().clone();
    let records = list.page.limit();
    let owner = project.clone();
    state
        .page(&owner, records, move || {
            let page = store.page(&list.filter, &list.page)?;
            json(&RecordList::new(page, &project))
        })
        .await
}

/// What the list may be refused with.
struct Refusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        const LIST: &[ErrorCode] = &[
            ErrorCode::InvalidTime,
            ErrorCode::EndWithoutStart,
            ErrorCode::EmptyTimeRange,
            ErrorCode::InvalidNumber,
            ErrorCode::EmptyNumberRange,
            ErrorCode::InvalidDomain,
            ErrorCode::InvalidMarker,
            ErrorCode::MarkerWithOffset,
        ];
        refusals(&[CREDENTIALS, PROJECT, BODY, QUERY, WHOLE, LIST])
    }
}
