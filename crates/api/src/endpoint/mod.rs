//! The endpoints: from a request to an answer.

mod access;
mod audit;
mod audit_export;
mod authorization_message;
mod browser;
mod explorer;
mod export;
mod health;
mod list;
mod media_type;
mod metrics;
mod online;
mod openapi;
mod record;
mod task;

#[cfg(feature = "fuzzing")]
pub(crate) use task::wanted_part;

pub use openapi::openapi_json;

use std::collections::BTreeMap;
use std::future::ready;
use std::io;
use std::sync::Arc;

use actix_web::body::BodyStream;
use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, ContentType};
use actix_web::middleware::from_fn;
use actix_web::{
    FromRequest, Handler, HttpRequest, HttpResponse, HttpResponseBuilder, Resource, Responder,
    Route, web,
};
use deskledger_audit::AuditLogClient;
use deskledger_domain::{Clock, ProjectId};
use deskledger_limiter::Limiter;
use deskledger_settings::AuditedLists;
use deskledger_store::{AuditStore, RecordStore, StoreError};
use serde::Serialize;
use utoipa::OpenApi;

use crate::error::ApiError;
use crate::export::ExportService;
use crate::http::delivery::{self, Parts};
use crate::probe::DatabaseProbe;
use crate::readiness::Readiness;
use crate::recording::RecordingService;
use crate::reload::{Access, Live};
use crate::response_memory::ResponseMemory;
use crate::task::TaskService;

/// What every endpoint is handed.
pub(crate) struct State {
    pub(crate) access: Live<Access>,
    pub(crate) exports: ExportService,
    pub(crate) responses: ResponseMemory,
    pub(crate) recordings: RecordingService,
    /// What bounds how many lists and counts run.
    pub(crate) queries: Limiter,
    pub(crate) tasks: TaskService,
    pub(crate) store: Arc<dyn RecordStore>,
    /// Whether the database answers.
    pub(crate) probe: DatabaseProbe,
    pub(crate) audits: Arc<dyn AuditStore>,
    pub(crate) audit_log: AuditLogClient,
    /// Which pages of lists are audited.
    pub(crate) audited_lists: AuditedLists,
    pub(crate) clock: Clock,
    pub(crate) readiness: Readiness,
}

impl State {
    /// Asks a store something about a project, which blocks: as many at once as the limits allow.
    ///
    /// # Errors
    /// When there is no permit in time (429, 503), or the store fails.
    async fn query<T: Send + 'static>(
        &self,
        project: &ProjectId,
        question: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, ApiError> {
        Ok(self.queries.run(project, question).await??)
    }

    /// A page of at most so many records, of a project, that `make` writes as JSON; it blocks. The answer holds its share of the
    /// memory of answers until it was sent. What else `make` says of the page is returned beside it.
    ///
    /// # Errors
    /// When there is no memory or no permit in time (429, 503), or `make` fails.
    async fn page<T: Send + 'static>(
        &self,
        project: &ProjectId,
        records: u32,
        make: impl FnOnce() -> Result<(Vec<u8>, T), ApiError> + Send + 'static,
    ) -> Result<(HttpResponse, T), ApiError> {
        let share = self.responses.reserve(project, records).await?;
        let (json, about) = self.queries.run(project, make).await??;
        let body = share.hold(json).await?;
        let response = HttpResponse::Ok()
            .insert_header((CACHE_CONTROL, "no-store"))
            .content_type(ContentType::json())
            .body(body);
        Ok((response, about))
    }
}

/// The handlers that say of themselves, by `#[utoipa::path]`, what the OpenAPI document holds. A test compares them with
/// [`endpoints`].
#[derive(OpenApi)]
#[openapi(
    paths(
        list::list_connections,
        online::count_users_online,
        export::export_connections,
        record::record_connections,
        audit::list_export_audits,
        audit_export::export_audits,
        task::start::start_export_task,
        task::list::list_export_tasks,
        task::download::download_export_task,
        task::delete::delete_export_tasks,
        authorization_message::decode,
        health::live,
        health::ready,
        metrics::metrics,
    ),
    tags(
        (name = "Connections", description = "Who connected to which desktop, when, from where, and why it failed."),
        (name = "Export tasks", description = "Exports that go on by themselves, and whose files are downloaded later."),
        (name = "Authorization", description = "Why somebody was denied."),
        (name = "Health", description = "Whether the service answers, and how much it did. No credentials are needed."),
    )
)]
pub(crate) struct Described;

