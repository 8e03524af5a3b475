use actix_web::HttpResponse;
use deskledger_domain::Action;

use super::caller::Authorized;
use super::route::{Endpoint, Protected};
use crate::error::{ApiError, ErrorCode};
use crate::http::no_store::NoStore;

/// The cancelling of a link.
pub(in crate::endpoint) struct CancelExportLink;

impl Endpoint for CancelExportLink {
    const REFUSALS: &'static [ErrorCode] = &[ErrorCode::LinkNotFound];
}

impl Protected for CancelExportLink {
    const ACTION: Action = Action::ExportConnections;
}

/// Cancels an export link.
///
/// One that waits leads nowhere any more; the download of one that runs breaks within a second, and its query ends in the
/// database. One that has ended stays what it is.
#[utoipa::path(
    delete,
    path = "/v2/{project_id}/connections/desktops/export-links/{link_id}",
    operation_id = "CancelExportLink",
    tag = "Export links",
    impl_for = CancelExportLink,
    responses((status = 204, description = "It waits and runs no more.")),
)]
pub(in crate::endpoint) async fn cancel_export_link(
    authorized: Authorized<CancelExportLink>,
) -> Result<NoStore<HttpResponse>, ApiError> {
    let Authorized { caller, scope, .. } = authorized;
    let id = super::link_id(&caller.request)?;
    let user = super::user_of_links(&caller.state, &caller.principal, &scope);
    let links = &caller.state.links;
    let link = links.find(scope.clone(), id.clone(), user).await?;
    links.cancel(scope, id).await?;
    tracing::info!(
        link = link.id.as_str(),
        user = caller.principal.user(),
        project = caller.principal.project_id().as_str(),
        "export link cancelled"
    );
    Ok(NoStore(HttpResponse::NoContent().finish()))
}
