//! The endpoints: from a request to an answer.

mod audit;
mod export;
mod health;

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, Resource, web};
use deskledger_domain::{Clock, Policy};
use deskledger_store::{AuditStore, RecordStore};

use crate::audit::AuditTrail;
use crate::error::ApiError;
use crate::export::ExportService;
use crate::identity::Authenticator;

/// What every endpoint is handed.
pub(crate) struct State {
    pub(crate) authenticator: Authenticator,
    pub(crate) policy: Policy,
    pub(crate) exports: ExportService,
    pub(crate) store: Arc<dyn RecordStore>,
    pub(crate) audits: Arc<dyn AuditStore>,
    pub(crate) trail: AuditTrail,
    pub(crate) clock: Clock,
}

/// Every path there is.
pub(crate) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(
            resource("/v2/{project_id}/connections/desktops/export")
                .route(web::get().to(export::export_connections)),
        )
        .service(
            resource("/v2/{project_id}/connections/export-audits")
                .route(web::get().to(audit::list_export_audits)),
        )
        .service(resource("/health/live").route(web::get().to(health::live)))
        .service(resource("/health/ready").route(web::get().to(health::ready)))
        .default_service(web::to(not_found));
}

/// A path that takes GET alone.
fn resource(path: &str) -> Resource {
    web::resource(path).default_service(web::to(method_not_allowed))
}

async fn method_not_allowed(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    Err(ApiError::method_not_allowed(request.method(), "GET"))
}

async fn not_found() -> Result<HttpResponse, ApiError> {
    Err(ApiError::not_found())
}
