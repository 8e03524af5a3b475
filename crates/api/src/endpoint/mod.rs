//! The endpoints: from a request to an answer.

mod access;
mod authorization_message;
mod export;
mod health;
mod media_type;

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, Resource, web};
use deskledger_domain::{Clock, Policy};
use deskledger_store::RecordStore;

use crate::authorization_message::Sealer;
use crate::error::ApiError;
use crate::export::ExportService;
use crate::identity::Authenticator;

/// What every endpoint is handed.
pub(crate) struct State {
    pub(crate) authenticator: Authenticator,
    pub(crate) policy: Policy,
    pub(crate) sealer: Sealer,
    pub(crate) exports: ExportService,
    pub(crate) store: Arc<dyn RecordStore>,
    pub(crate) clock: Clock,
}

/// Every path there is.
pub(crate) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(
            resource("/v2/{project_id}/connections/desktops/export", "GET")
                .route(web::get().to(export::export_connections)),
        )
        .service(
            resource("/v5/decode-authorization-message", "POST")
                .route(web::post().to(authorization_message::decode)),
        )
        .service(resource("/health/live", "GET").route(web::get().to(health::live)))
        .service(resource("/health/ready", "GET").route(web::get().to(health::ready)))
        .default_service(web::to(not_found));
}

/// A path that takes these methods alone, as the header `Allow` names them.
fn resource(path: &str, allowed: &'static str) -> Resource {
    web::resource(path).default_service(web::to(move |request: HttpRequest| async move {
        let error = ApiError::method_not_allowed(request.method(), allowed);
        Err::<HttpResponse, _>(error)
    }))
}

async fn not_found() -> Result<HttpResponse, ApiError> {
    Err(ApiError::not_found())
}
