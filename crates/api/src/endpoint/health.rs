use std::sync::Arc;

use actix_web::{HttpResponse, web};
use serde_json::json;

use super::State;
use crate::error::ApiError;

/// `GET /health/live`: the process answers.
pub(super) async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({"status": "up"}))
}

/// `GET /health/ready`: the process answers, and so does its database.
pub(super) async fn ready(state: web::Data<State>) -> Result<HttpResponse, ApiError> {
    let store = Arc::clone(&state.store);
    let database = store.kind().to_string();
    web::block(move || store.check())
        .await
        .map_err(|error| ApiError::internal(error.to_string()))??;
    Ok(HttpResponse::Ok().json(json!({"status": "up", "database": database})))
}
