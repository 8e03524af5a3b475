use actix_web::HttpResponse;
use deskledger_contract::LinkBody;
use deskledger_domain::Action;

use super::caller::Authorized;
use super::route::{Endpoint, Protected};
use crate::error::{ApiError, ErrorCode};
use crate::http::no_store::NoStore;

/// One link, as it is now.
pub(in crate::endpoint) struct ShowExportLink;

impl Endpoint for ShowExportLink {
    const REFUSALS: &'static [ErrorCode] = &[ErrorCode::LinkNotFound];
}

impl Protected for ShowExportLink {
    const ACTION: Action = Action::ExportConnections;
}

/// Shows what has become of an export link, and how far its download came.
///
/// What is running is written down about twice a second.
#[utoipa::path(
    get,
    path = "/v2/{project_id}/connections/desktops/export-links/{link_id}",
    operation_id = "ShowExportLink",
    tag = "Export links",
    impl_for = ShowExportLink,
    responses((status = 200, description = "The link.", body = LinkBody)),
)]
pub(in crate::endpoint) async fn show_export_link(
    authorized: Authorized<ShowExportLink>,
) -> Result<NoStore<HttpResponse>, ApiError> {
    let Authorized { caller, scope, .. } = authorized;
    let id = super::link_id(&caller.request)?;
    let user = super::user_of_links(&caller.state, &caller.principal, &scope);
    let link = caller.state.links.find(scope, id, user).await?;
    Ok(NoStore(HttpResponse::Ok().json(super::body(&link))))
}
