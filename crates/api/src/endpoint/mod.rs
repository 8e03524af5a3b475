//! The endpoints: from a request to an answer.
//!
//! [`routes`] is the one table of them. A new endpoint is a handler in a file of its own and a line there; `route` says what
//! follows from the line, and `caller` what a handler is handed.

mod access;
mod access_key;
mod audit;
mod audit_export;
mod authorization_message;
mod browser;
mod caller;
mod console;
mod explorer;
mod export;
mod health;
mod histogram;
mod link;
mod list;
mod media_type;
mod metrics;
mod one;
mod online;
mod openapi;
mod record;
mod route;
mod sign_in;
mod state;
mod task;
mod values;

pub use openapi::openapi_json;
pub(crate) use state::State;
#[cfg(feature = "fuzzing")]
pub(crate) use task::wanted_part;

use std::io;

use actix_web::body::BodyStream;
use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use deskledger_settings::Settings;
use serde::Serialize;

use self::route::{Route, endpoint, register, undescribed};
use crate::error::ApiError;

/// Every endpoint there is, but for the explorer.
fn routes() -> Vec<Route> {
    vec![
        endpoint(list::list_connections),
        endpoint(one::show_connection),
        endpoint(histogram::show_histogram),
        endpoint(values::list_values),
        endpoint(online::count_users_online),
        endpoint(export::export_connections),
        endpoint(record::record_connections),
        endpoint(audit::list_export_audits),
        endpoint(audit_export::export_audits),
        endpoint(link::make::make_export_link),
        endpoint(link::list::list_export_links),
        endpoint(link::show::show_export_link),
        endpoint(link::cancel::cancel_export_link),
        endpoint(link::of_task::make_task_link),
        endpoint(link::follow::follow_export_link),
        endpoint(task::start::start_export_task),
        endpoint(task::list::list_export_tasks),
        endpoint(task::show::show_export_task),
        endpoint(task::download::download_export_task),
        endpoint(task::delete::delete_export_tasks),
        endpoint(authorization_message::decode),
        endpoint(sign_in::ways::list_ways),
        endpoint(sign_in::token::sign_in_by_token),
        endpoint(sign_in::password::sign_in_by_password),
        endpoint(sign_in::oidc::go_to_provider),
        endpoint(sign_in::oidc::come_from_provider),
        endpoint(sign_in::session::show_session),
        endpoint(sign_in::session::choose_project),
        endpoint(sign_in::session::sign_out),
        endpoint(sign_in::sessions::list_sessions),
        endpoint(sign_in::sessions::end_session),
        endpoint(access_key::list::list_access_keys),
        endpoint(access_key::make::make_access_key),
        endpoint(access_key::revoke::revoke_access_key),
        endpoint(health::live),
        endpoint(health::ready),
        endpoint(metrics::metrics),
        undescribed(Method::GET, "/openapi.json", openapi::answer),
    ]
}

/// Which pages for people there are. An operator may turn each off.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pages {
    /// The one that shows the API.
    pub(crate) explorer: bool,
    /// The one on which people look at connection records.
    pub(crate) console: bool,
}

impl Pages {
    pub(crate) const fn of(settings: &Settings) -> Self {
        Self {
            explorer: settings.server.explorer,
            console: settings.console.enabled,
        }
    }

    fn routes(self) -> Vec<Route> {
        let mut routes = Vec::new();
        if self.console {
            routes.extend([
                undescribed(Method::GET, "/console", browser::console_without_slash),
                undescribed(Method::GET, "/console/{address:.*}", console::answer),
            ]);
        }
        if self.explorer {
            routes.extend([
                undescribed(Method::GET, "/explorer", explorer::page),
                undescribed(Method::GET, "/explorer/{name}", explorer::file),
                undescribed(Method::GET, "/explorer/", browser::explorer_with_slash),
            ]);
        }
        match self {
            Self { console: true, .. } => {
                routes.push(undescribed(Method::GET, "/", browser::root_of_console));
            }
            Self { explorer: true, .. } => {
                routes.push(undescribed(Method::GET, "/", browser::root_of_explorer));
            }
            _ => return routes,
        }
        routes.push(undescribed(Method::GET, "/favicon.ico", browser::icon));
        routes
    }
}

/// What an administrator asks for, at an address of its own.
fn for_administrators() -> Vec<Route> {
    let is_for_them = |path: &str| path.starts_with("/health/") || path == "/metrics";
    let mut routes = routes();
    routes.retain(|route| is_for_them(route.path()));
    routes
}

/// Registers everything that clients ask for.
pub(crate) fn configure(config: &mut web::ServiceConfig, pages: Pages) {
    register(config, routes().into_iter().chain(pages.routes()));
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
