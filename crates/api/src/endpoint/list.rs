use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, OnceLock};

use actix_web::HttpResponse;
use deskledger_audit::{ListedPage, SweepKey};
use deskledger_domain::{Action, ExportProgress, ListQuery, PageStart, Parameter};
use deskledger_settings::AuditedLists;
use deskledger_telemetry::filled;

use super::caller::{Authorized, Identified};
use super::route::{Endpoint, Protected};
use super::{asks_for_head, json};
use crate::audit::Subject;
use crate::error::{ApiError, ErrorCode};
use crate::http::no_store::NoStore;
use deskledger_contract::{RecordList, filter_refusals_and, marker_from_text};

/// The list of records.
pub(super) struct ListConnections;

impl Endpoint for ListConnections {
    const PARAMETERS: &'static [Parameter] = &ListQuery::PARAMETERS;
    const REFUSALS: &'static [ErrorCode] = &filter_refusals_and::<3, 12>([
        ErrorCode::EndWithoutStart,
        ErrorCode::InvalidMarker,
        ErrorCode::MarkerWithOffset,
    ]);
}

impl Protected for ListConnections {
    const ACTION: Action = Action::ListConnections;
}

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
    impl_for = ListConnections,
    responses((status = 200, description = "The page that was asked for.", body = RecordList)),
)]
pub(super) async fn list_connections(
    authorized: Authorized<ListConnections>,
) -> Result<NoStore<HttpResponse>, ApiError> {
    let Authorized {
        caller,
        scope,
        pairs,
    } = authorized;
    let query = ListQuery::from_pairs(pairs.iter().map(|(name, value)| (name, value)))?;
    let list = query.into_request(scope, marker_from_text)?;
    tracing::info!(
        user = caller.principal.user(),
        project = %list.filter.project_id(),
        query = filled(caller.request.query_string()),
        "list asked for"
    );

    let store = Arc::clone(&caller.state.store);
    let project = list.filter.project_id().clone();
    let records = list.page.limit();
    let owner = project.clone();
    let (response, page) = caller
        .state
        .page(&owner, records, move || {
            let page = store
                .page(&list.filter, &list.page)
                .map_err(|error| ApiError::of_list(error, list.page.is_counted()))?;
            let (records, more) = (page.records.len() as u64, page.next.is_some());
            let json = json(&RecordList::new(
                &project,
                page.total,
                page.records,
                page.next.as_ref(),
            ))?;
            let page = ListedPage {
                records,
                bytes: json.len() as u64,
                is_first: *list.page.start() == PageStart::Offset(0),
                more,
            };
            Ok((json, page))
        })
        .await?;
    if !asks_for_head(&caller.request) {
        audit(&caller, &pairs, page).await?;
    }
    Ok(response)
}

/// Writes down that a page is handed out, where the settings ask for that, or where it is one of many.
///
/// # Errors
/// When it cannot be written down (503).
async fn audit(
    caller: &Identified<ListConnections>,
    pairs: &[(String, String)],
    page: ListedPage,
) -> Result<(), ApiError> {
    let audit = || caller.audit(Subject::list(pairs));
    let log = &caller.state.audit_log;
    match caller.state.audited_lists {
        AuditedLists::Off => Ok(()),
        AuditedLists::Sweeps => {
            let key = SweepKey::new(&caller.principal, hash_of_filter(pairs));
            log.count_page(&key, page, audit).await
        }
        AuditedLists::All => {
            let progress = ExportProgress {
                rows: page.records,
                bytes: page.bytes,
                ..ExportProgress::default()
            };
            Ok(log.record(audit()?, progress).await?)
        }
    }
}

/// A hash of what all pages of a list have in common. It is of this process alone, so nobody can look for two filters with one.
fn hash_of_filter(pairs: &[(String, String)]) -> u64 {
    static KEY: OnceLock<RandomState> = OnceLock::new();

    const OF_PAGE: [Parameter; 4] = [
        Parameter::Offset,
        Parameter::Limit,
        Parameter::Marker,
        Parameter::Count,
    ];
    let is_of_page = |name: &str| OF_PAGE.iter().any(|of_page| of_page.name() == name);
    let mut filter: Vec<_> = pairs
        .iter()
        .filter(|(name, value)| !value.is_empty() && !is_of_page(name))
        .collect();
    filter.sort_unstable();
    KEY.get_or_init(RandomState::new).hash_one(filter)
}
