use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;

use crate::openapi;

/// `GET /openapi.json`: what the API is, for programs.
pub(super) async fn document() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-cache"))
        .json(openapi::document())
}
