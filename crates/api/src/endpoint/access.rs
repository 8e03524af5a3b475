//! Who is the caller, and may they do this? The extractors of `caller.rs` ask.

use actix_web::http::header::HeaderValue;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, web};
use deskledger_domain::{Action, Policy, Principal, ProjectId, ProjectScope};
use deskledger_identity::{Authenticated, BodyProof, DenialDocument, SentBody, body_proof};
use deskledger_settings::LimitSettings;

use super::state::State;
use crate::connection::ConnectionControl;
use crate::error::{ApiError, ErrorCode};
use crate::http::body::{IncomingBody, UnreadBody, read_body};
use crate::http::header::PROJECT_ID;
use crate::http::received::Received;
use crate::http::request_id::RequestId;

/// Identifies the caller, by the head where that is enough, and reads the body.
///
/// Nobody unknown makes the service wait for a body, but for one that nothing but the signature itself proves.
///
/// # Errors
/// When the credentials are not valid (401, 403, 429, 503), or the body is too large (413), too slow (408), breaks off
/// (400) or is not the one whose hash was signed (401).
pub(super) async fn identify(
    request: &HttpRequest,
    payload: web::Payload,
    state: &State,
    limits: &LimitSettings,
) -> Result<(Authenticated, Bytes), ApiError> {
    let proof = body_proof(&Received(request))?;
    if proof == BodyProof::Signature {
        check_head(request, state).await?;
        let body = {
            let _wait = ConnectionControl::of(request).map(|control| control.waiting_for_body());
            read_body(request, payload, limits).await?
        };
        let caller = authenticate(request, SentBody::Whole(&body), state).await?;
        return Ok((caller, body));
    }
    let caller = authenticate(request, SentBody::Announced, state).await?;
    let body = read_body(request, payload, limits).await?;
    proof.check(&body)?;
    Ok((caller, body))
}

/// Refuses a signed request whose body need not be read to know that nobody known signed it.
async fn check_head(request: &HttpRequest, state: &State) -> Result<(), ApiError> {
    state
        .access
        .get()
        .authenticator
        .check_head(&Received(request))
        .await?;
    Ok(())
}

async fn authenticate(
    request: &HttpRequest,
    body: SentBody<'_>,
    state: &State,
) -> Result<Authenticated, ApiError> {
    let access = state.access.get();
    let received = Received(request);
    let caller = access.authenticator.authenticate(&received, body).await?;
    if let Some(control) = ConnectionControl::of(request) {
        control.authenticated()?;
    }
    Ok(caller)
}

/// Identifies the caller before the body is read, for an endpoint that takes large ones.
///
/// A body that nothing but the signature itself proves is read before, and has at most `limits.body_bytes`: nobody
/// makes the service hold more by naming a key.
///
/// # Errors
/// When the credentials are not valid (401, 403, 429, 503), or a body that has to be read is too large (413), too slow
/// (408) or breaks off (400).
pub(super) async fn identify_by_head(
    request: &HttpRequest,
    payload: web::Payload,
    state: &State,
    limits: &LimitSettings,
) -> Result<(Authenticated, IncomingBody), ApiError> {
    let proof = body_proof(&Received(request))?;
    let body = UnreadBody::new(request, payload, proof, limits);
    if proof != BodyProof::Signature {
        let caller = authenticate(request, SentBody::Announced, state).await?;
        return Ok((caller, IncomingBody::Unread(body)));
    }
    check_head(request, state).await?;
    let bytes = {
        let _wait = ConnectionControl::of(request).map(|control| control.waiting_for_body());
        body.read_to_authenticate(limits.body_bytes).await?
    };
    let caller = authenticate(request, SentBody::Whole(&bytes), state).await?;
    Ok((caller, IncomingBody::Whole(bytes)))
}

/// Asks the policy about a project, and about every other one that the request names in `X-Project-Id`.
///
/// # Errors
/// When the header is malformed (400), or the policy denies (403).
pub(super) fn authorize(
    request: &HttpRequest,
    state: &State,
    principal: &Principal,
    action: Action,
    project: &ProjectId,
) -> Result<ProjectScope, ApiError> {
    let scope = decide(request, state, principal, action, project)?;
    for named in request.headers().get_all(PROJECT_ID) {
        let named = named_project(named)?;
        if named != *project {
            decide(request, state, principal, action, &named)?;
        }
    }
    Ok(scope)
}

/// [`authorize`], or else what concerns nobody but the caller. The name of the user where it is that.
///
/// # Errors
/// When the header `X-Project-Id` is malformed (400), or the credentials are for another project (403).
pub(super) fn authorize_or_own(
    request: &HttpRequest,
    state: &State,
    principal: &Principal,
    action: Action,
    project: &ProjectId,
) -> Result<(ProjectScope, Option<String>), ApiError> {
    let denied = match authorize(request, state, principal, action, project) {
        Ok(scope) => return Ok((scope, None)),
        Err(denied) => denied,
    };
    for named in request.headers().get_all(PROJECT_ID) {
        if named_project(named)? != *project {
            return Err(denied);
        }
    }
    match Policy::decide_own(principal, project) {
        Ok(scope) => Ok((scope, Some(principal.user().to_owned()))),
        Err(_) => Err(denied),
    }
}

fn named_project(header: &HeaderValue) -> Result<ProjectId, ApiError> {
    let id = std::str::from_utf8(header.as_bytes()).ok();
    id.and_then(|id| ProjectId::new(id).ok()).ok_or_else(|| {
        ApiError::new(
            ErrorCode::InvalidProjectId,
            "the header X-Project-Id is not 1 to 255 characters of UTF-8: give the project in the path, or leave it out",
        )
    })
}

/// Asks the policy. A denial carries its sealed reason, which belongs to the project of the credentials: its
/// administrators help its users, and learn nothing of others.
fn decide(
    request: &HttpRequest,
    state: &State,
    principal: &Principal,
    action: Action,
    project: &ProjectId,
) -> Result<ProjectScope, ApiError> {
    let access = state.access.get();
    let denial = match access.policy.decide(principal, action, project) {
        Ok(grant) => {
            let (user, role) = (principal.user(), grant.role());
            tracing::debug!(user, %project, %action, role, "allowed");
            return Ok(grant.into_scope());
        }
        Err(denial) => denial,
    };
    let id = RequestId::of(request);
    let now = state.clock.now();
    let message = DenialDocument::new(&denial, principal, action, project, now, &id)
        .into_json()
        .map_err(ApiError::internal)?;
    let sealed = access
        .sealer
        .seal(&message, principal.project_id())
        .map_err(ApiError::internal)?;
    Err(ApiError::denied(denial, sealed))
}
