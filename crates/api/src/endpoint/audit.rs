use std::sync::Arc;

use actix_web::HttpResponse;
use deskledger_domain::{Action, AuditQuery, Parameter};
use utoipa::openapi::path::Parameter as Described;

use super::caller::Authorized;
use super::json;
use super::route::{Endpoint, Protected};
use crate::error::{ApiError, ErrorCode};
use crate::http::no_store::NoStore;
use deskledger_contract::AuditList;
use deskledger_contract::openapi::of_audits;

/// The list of audits.
pub(super) struct ListExportAudits;

impl Endpoint for ListExportAudits {
    const PARAMETERS: &'static [Parameter] = &AuditQuery::PARAMETERS;
    const REFUSALS: &'static [ErrorCode] = &[
        ErrorCode::InvalidTime,
        ErrorCode::EndWithoutStart,
        ErrorCode::EmptyTimeRange,
        ErrorCode::InvalidNumber,
        ErrorCode::UnknownValue,
    ];

    fn describe(parameter: Parameter) -> Described {
        of_audits(parameter)
    }
}

impl Protected for ListExportAudits {
    const ACTION: Action = Action::ListExportAudits;
}

/// Lists who was handed records, and who took them away.
///
/// Every export, download and deletion of a task, and sweep through the list that somebody of the project asked for, whatever
/// became of it, newest first. All query parameters are optional, each may be given once, and an empty value is an absent one.
#[utoipa::path(
    get,
    path = "/v2/{project_id}/connections/export-audits",
    operation_id = "ListExportAudits",
    tag = "Connections",
    impl_for = ListExportAudits,
    responses((status = 200, description = "The part of the list that was asked for.", body = AuditList)),
)]
pub(super) async fn list_export_audits(
    authorized: Authorized<ListExportAudits>,
) -> Result<NoStore<HttpResponse>, ApiError> {
    let project = authorized.scope.project_id().clone();
    let filter = AuditQuery::from_pairs(authorized.pairs)?.into_filter(authorized.scope)?;

    let state = authorized.caller.state;
    let (audits, limit) = (Arc::clone(&state.audits), filter.limit());
    let page = move || {
        let page = audits.list(&filter)?;
        Ok((json(&AuditList::new(page.total, &page.audits))?, ()))
    };
    let (response, ()) = state.page(&project, limit, page).await?;
    Ok(response)
}
