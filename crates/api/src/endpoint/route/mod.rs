//! How an endpoint is registered: one line is its route, its methods and its entry in the OpenAPI document.

use std::collections::BTreeMap;
use std::future::ready;

use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::{
    FromRequest, Handler, HttpRequest, HttpResponse, Resource, Responder, Route as ActixRoute, web,
};
use deskledger_domain::{Action, Parameter};
use utoipa::__dev::{SchemaReferences, Tags};
use utoipa::Path;
use utoipa::openapi::path::{self, HttpMethod, Operation, PathItem};
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{OpenApi, RefOr, Response};

use crate::endpoint::caller::{Authorized, Identified, Open};
use crate::error::{ApiError, ErrorCode};
use crate::http::delivery::{self, Parts};
use deskledger_contract::openapi::{
    BODY, CREDENTIALS, PROJECT, QUERY, WHOLE, of_records, path_parameter, project_header, refusals,
};

/// An endpoint, as a type: what it says of itself beside the attribute `#[utoipa::path(impl_for = …)]` of its handler.
///
/// The document and the extractors take everything from here, so nothing is said twice.
pub(super) trait Endpoint:
    Path + SchemaReferences + for<'t> Tags<'t> + Sized + 'static
{
    /// The codes that it refuses with, beside those that follow from what it takes: credentials, a project in the path, a
    /// query, a body.
    const REFUSALS: &'static [ErrorCode] = &[];

    /// The parameters of its query. Where it has none, what a client sends is ignored, unless the handler refuses it.
    const PARAMETERS: &'static [Parameter] = &[];

    /// Whether it serves parts of its answer.
    const PARTS: Parts = Parts::None;

    /// What the document says of one of its parameters.
    fn describe(parameter: Parameter) -> path::Parameter {
        of_records(parameter)
    }

    /// The headers that it alone reads.
    fn headers() -> Vec<path::Parameter> {
        Vec::new()
    }

    /// Those of its answers that are files, with their status.
    fn files() -> Vec<(&'static str, Response)> {
        Vec::new()
    }
}

/// An endpoint that needs a right.
pub(super) trait Protected: Endpoint {
    /// What the caller must be allowed to do.
    const ACTION: Action;

    /// The project in which they do it.
    const PROJECT: ProjectOf = ProjectOf::Path;

    /// What it does with a body.
    const BODY: Body = Body::Unneeded;
}

/// In which project a caller acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ProjectOf {
    /// In that of the path.
    Path,
    /// In that of their credentials: the path has none.
    Credentials,
}

/// What an endpoint does with the body of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// It needs none, and refuses one that is not the documented type.
    Unneeded,
    /// The handler reads it.
    Read,
}

/// What a handler takes. It says which endpoint that is.
pub(super) trait Arguments: FromRequest + 'static {
    /// The endpoint.
    type Endpoint: Endpoint;

    /// Whether requests need credentials.
    const NEEDS_CREDENTIALS: bool;
}

impl<E: Endpoint> Arguments for (Open<E>,) {
    type Endpoint = E;
    const NEEDS_CREDENTIALS: bool = false;
}

impl<E: Protected> Arguments for (Authorized<E>,) {
    type Endpoint = E;
    const NEEDS_CREDENTIALS: bool = true;
}

impl<E: Protected, B> Arguments for (Identified<E, B>,)
where
    Identified<E, B>: FromRequest + 'static,
{
    type Endpoint = E;
    const NEEDS_CREDENTIALS: bool = true;
}

/// A method of a path, and what answers it. What answers GET answers HEAD, too: by the head of the answer to GET.
pub(super) struct Route {
    method: Method,
    path: String,
    handler: ActixRoute,
    head: Option<ActixRoute>,
    parts: Parts,
    described: Option<fn() -> Described>,
}

/// What the document says of an endpoint.
struct Described {
    method: HttpMethod,
    path: String,
    operation: Operation,
    schemas: Vec<(String, RefOr<Schema>)>,
}

/// An endpoint that the document describes.
pub(super) fn endpoint<F, A>(handler: F) -> Route
where
    F: Handler<A>,
    A: Arguments,
    F::Output: Responder + 'static,
{
    let method = actix_method(&method_of::<A::Endpoint>());
    Route {
        parts: A::Endpoint::PARTS,
        described: Some(describe::<A>),
        ..undescribed(method, &A::Endpoint::path(), handler)
    }
}

/// One that the document leaves out: it is for people and programs that look at the API, and no part of it.
pub(super) fn undescribed<F, A>(method: Method, path: &str, handler: F) -> Route
where
    F: Handler<A>,
    A: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let head = (method == Method::GET).then(|| web::head().to(handler.clone()));
    Route {
        handler: web::method(method.clone()).to(handler),
        head,
        method,
        path: path.to_owned(),
        parts: Parts::None,
        described: None,
    }
}

impl Route {
    /// Where it is.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Whether the document describes it.
    #[cfg(test)]
    pub(super) const fn is_described(&self) -> bool {
        self.described.is_some()
    }
}

