use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, OnceLock};

use actix_web::{HttpRequest, HttpResponse, web};
use deskledger_audit::{ListedPage, SweepKey};
use deskledger_domain::{Action, ExportProgress, ListQuery, PageStart, Parameter, Principal};
use deskledger_settings::AuditedLists;
use deskledger_telemetry::filled;
use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};

use super::{State, access, asks_for_head, json};
use crate::audit::{Subject, audit_of};
use crate::error::{ApiError, ErrorCode};
use crate::http::body::refuse_body;
use crate::http::query;
use crate::openapi::{
    BODY, CREDENTIALS, ListParameters, PROJECT, ProjectIdHeader, ProjectIdParameter, QUERY, WHOLE,
    refusals,
};
use crate::reload::Limits;
use crate::wire::{RecordList, marker_from_text};

/// Lists connection records.
///
/// The records of the project that match every filter, newest first: the rows of an export with the same filters, in its
/// order. All query parameters are optional, each may be given once, and an empty value is an absent one.
///
/// To take them all, follow `next_marker`: it costs the same at any depth, and is stable while records come in.
// `contract.md` §3. The OpenAPI document publishes the paragraphs above, for clients.
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
    let query = ListQuery::from_pairs(pairs.iter().map(|(name, value)| (name, value)))?;
    let list = query.into_request(scope, marker_from_text)?;
    tracing::info!(
        user = caller.principal.user(),
        project = %list.filter.project_id(),
        query = filled(request.query_string()),
        "list asked for"
    );

    let store = Arc::clone(&state.store);
    let project = list.filter.project_id().clone();
    let records = list.page.limit();
    let owner = project.clone();
    let (response, page) = state
        .page(&owner, records, move || {
            let page = store.page(&list.filter, &list.page)?;
            let (records, more) = (page.records.len() as u64, page.next.is_some());
            let json = json(&RecordList::new(page, &project))?;
            let page = ListedPage {
                records,
                bytes: json.len() as u64,
                is_first: *list.page.start() == PageStart::Offset(0),
                more,
            };
            Ok((json, page))
        })
        .await?;
    if !asks_for_head(&request) {
        audit(&request, &state, &caller.principal, &pairs, page).await?;
    }
    Ok(response)
}

/// Writes down that a page is handed out, where the settings ask for that, or where it is one of many.
///
/// # Errors
/// When it cannot be written down (503).
async fn audit(
    request: &HttpRequest,
    state: &State,
    principal: &Principal,
    pairs: &[(String, String)],
    page: ListedPage,
) -> Result<(), ApiError> {
    let audit = || audit_of(request, principal, Subject::list(pairs), state.clock.now());
    match state.audited_lists {
        AuditedLists::Off => Ok(()),
        AuditedLists::Sweeps => {
            let key = SweepKey::new(principal, hash_of_filter(pairs));
            state.audit_log.count_page(&key, page, audit).await
        }
        AuditedLists::All => {
            let progress = ExportProgress {
                rows: page.records,
                bytes: page.bytes,
                ..ExportProgress::default()
            };
            Ok(state.audit_log.record(audit()?, progress).await?)
        }
    }
}

/// A hash of what all pages of a list have in common. It is of this process alone, so nobody can look for two filters with one.
fn hash_of_filter(pairs: &[(String, String)]) -> u64 {
    static KEY: OnceLock<RandomState> = OnceLock::new();

    const OF_PAGE: [Parameter; 3] = [Parameter::Offset, Parameter::Limit, Parameter::Marker];
    let is_of_page = |name: &str| OF_PAGE.iter().any(|of_page| of_page.name() == name);
    let mut filter: Vec<_> = pairs
        .iter()
        .filter(|(name, value)| !value.is_empty() && !is_of_page(name))
        .collect();
    filter.sort_unstable();
    KEY.get_or_init(RandomState::new).hash_one(filter)
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
