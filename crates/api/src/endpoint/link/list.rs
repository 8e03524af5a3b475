use actix_web::HttpResponse;
use deskledger_contract::LinkList;
use deskledger_contract::openapi::of_links;
use deskledger_domain::{Action, LinkQuery, Parameter};
use utoipa::openapi::path::Parameter as Described;

use super::caller::Authorized;
use super::route::{Endpoint, Protected};
use crate::error::{ApiError, ErrorCode};
use crate::http::no_store::NoStore;

/// The list of links.
pub(in crate::endpoint) struct ListExportLinks;

impl Endpoint for ListExportLinks {
    const PARAMETERS: &'static [Parameter] = &LinkQuery::PARAMETERS;
    const REFUSALS: &'static [ErrorCode] = &[ErrorCode::InvalidNumber];

    fn describe(parameter: Parameter) -> Described {
        of_links(parameter)
    }
}

impl Protected for ListExportLinks {
    const ACTION: Action = Action::ExportConnections;
}

/// Lists export links.
///
/// Those of the caller, newest first; for who may manage them, those of all users of the project.
#[utoipa::path(
    get,
    path = "/v2/{project_id}/connections/desktops/export-links",
    operation_id = "ListExportLinks",
    tag = "Export links",
    impl_for = ListExportLinks,
    responses((status = 200, description = "The part of the list that was asked for.", body = LinkList)),
)]
pub(in crate::endpoint) async fn list_export_links(
    authorized: Authorized<ListExportLinks>,
) -> Result<NoStore<HttpResponse>, ApiError> {
    let Authorized {
        caller,
        scope,
        pairs,
    } = authorized;
    let user = super::user_of_links(&caller.state, &caller.principal, &scope);
    let filter = LinkQuery::from_pairs(pairs)?.into_filter(scope, user.map(str::to_owned))?;
    let page = caller.state.links.list(filter).await?;
    Ok(NoStore(HttpResponse::Ok().json(LinkList::new(
        page.total,
        page.links.iter().map(super::body).collect(),
    ))))
}