/// A method of a path, and what answers it. What answers GET answers HEAD, too: by the head of the answer to GET.
struct Endpoint {
    method: Method,
    path: &'static str,
    route: Route,
    head: Option<Route>,
    parts: Parts,
}

impl Endpoint {
    fn new<F, A>(method: Method, path: &'static str, handler: F) -> Self
    where
        F: Handler<A>,
        A: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        let head = (method == Method::GET).then(|| web::head().to(handler.clone()));
        Self {
            route: web::method(method.clone()).to(handler),
            head,
            method,
            path,
            parts: Parts::None,
        }
    }

    /// One whose handler serves parts of its answer.
    fn with_parts(self) -> Self {
        let parts = Parts::OfHandler;
        Self { parts, ..self }
    }
}

/// Every method of every path there is, but for the explorer.
fn endpoints() -> Vec<Endpoint> {
    use Method as M;

    vec![
        Endpoint::new(
            M::GET,
            "/v2/{project_id}/connections/desktops",
            list::list_connections,
        ),
        Endpoint::new(
            M::GET,
            "/v2/{project_id}/connections/online-users",
            online::count_users_online,
        ),
        Endpoint::new(
            M::GET,
            "/v2/{project_id}/connections/desktops/export",
            export::export_connections,
        ),
        Endpoint::new(
            M::POST,
            "/v2/{project_id}/connections/desktops",
            record::record_connections,
        ),
        Endpoint::new(
            M::GET,
            "/v2/{project_id}/connections/export-audits",
            audit::list_export_audits,
        ),
        Endpoint::new(
            M::GET,
            "/v2/{project_id}/connections/export-audits/export",
            audit_export::export_audits,
        ),
        Endpoint::new(
            M::GET,
            "/v3/{project_id}/desktops/connections/export",
            task::start::start_export_task,
        ),
        Endpoint::new(
            M::GET,
            "/v2/{project_id}/export-tasks",
            task::list::list_export_tasks,
        ),
        Endpoint::new(
            M::GET,
            "/v2/{project_id}/export-tasks/{task_id}/download",
            task::download::download_export_task,
        )
        .with_parts(),
        Endpoint::new(
            M::POST,
            "/v2/{project_id}/export-tasks/batch-delete",
            task::delete::delete_export_tasks,
        ),
        Endpoint::new(
            M::POST,
            "/v5/decode-authorization-message",
            authorization_message::decode,
        ),
        Endpoint::new(M::GET, "/health/live", health::live),
        Endpoint::new(M::GET, "/health/ready", health::ready),
        Endpoint::new(M::GET, "/metrics", metrics::metrics),
        Endpoint::new(M::GET, "/openapi.json", openapi::document),
    ]
}

/// The page that shows the API, which an operator may turn off.
fn explorer() -> Vec<Endpoint> {
    vec![
        Endpoint::new(Method::GET, "/explorer", explorer::page),
        Endpoint::new(Method::GET, "/explorer/{name}", explorer::file),
        Endpoint::new(Method::GET, "/explorer/", browser::explorer_with_slash),
        Endpoint::new(Method::GET, "/", browser::root),
        Endpoint::new(Method::GET, "/favicon.ico", browser::icon),
    ]
}

/// What an administrator asks for, at an address of its own.
fn for_administrators() -> Vec<Endpoint> {
    let is_for_them = |path: &str| path.starts_with("/health/") || path == "/metrics";
    let mut endpoints = endpoints();
    endpoints.retain(|endpoint| is_for_them(endpoint.path));
    endpoints
}

