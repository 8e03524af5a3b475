use actix_web::HttpResponse;
use deskledger_domain::{Action, Parameter, TaskQuery};
use utoipa::openapi::path::Parameter as Described;

use super::caller::Authorized;
use super::route::{Endpoint, Protected};
use crate::error::{ApiError, ErrorCode};
use crate::http::no_store::NoStore;
use deskledger_contract::TaskList;
use deskledger_contract::openapi::of_tasks;

/// The list of tasks.
pub(in crate::endpoint) struct ListExportTasks;

impl Endpoint for ListExportTasks {
    const PARAMETERS: &'static [Parameter] = &TaskQuery::PARAMETERS;
    const REFUSALS: &'static [ErrorCode] = &[ErrorCode::InvalidNumber, ErrorCode::UnknownValue];

    fn describe(parameter: Parameter) -> Described {
        of_tasks(parameter)
    }
}

impl Protected for ListExportTasks {
    const ACTION: Action = Action::ListExportTasks;
}

/// Lists export tasks.
///
/// Those of the project that were not deleted and match every filter. All query parameters are optional, each may be given
/// once, and an empty value is an absent one.
// `contract.md` §3. The OpenAPI document publishes the paragraphs above, for clients.
#[utoipa::path(
    get,
    path = "/v2/{project_id}/export-tasks",
    operation_id = "ListExportTasks",
    tag = "Export tasks",
    impl_for = ListExportTasks,
    responses((status = 200, description = "The part of the list that was asked for.", body = TaskList)),
)]
pub(in crate::endpoint) async fn list_export_tasks(
    authorized: Authorized<ListExportTasks>,
) -> Result<NoStore<HttpResponse>, ApiError> {
    let filter = TaskQuery::from_pairs(authorized.pairs)?.into_filter(authorized.scope)?;
    let page = authorized.caller.state.tasks.list(filter).await?;
    Ok(NoStore(
        HttpResponse::Ok().json(TaskList::new(page.total, &page.tasks)),
    ))
}
