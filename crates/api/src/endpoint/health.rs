use std::collections::BTreeMap;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::openapi::{RefOr, Response};
use utoipa::{IntoResponses, ToSchema};

use super::State;
use crate::error::{ApiError, ErrorCode};
use crate::openapi::{WHOLE, refusals};

/// That the service is up.
#[derive(Serialize, ToSchema)]
struct Health {
    /// The kind of its database, where that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(examples("PostgreSQL", "SQLite"))]
    database: Option<String>,
    /// `up`.
    #[schema(examples("up"))]
    status: &'static str,
}

/// Says that the process answers.
#[utoipa::path(
    get,
    path = "/health/live",
    operation_id = "Live",
    tag = "Health",
    security(()),
    responses((status = 200, description = "It does.", body = Health), LiveRefusals),
)]
pub(super) async fn live() -> HttpResponse {
    up(None)
}

/// Says that everything is there that serving needs, and that the database answers.
#[utoipa::path(
    get,
    path = "/health/ready",
    operation_id = "Ready",
    tag = "Health",
    security(()),
    responses((status = 200, description = "They do.", body = Health), ReadyRefusals),
)]
pub(super) async fn ready(state: web::Data<State>) -> Result<HttpResponse, ApiError> {
    state.readiness.check()?;
    state.probe.ask().await?;
    Ok(up(Some(state.store.kind().to_string())))
}

/// An answer that is true now and that no cache must keep.
fn up(database: Option<String>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(Health {
            database,
            status: "up",
        })
}

/// What a process that answers may refuse with.
struct LiveRefusals;

impl IntoResponses for LiveRefusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals(&[WHOLE])
    }
}

/// What a process may refuse with that asks its database.
struct ReadyRefusals;

impl IntoResponses for ReadyRefusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals(&[WHOLE, &[ErrorCode::Unavailable]])
    }
}
