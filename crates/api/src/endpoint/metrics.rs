use actix_web::HttpResponse;
use actix_web::http::header::CONTENT_TYPE;
use deskledger_metrics::Running;

use super::caller::Open;
use super::route::Endpoint;
use crate::error::ApiError;
use crate::http::no_store::NoStore;

/// What is counted.
pub(super) struct ShowMetrics;

impl Endpoint for ShowMetrics {}

/// What the service counted since it started, for Prometheus: in the text format of OpenMetrics.
#[utoipa::path(
    get,
    path = "/metrics",
    operation_id = "Metrics",
    tag = "Health",
    security(()),
    impl_for = ShowMetrics,
    responses(
        (
            status = 200,
            description = "What was counted. No tenant and no user is named.",
            body = String,
            content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8",
        ),
    ),
)]
pub(super) async fn metrics(request: Open<ShowMetrics>) -> Result<NoStore<HttpResponse>, ApiError> {
    let state = request.state;
    let running = Running {
        exports: state.exports.limiter().running(),
        recordings: state.recordings.limiter().running(),
    };
    let text = state.metrics.text(running).map_err(ApiError::internal)?;
    Ok(NoStore(
        HttpResponse::Ok()
            .insert_header((
                CONTENT_TYPE,
                "application/openmetrics-text; version=1.0.0; charset=utf-8",
            ))
            .body(text),
    ))
}