fn method_of<E: Path>() -> HttpMethod {
    E::methods().into_iter().next().unwrap_or(HttpMethod::Get)
}

const fn actix_method(method: &HttpMethod) -> Method {
    match method {
        HttpMethod::Get => Method::GET,
        HttpMethod::Post => Method::POST,
        HttpMethod::Put => Method::PUT,
        HttpMethod::Delete => Method::DELETE,
        HttpMethod::Options => Method::OPTIONS,
        HttpMethod::Head => Method::HEAD,
        HttpMethod::Patch => Method::PATCH,
        HttpMethod::Trace => Method::TRACE,
    }
}

/// What the handler says by its attribute, and what follows from the rest.
fn describe<A: Arguments>() -> Described {
    let (method, path) = (method_of::<A::Endpoint>(), A::Endpoint::path());
    let mut operation = A::Endpoint::operation();
    let tags = A::Endpoint::tags().into_iter().map(str::to_owned);
    operation.tags.get_or_insert_default().extend(tags);

    let in_path = path.split('/').filter_map(path_parameter);
    let by_header = A::NEEDS_CREDENTIALS.then(project_header);
    let in_query = A::Endpoint::PARAMETERS.iter().copied();
    let parameters = in_path
        .chain(by_header)
        .chain(in_query.map(A::Endpoint::describe))
        .chain(A::Endpoint::headers());
    operation
        .parameters
        .get_or_insert_default()
        .extend(parameters.map(Into::into));

    let is_whole = method == HttpMethod::Get && A::Endpoint::PARTS == Parts::None;
    let groups = [
        (A::NEEDS_CREDENTIALS, CREDENTIALS),
        (A::NEEDS_CREDENTIALS, BODY),
        (path.contains("{project_id}"), PROJECT),
        (!A::Endpoint::PARAMETERS.is_empty(), QUERY),
        (is_whole, WHOLE),
        (true, A::Endpoint::REFUSALS),
    ];
    let groups: Vec<_> = groups
        .into_iter()
        .filter_map(|(is_so, codes)| is_so.then_some(codes))
        .collect();
    let responses = &mut operation.responses.responses;
    responses.extend(refusals(&groups));
    for (status, file) in A::Endpoint::files() {
        responses.insert(status.to_owned(), file.into());
    }

    let mut schemas = Vec::new();
    A::Endpoint::schemas(&mut schemas);
    Described {
        method,
        path,
        operation,
        schemas,
    }
}

/// Puts everything that routes say of themselves into a document.
pub(super) fn document(routes: impl IntoIterator<Item = Route>) -> OpenApi {
    let mut document = OpenApi::default();
    for describe in routes.into_iter().filter_map(|route| route.described) {
        let Described {
            method,
            path,
            operation,
            schemas,
        } = describe();
        let item = PathItem::new(method, operation);
        match document.paths.paths.get_mut(&path) {
            Some(other) => other.merge_operations(item),
            None => drop(document.paths.paths.insert(path, item)),
        }
        let components = document.components.get_or_insert_default();
        components.schemas.extend(schemas);
    }
    document
}

/// Registers every path and its methods with actix. Another method is answered with 405, another path with 404.
pub(super) fn register(config: &mut web::ServiceConfig, routes: impl IntoIterator<Item = Route>) {
    let mut by_path = BTreeMap::<_, Vec<Route>>::new();
    for route in routes {
        by_path.entry(route.path.clone()).or_default().push(route);
    }
    for (path, routes) in by_path {
        config.service(resource(&pattern(&path), routes));
    }
    config.default_service(web::to(not_found));
}

/// The pattern that the router knows a path by. A secret has its one form, so that its path is no other's: a project may be called
/// as the segment before it.
fn pattern(path: &str) -> String {
    path.replace("{secret}", "{secret:[A-Za-z0-9_-]{43}}")
}

fn resource(path: &str, routes: Vec<Route>) -> Resource {
    let methods: Vec<_> = routes
        .iter()
        .flat_map(|route| {
            let head = route.head.is_some().then_some(Method::HEAD);
            [Some(route.method.clone()), head]
        })
        .flatten()
        .map(|method| method.to_string())
        .collect();
    let allowed = methods.join(", ");
    let method_not_allowed = move |request: HttpRequest| {
        let error = ApiError::method_not_allowed(request.method(), &allowed);
        ready(Err::<HttpResponse, _>(error))
    };
    routes
        .into_iter()
        .fold(web::resource(path), |resource, route| {
            let Route {
                handler,
                head,
                parts,
                ..
            } = route;
            let deliver =
                move || from_fn(move |request, next| delivery::deliver(parts, request, next));
            let resource = resource.route(handler.wrap(deliver()));
            match head {
                Some(head) => resource.route(head.wrap(deliver())),
                None => resource,
            }
        })
        .default_service(web::to(method_not_allowed))
}

async fn not_found(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    Err(ApiError::no_such_path(request.path()))
}

#[cfg(test)]
mod tests;
