//! What happens to every request, whatever it asks for: an identifier, the limits of its head, one line in the log, an
//! entry in the metrics, and a JSON body for every error, a panic included.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use actix_web::http::{ConnectionType, Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, web};
use deskledger_metrics::Metrics;
use deskledger_settings::LimitSettings;
use deskledger_telemetry::{filled, seconds};
use futures_util::FutureExt as _;
use tracing::Instrument as _;
use uuid::Uuid;

use crate::connection::RunningRequest;
use crate::error::{ApiError, ErrorCode, status};
use crate::http::answer::{Answer, SharedPayload};
use crate::http::header::REQUEST_ID;
use crate::http::request_id::RequestId;
use crate::http::shown_path::shown_path;
use deskledger_lifecycle::{Live, Readiness};

/// The endpoint whose path holds a secret, which no link on a page that follows may carry on.
const WITH_SECRET: &str = "/v2/exports/{secret}";

/// The longest identifier that is taken from a client, in bytes.
const MAX_ID_BYTES: usize = 128;

/// Handles a request: see the module.
///
/// # Errors
/// When the handler panicked or the server itself failed. The error makes the response that all errors make.
pub(crate) async fn handle(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let mut running = RunningRequest::begin(request.request());
    let payload = SharedPayload::share(&mut request);
    let count = Count::begin(&request, started);
    let id = request_id(&request);
    request.extensions_mut().insert(RequestId(id.clone()));
    let span = tracing::info_span!(
        "request",
        id = id.to_str().unwrap_or_default(),
        method = %request.method(),
        path = &*shown_path(request.path()),
    );
    let has_secret = count.endpoint.as_deref() == Some(WITH_SECRET);
    let admitted = running.admit(request.request());
    match respond(request, admitted, next)
        .instrument(span.clone())
        .await
    {
        Ok(mut response) => {
            let headers = response.headers_mut();
            headers.insert(REQUEST_ID, id);
            headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
            if has_secret {
                headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
            }
            span.in_scope(|| log(&response, started));
            count.end(response.status());
            running.set_counted();
            if running.is_closing() {
                let head = response.response_mut().head_mut();
                head.set_connection_type(ConnectionType::Close);
            }
            Ok(response.map_body(|_, body| Answer::new(body, payload, running).boxed()))
        }
        Err(error) => {
            let error = error.with_request_id(id);
            // The server itself failed, whatever was asked.
            span.in_scope(|| log_error(&error, started, false));
            count.end(status(error.code()));
            Err(error.into())
        }
    }
}

/// A request that is to be counted.
struct Count {
    metrics: Option<web::Data<Metrics>>,
    method: Method,
    endpoint: Option<String>,
    started: Instant,
}

impl Count {
    fn begin(request: &ServiceRequest, started: Instant) -> Self {
        Self {
            metrics: request.app_data().cloned(),
            method: request.method().clone(),
            endpoint: request.match_pattern().map(endpoint_of),
            started,
        }
    }

    fn end(self, status: StatusCode) {
        if let Some(metrics) = self.metrics {
            metrics.count_request(
                self.method.as_str(),
                self.endpoint,
                status.as_u16(),
                self.started.elapsed(),
            );
        }
    }
}

/// The path of an endpoint, of the pattern that the router knows it by: without what a segment must look like.
fn endpoint_of(pattern: String) -> String {
    match pattern.split_once("{secret:") {
        Some((before, _)) => format!("{before}{{secret}}"),
        None => pattern,
    }
}

async fn respond(
    request: ServiceRequest,
    admitted: Result<(), ApiError>,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, ApiError> {
    if let Err(error) = admitted.and_then(|()| check_head(&request)) {
        let request = request.into_parts().0;
        return Ok(ServiceResponse::from_err(error, request));
    }
    if let Err(error) = check_readiness(&request) {
        let request = request.into_parts().0;
        return Ok(ServiceResponse::from_err(error, request));
    }
    match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(Ok(response)) => Ok(with_json_error(response.map_into_boxed_body())),
        Ok(Err(error)) => Err(ApiError::internal(error.to_string())),
        Err(_) => Err(ApiError::internal("a handler panicked")),
    }
}

