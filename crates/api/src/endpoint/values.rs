use std::sync::Arc;

use actix_web::web::Json;
use deskledger_contract::openapi::of_values;
use deskledger_contract::{ValueList, filter_refusals_and};
use deskledger_domain::{Action, Parameter, ValuesQuery};
use deskledger_telemetry::filled;
use utoipa::openapi::path::Parameter as Described;

use super::caller::Authorized;
use super::route::{Endpoint, Protected};
use crate::error::{ApiError, ErrorCode};
use crate::http::no_store::NoStore;

/// The values of a field.
pub(super) struct ListValues;

impl Endpoint for ListValues {
    const PARAMETERS: &'static [Parameter] = &ValuesQuery::PARAMETERS;
    const REFUSALS: &'static [ErrorCode] =
        &filter_refusals_and::<1, 10>([ErrorCode::EndWithoutStart]);

    fn describe(parameter: Parameter) -> Described {
        of_values(parameter)
    }
}

impl Protected for ListValues {
    const ACTION: Action = Action::ListConnections;
}

/// Lists the most frequent values of a field.
///
/// The different values that a field has in the records that match, and how many records have each, for suggestions and facets.
/// What a record does not have is no value. Of a large number of records the newest are looked at, and `exact` is then false.
#[utoipa::path(
    get,
    path = "/v2/{project_id}/connections/values",
    operation_id = "ListConnectionValues",
    tag = "Connections",
    impl_for = ListValues,
    responses((status = 200, description = "The values, the most frequent first.", body = ValueList)),
)]
pub(super) async fn list_values(
    authorized: Authorized<ListValues>,
) -> Result<NoStore<Json<ValueList>>, ApiError> {
    let Authorized {
        caller,
        scope,
        pairs,
    } = authorized;
    let project = scope.project_id().clone();
    let request = ValuesQuery::from_pairs(pairs)?.into_request(scope)?;
    tracing::info!(
        user = caller.principal.user(),
        %project,
        query = filled(caller.request.query_string()),
        "values asked for"
    );

    let store = Arc::clone(&caller.state.store);
    let field = request.field;
    let question = move || store.values(&request);
    let values = caller.state.query(&project, question).await?;
    Ok(NoStore(Json(ValueList::new(field, values))))
}
