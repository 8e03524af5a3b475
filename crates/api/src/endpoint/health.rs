use std::sync::Arc;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use serde_json::json;

use super::State;
use crate::error::ApiError;

/// `GET /health/live`: the process answers.
pub(super) async fn live() -> HttpResponse {
    up(json!({"status": "up"}))
}

/// `GET /health/ready`: the process answers, and so does its database.
pub(super) async fn ready(state: web::Data<State>) -> Result<HttpResponse, ApiError> {
    let store = Arc::clone(&state.store);
    let database = store.kind().to_string();
    web::block(move || store.check())
        .await
        .map_err(|error| ApiError::internal(error.to_string()))??;
    Ok(up(json!({"status": "up", "database": database})))
}

/// An answer that is true now and that no cache must keep.
fn up(body: serde_json::Value) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(body)
}
