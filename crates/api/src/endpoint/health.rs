use actix_web::web::Json;
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::Open;
use super::route::Endpoint;
use crate::error::{ApiError, ErrorCode};
use crate::http::no_store::NoStore;

/// That the service is up.
#[derive(Serialize, ToSchema)]
pub(super) struct Health {
    /// The kind of its database, where that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(examples("PostgreSQL", "SQLite"))]
    database: Option<String>,
    /// `up`.
    #[schema(examples("up"))]
    status: &'static str,
}

/// Whether the process answers.
pub(super) struct Live;

impl Endpoint for Live {}

/// Whether the service can serve.
pub(super) struct Ready;

impl Endpoint for Ready {
    const REFUSALS: &'static [ErrorCode] = &[ErrorCode::Unavailable];
}

/// Says that the process answers.
#[utoipa::path(
    get,
    path = "/health/live",
    operation_id = "Live",
    tag = "Health",
    security(()),
    impl_for = Live,
    responses((status = 200, description = "It does.", body = Health)),
)]
pub(super) async fn live(_: Open<Live>) -> NoStore<Json<Health>> {
    up(None)
}

/// Says that everything is there that serving needs, and that the database answers.
#[utoipa::path(
    get,
    path = "/health/ready",
    operation_id = "Ready",
    tag = "Health",
    security(()),
    impl_for = Ready,
    responses((status = 200, description = "They do.", body = Health)),
)]
pub(super) async fn ready(request: Open<Ready>) -> Result<NoStore<Json<Health>>, ApiError> {
    let state = request.state;
    state.readiness.check()?;
    state.probe.ask().await?;
    Ok(up(Some(state.store.kind().to_string())))
}

/// An answer that is true now.
fn up(database: Option<String>) -> NoStore<Json<Health>> {
    NoStore(Json(Health {
        database,
        status: "up",
    }))
}
