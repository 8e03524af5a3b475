use std::sync::Arc;

use actix_web::web::Json;
use deskledger_domain::{Action, HistogramQuery, Parameter};
use deskledger_telemetry::filled;
use utoipa::openapi::path::Parameter as Described;

use super::caller::Authorized;
use super::route::{Endpoint, Protected};
use crate::error::{ApiError, ErrorCode};
use crate::http::no_store::NoStore;
use deskledger_contract::openapi::of_histogram;
use deskledger_contract::{ConnectionHistogram, filter_refusals_and};

/// The histogram of records.
pub(super) struct ShowHistogram;

impl Endpoint for ShowHistogram {
    const PARAMETERS: &'static [Parameter] = &HistogramQuery::PARAMETERS;
    const REFUSALS: &'static [ErrorCode] =
        &filter_refusals_and::<2, 11>([ErrorCode::EndWithoutStart, ErrorCode::TooManyBuckets]);

    fn describe(parameter: Parameter) -> Described {
        of_histogram(parameter)
    }
}

impl Protected for ShowHistogram {
    const ACTION: Action = Action::ListConnections;
}

/// Counts connection records over time.
///
/// How many records match in each minute, hour, day or month, and how many of those failed. Without `start_time` the buckets go
/// from the oldest record that matches to the newest, and without `end_time` to the newest.
#[utoipa::path(
    get,
    path = "/v2/{project_id}/connections/histogram",
    operation_id = "ShowConnectionHistogram",
    tag = "Connections",
    impl_for = ShowHistogram,
    responses((status = 200, description = "The counts, oldest first.", body = ConnectionHistogram)),
)]
pub(super) async fn show_histogram(
    authorized: Authorized<ShowHistogram>,
) -> Result<NoStore<Json<ConnectionHistogram>>, ApiError> {
    let Authorized {
        caller,
        scope,
        pairs,
    } = authorized;
    let project = scope.project_id().clone();
    let request = HistogramQuery::from_pairs(pairs)?.into_request(scope)?;
    tracing::info!(
        user = caller.principal.user(),
        %project,
        query = filled(caller.request.query_string()),
        "histogram asked for"
    );

    let store = Arc::clone(&caller.state.store);
    let question = move || store.histogram(&request);
    let histogram = caller.state.query(&project, question).await??;
    Ok(NoStore(Json(histogram.into())))
}
