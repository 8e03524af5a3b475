use actix_web::http::header::{HeaderValue, LOCATION, REFERRER_POLICY, SET_COOKIE};
use actix_web::{HttpRequest, HttpResponse};
use deskledger_domain::CredentialKind;
use deskledger_identity::url::encode;
use deskledger_identity::{BegunByProvider, ProviderAnswer, ReturnPath, ToProvider};

use super::browser::names_html;
use super::caller::Open;
use super::extract::audit_begun;
use super::route::Endpoint;
use crate::endpoint::State;
use crate::error::{ApiError, ErrorCode};
use crate::http::no_store::NoStore;
use crate::http::query::{Pairs, pairs};
use crate::http::received::Received;
use crate::http::request_id::RequestId;

/// Signing in by a provider: the way there.
pub(in crate::endpoint) struct GoToProvider;

impl Endpoint for GoToProvider {
    const REFUSALS: &'static [ErrorCode] = &[
        ErrorCode::InvalidRequest,
        ErrorCode::UnknownParameter,
        ErrorCode::RepeatedParameter,
        ErrorCode::InvalidReturnPath,
        ErrorCode::SignInNotConfigured,
        ErrorCode::Unavailable,
        ErrorCode::IamUnavailable,
    ];
}

/// Signing in by a provider: the way back.
pub(in crate::endpoint) struct ComeFromProvider;

impl Endpoint for ComeFromProvider {
    const REFUSALS: &'static [ErrorCode] = &[
        ErrorCode::InvalidRequest,
        ErrorCode::RepeatedParameter,
        ErrorCode::SignInRefused,
        ErrorCode::SignInDenied,
        ErrorCode::SignInNotConfigured,
        ErrorCode::TooManyRequests,
        ErrorCode::Unavailable,
        ErrorCode::IamUnavailable,
    ];
}

/// Leads a browser to the provider by which people sign in.
///
/// For navigations: a browser follows, its user signs in there, and the provider leads back within ten minutes. Where the browser
/// goes in the end is `to`.
#[utoipa::path(
    get,
    path = "/v2/sign-in/oidc",
    operation_id = "GoToProvider",
    tag = "Sign-in",
    security(()),
    impl_for = GoToProvider,
    params((
        "to" = Option<String>, Query,
        description = "Where the browser goes after that: a path of this service that begins with one slash, `/` by default. At most \
                       2,000 visible characters of ASCII, without a backslash.",
        example = "/console/",
        max_length = 2000,
        // One slash, and no character by which browsers leave the service.
        pattern = r"^/([!-.0-\[\]-~][!-\[\]-~]*)?$",
    )),
    responses(
        (
            status = 302,
            description = "To the provider. A cookie, in the header `Set-Cookie`, makes the browser known again when it comes back.",
        ),
        (
            status = 303,
            description = "Where that is refused and the header `Accept` names `text/html`: to the page to sign in, which says why.",
        ),
    ),
)]
pub(in crate::endpoint) async fn go_to_provider(
    open: Open<GoToProvider>,
) -> Result<NoStore<HttpResponse>, ApiError> {
    let Open { request, state, .. } = open;
    let to = match return_path(&request) {
        Ok(to) => to,
        Err(error) => return Err(shown(error, &request, &state, "../..", None)),
    };
    let led = lead_to_provider(&request, &state, &to).await;
    Ok(NoStore(led.map_err(|error| {
        shown(error, &request, &state, "../..", Some(&to))
    })?))
}

/// Where the browser is to go in the end.
fn return_path(request: &HttpRequest) -> Result<ReturnPath, ApiError> {
    let query = pairs(request.query_string())?;
    if let Some((name, _)) = query.iter().find(|(name, _)| name != "to") {
        let message = format!("{name} is no parameter of this path: it takes to alone");
        return Err(ApiError::new(ErrorCode::UnknownParameter, message));
    }
    let to = one(&query, "to")?.map_or_else(|| Ok(ReturnPath::default()), ReturnPath::new);
    to.map_err(|mistake| ApiError::new(ErrorCode::InvalidReturnPath, format!("to {mistake}")))
}

async fn lead_to_provider(
    request: &HttpRequest,
    state: &State,
    to: &ReturnPath,
) -> Result<HttpResponse, ApiError> {
    let access = state.access.get();
    let received = Received(request);
    let ToProvider { location, cookie } = access.sign_in.to_provider(&received, to).await?;
    let mut response = HttpResponse::Found();
    response
        .insert_header((LOCATION, header(&location)?))
        .insert_header((SET_COOKIE, header(&cookie)?))
        .insert_header((REFERRER_POLICY, "no-referrer"));
    Ok(response.finish())
}