/// Registers every path and its methods with actix. Another method is answered with 405, another path with 404.
pub(crate) fn configure(config: &mut web::ServiceConfig, with_explorer: bool) {
    let explorer = if with_explorer { explorer() } else { vec![] };
    route(config, endpoints().into_iter().chain(explorer));
}

/// [`configure`] for the address of the administrators: health and metrics alone.
pub(crate) fn configure_for_administrators(config: &mut web::ServiceConfig) {
    route(config, for_administrators());
}

fn route(config: &mut web::ServiceConfig, endpoints: impl IntoIterator<Item = Endpoint>) {
    let mut by_path = BTreeMap::<_, Vec<Endpoint>>::new();
    for endpoint in endpoints {
        by_path.entry(endpoint.path).or_default().push(endpoint);
    }
    for (path, endpoints) in by_path {
        config.service(resource(path, endpoints));
    }
    config.default_service(web::to(not_found));
}

fn resource(path: &str, endpoints: Vec<Endpoint>) -> Resource {
    let methods: Vec<_> = endpoints
        .iter()
        .flat_map(|endpoint| {
            let head = endpoint.head.is_some().then_some(Method::HEAD);
            [Some(endpoint.method.clone()), head]
        })
        .flatten()
        .map(|method| method.to_string())
        .collect();
    let allowed = methods.join(", ");
    let method_not_allowed = move |request: HttpRequest| {
        let error = ApiError::method_not_allowed(request.method(), &allowed);
        ready(Err::<HttpResponse, _>(error))
    };
    endpoints
        .into_iter()
        .fold(web::resource(path), |resource, endpoint| {
            let Endpoint {
                route, head, parts, ..
            } = endpoint;
            let deliver =
                move || from_fn(move |request, next| delivery::deliver(parts, request, next));
            let resource = resource.route(route.wrap(deliver()));
            match head {
                Some(head) => resource.route(head.wrap(deliver())),
                None => resource,
            }
        })
        .default_service(web::to(method_not_allowed))
}

/// Whether the head of an answer is all that is asked for. Who hands records out, or begins something, does then not do it.
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

async fn not_found(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    Err(ApiError::no_such_path(request.path()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use actix_web::App;
    use actix_web::http::header::ALLOW;
    use actix_web::test::{TestRequest, call_service, init_service};

    use super::*;

    /// What is for people and programs that look at the API, and no part of it.
    const UNDESCRIBED: &[&str] = &["/openapi.json"];

    #[test]
    fn every_endpoint_is_described_and_every_description_has_its_endpoint() {
        let endpoints: BTreeSet<_> = endpoints()
            .iter()
            .filter(|endpoint| !UNDESCRIBED.contains(&endpoint.path))
            .map(|endpoint| format!("{} {}", endpoint.method, endpoint.path))
            .collect();
        let document = serde_json::to_value(Described::openapi()).unwrap();
        let described: BTreeSet<_> = document["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, operations)| {
                let methods = operations.as_object().unwrap().keys();
                methods.map(move |method| format!("{} {path}", method.to_uppercase()))
            })
            .collect();
        assert_eq!(endpoints, described);
    }

    #[actix_web::test]
    async fn a_path_names_all_its_methods_to_a_request_with_another() {
        let answer = || ready(HttpResponse::Ok());
        let endpoints = [Method::GET, Method::POST].map(|m| Endpoint::new(m, "/x", answer));
        let app = init_service(App::new().service(resource("/x", endpoints.into()))).await;
        for (method, status, allow) in [
            (Method::GET, 200, None),
            (Method::POST, 200, None),
            (Method::HEAD, 200, None),
            (Method::PUT, 405, Some("GET, HEAD, POST")),
        ] {
            let request = TestRequest::with_uri("/x").method(method);
            let response = call_service(&app, request.to_request()).await;
            assert_eq!(response.status().as_u16(), status);
            let allowed = response.headers().get(ALLOW);
            assert_eq!(allowed.map(|methods| methods.to_str().unwrap()), allow);
        }
    }
}