/// Refuses what needs the database, until that is there. Health, metrics and the description of the API answer always.
fn check_readiness(request: &ServiceRequest) -> Result<(), ApiError> {
    let answers_always = |path: String| {
        is_watching(&path) || path == "/openapi.json" || path.starts_with("/explorer")
    };
    // A path that is not ours is not found, ready or not.
    if request.match_pattern().is_none_or(answers_always) {
        return Ok(());
    }
    let readiness = request.app_data::<web::Data<Readiness>>();
    Ok(readiness.map_or(Ok(()), |readiness| readiness.check())?)
}

/// An error response that the server makes without an `ApiError` gets the body that all errors have.
fn with_json_error(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let status = response.status();
    let ours = response
        .response()
        .error()
        .is_some_and(|error| error.as_error::<ApiError>().is_some());
    if ours || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let code = ErrorCode::of_status(status.as_u16());
    let message = status.canonical_reason().unwrap_or("the request failed");
    let (request, _) = response.into_parts();
    ServiceResponse::from_err(ApiError::new(code, message.to_lowercase()), request)
}

/// The client's identifier where it is a plain one, so that its log and ours can be joined; else a new one.
fn request_id(request: &ServiceRequest) -> HeaderValue {
    request
        .headers()
        .get(REQUEST_ID)
        .filter(|id| {
            let bytes = id.as_bytes();
            let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
            (1..=MAX_ID_BYTES).contains(&bytes.len()) && bytes.iter().all(plain)
        })
        .cloned()
        .or_else(|| HeaderValue::from_str(&Uuid::new_v4().simple().to_string()).ok())
        .unwrap_or_else(|| HeaderValue::from_static("unknown"))
}

/// Refuses a request whose head says that it is too large.
fn check_head(request: &ServiceRequest) -> Result<(), ApiError> {
    let Some(limits) = request.app_data::<web::Data<Live<LimitSettings>>>() else {
        return Err(ApiError::internal("the limits are not configured"));
    };
    let limits = limits.get();
    let uri = request.uri();
    let url_bytes = uri
        .path_and_query()
        .map_or(0, |target| target.as_str().len());
    if url_bytes > limits.url_bytes {
        return Err(too_large(
            ErrorCode::UrlTooLong,
            "URL",
            url_bytes,
            limits.url_bytes,
        ));
    }
    let header_bytes = request
        .headers()
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    if header_bytes > limits.header_bytes {
        let code = ErrorCode::HeadersTooLarge;
        return Err(too_large(
            code,
            "headers",
            header_bytes,
            limits.header_bytes,
        ));
    }
    Ok(())
}

fn too_large(code: ErrorCode, what: &str, bytes: usize, most: usize) -> ApiError {
    let message =
        format!("the {what} of the request: {bytes} bytes, and at most {most} are allowed");
    ApiError::new(code, message)
}

/// One line for each request.
fn log(response: &ServiceResponse<BoxBody>, started: Instant) {
    let error = response.response().error();
    if let Some(error) = error.and_then(|error| error.as_error::<ApiError>()) {
        return log_error(error, started, is_watching(response.request().path()));
    }
    let status = response.status().as_u16();
    let seconds = seconds(started.elapsed());
    if is_watching(response.request().path()) {
        tracing::debug!(status, seconds, "request answered");
    } else {
        tracing::info!(status, seconds, "request answered");
    }
}

/// Whether a path is asked every few seconds by what watches the service, and so fills no log.
fn is_watching(path: &str) -> bool {
    path.starts_with("/health/") || path == "/metrics"
}

/// An error with its causes, which no client sees. A service that is not ready says so in lines of its own.
fn log_error(error: &ApiError, started: Instant, is_watching: bool) {
    let code = error.code();
    let status = code.status();
    let seconds = seconds(started.elapsed());
    let (code, cause) = (code.code(), filled(error.causes()));
    if is_watching {
        tracing::debug!(
            status,
            seconds,
            code,
            reason = error.logged(),
            cause,
            "request refused"
        );
    } else if status >= 500 {
        tracing::error!(
            status,
            seconds,
            code,
            reason = error.logged(),
            cause,
            "request failed"
        );
    } else {
        tracing::warn!(
            status,
            seconds,
            code,
            reason = error.logged(),
            cause,
            "request refused"
        );
    }
}
