use std::collections::BTreeMap;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpResponse, web};
use deskledger_metrics::{Metrics, Running};
use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};

use super::State;
use crate::error::ApiError;
use crate::openapi::{WHOLE, refusals};

/// What the service counted since it started, for Prometheus: in the text format of OpenMetrics.
#[utoipa::path(
    get,
    path = "/metrics",
    operation_id = "Metrics",
    tag = "Health",
    security(()),
    responses(
        (
            status = 200,
            description = "What was counted. No tenant and no user is named.",
            body = String,
            content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8",
        ),
        MetricsRefusals,
    ),
)]
pub(super) async fn metrics(
    state: web::Data<State>,
    metrics: web::Data<Metrics>,
) -> Result<HttpResponse, ApiError> {
    let running = Running {
        exports: state.exports.limiter().running(),
        recordings: state.recordings.limiter().running(),
    };
    let text = metrics.text(running).map_err(ApiError::internal)?;
    Ok(HttpResponse::Ok()
        .insert_header((
            CONTENT_TYPE,
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
        ))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(text))
}

/// What it may be refused with.
struct MetricsRefusals;

impl IntoResponses for MetricsRefusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals(&[WHOLE])
    }
}
