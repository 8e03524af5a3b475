//! The endpoints: from a request to an answer.
//!
//! [`routes`] is the one table of them. A new endpoint is a handler in a file of its own and a line there; `route` says what
//! follows from the line, and `caller` what a handler is handed.

mod access;
mod audit;
mod audit_export;
mod authorization_message;
mod browser;
mod caller;
mod explorer;
mod export;
mod health;
mod list;
mod media_type;
mod metrics;
mod online;
mod openapi;
mod record;
mod route;
mod state;
mod task;

pub use openapi::openapi_json;
pub(crate) use state::State;
#[cfg(feature = "fuzzing")]
pub(crate) use task::wanted_part;

use std::io;

use actix_web::body::BodyStream;
use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use serde::Serialize;

use self::route::{Route, endpoint, register, undescribed};
use crate::error::ApiError;

/// Every endpoint there is, but for the explorer.
fn routes() -> Vec<Route> {
    vec![
        endpoint(list::list_connections),
        endpoint(online::count_users_online),
        endpoint(export::export_connections),
        endpoint(record::record_connections),
        endpoint(audit::list_export_audits),
        endpoint(audit_export::export_audits),
        endpoint(task::start::start_export_task),
        endpoint(task::list::list_export_tasks),
        endpoint(task::download::download_export_task),
        endpoint(task::delete::delete_export_tasks),
        endpoint(authorization_message::decode),
        endpoint(health::live),
        endpoint(health::ready),
        endpoint(metrics::metrics),
        undescribed(Method::GET, "/openapi.json", openapi::answer),
    ]
}

/// The page that shows the API, which an operator may turn off.
fn explorer() -> Vec<Route> {
    vec![
        undescribed(Method::GET, "/explorer", explorer::page),
        undescribed(Method::GET, "/explorer/{name}", explorer::file),
        undescribed(Method::GET, "/explorer/", browser::explorer_with_slash),
        undescribed(Method::GET, "/", browser::root),
        undescribed(Method::GET, "/favicon.ico", browser::icon),
    ]
}

/// What an administrator asks for, at an address of its own.
fn for_administrators() -> Vec<Route> {
    let is_for_them = |path: &str| path.starts_with("/health/") || path == "/metrics";
    let mut routes = routes();
    routes.retain(|route| is_for_them(route.path()));
    routes
}

/// Registers everything that clients ask for.
pub(crate) fn configure(config: &mut web::ServiceConfig, with_explorer: bool) {
    let explorer = if with_explorer { explorer() } else { vec![] };
    register(config, routes().into_iter().chain(explorer));
}

/// [`configure`] for the address of the administrators: health and metrics alone.
pub(crate) fn configure_for_administrators(config: &mut web::ServiceConfig) {
    register(config, for_administrators());
}

/// Whether the head of an answer is all that is asked for. A handler that hands records out, or begins something, does then not
/// do it.
fn asks_for_head(request: &HttpRequest) -> bool {
    request.method() == Method::HEAD
}

/// The head of an answer whose length is not known without the work.
fn head_only(mut response: HttpResponseBuilder) -> HttpResponse {
    response.body(BodyStream::new(futures_util::stream::empty::<
        Result<web::Bytes, io::Error>,
    >()))
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, ApiError> {
    serde_json::to_vec(value).map_err(ApiError::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_endpoint_but_the_document_itself_is_described() {
        let routes = routes();
        let undescribed: Vec<_> = routes
            .iter()
            .filter(|route| !route.is_described())
            .map(Route::path)
            .collect();
        assert_eq!(undescribed, ["/openapi.json"]);
    }

    #[test]
    fn administrators_have_health_and_metrics_alone() {
        let routes = for_administrators();
        let paths: Vec<_> = routes.iter().map(Route::path).collect();
        assert_eq!(paths, ["/health/live", "/health/ready", "/metrics"]);
    }
}