/// Begins a session of a user whom the provider leads back.
///
/// For navigations that began at `/v2/sign-in/oidc` in the same browser. Each is good once. Other parameters are ignored:
/// providers may send what they like.
#[utoipa::path(
    get,
    path = "/v2/sign-in/oidc/callback",
    operation_id = "ComeFromProvider",
    tag = "Sign-in",
    security(()),
    impl_for = ComeFromProvider,
    params(
        ("state" = Option<String>, Query, description = "What the provider was sent, unchanged."),
        ("code" = Option<String>, Query, description = "What the provider says the user by."),
        ("error" = Option<String>, Query, description = "Why the provider does not sign the user in."),
        ("error_description" = Option<String>, Query, description = "The same for people. It is not shown."),
        ("iss" = Option<String>, Query, description = "What the provider calls itself (RFC 9207)."),
    ),
    responses((
        status = 303,
        description = "To the path that was asked for. The cookie of the session is in a header `Set-Cookie`. Where the sign-in is \
                       refused and the header `Accept` names `text/html`: to the page to sign in, which says why.",
    )),
)]
pub(in crate::endpoint) async fn come_from_provider(
    open: Open<ComeFromProvider>,
) -> Result<NoStore<HttpResponse>, ApiError> {
    let Open { request, state, .. } = open;
    // Asked for first: a sign-in is good once.
    let to = {
        let access = state.access.get();
        access.sign_in.pending_return(&Received(&request))
    };
    let arrived = arrive(&request, &state).await;
    Ok(NoStore(arrived.map_err(|error| {
        shown(error, &request, &state, "../../..", to.as_ref())
    })?))
}

async fn arrive(request: &HttpRequest, state: &State) -> Result<HttpResponse, ApiError> {
    let query = pairs(request.query_string())?;
    let answer = ProviderAnswer {
        state: one(&query, "state")?,
        code: one(&query, "code")?.map(Into::into),
        error: one(&query, "error")?,
        issuer: one(&query, "iss")?,
    };
    let BegunByProvider {
        begun,
        delete_sign_in,
        location,
    } = {
        let access = state.access.get();
        let received = Received(request);
        access.sign_in.by_provider(&received, answer).await?
    };
    let cookie = audit_begun(request, state, &begun, CredentialKind::Oidc).await?;
    let mut response = HttpResponse::SeeOther();
    response
        .insert_header((LOCATION, header(&location)?))
        .append_header((SET_COOKIE, cookie))
        .append_header((SET_COOKIE, header(&delete_sign_in)?))
        .insert_header((REFERRER_POLICY, "no-referrer"));
    Ok(response.finish())
}

/// Leads a browser back to the page to sign in, which says why that failed; a program gets the error itself. The address holds
/// the code alone, and no text that somebody could make up. `root` is the way from the path of the request to that of the service.
fn shown(
    error: ApiError,
    request: &HttpRequest,
    state: &State,
    root: &str,
    to: Option<&ReturnPath>,
) -> ApiError {
    if !state.has_console || !names_html(request) {
        return error;
    }
    // Relative to the console, whatever path a proxy puts before it.
    let to = to.and_then(|to| to.as_str().strip_prefix("/console/"));
    let to = to.map(|page| format!("&to={}", encode(page)));
    let page = format!(
        "{root}/console/sign-in?error={}&request={}{}",
        error.code().code(),
        encode(&RequestId::of(request)),
        to.unwrap_or_default()
    );
    match HeaderValue::from_str(&page) {
        Ok(page) => error.shown_by(page),
        // Encoded, it can be sent.
        Err(_) => error,
    }
}

/// A parameter that may be given once.
fn one(query: &Pairs, name: &str) -> Result<Option<String>, ApiError> {
    let mut values = query.iter().filter(|(other, _)| other == name);
    match (values.next(), values.next()) {
        (Some(_), Some(_)) => {
            let message = format!("{name} is given more than once");
            Err(ApiError::new(ErrorCode::RepeatedParameter, message))
        }
        (value, _) => Ok(value.map(|(_, value)| value.clone())),
    }
}

fn header(text: &str) -> Result<HeaderValue, ApiError> {
    HeaderValue::from_str(text).map_err(ApiError::internal)
}
