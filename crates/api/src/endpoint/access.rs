//! What every endpoint that needs a right does first: who asks, and may he?

use actix_web::web::Bytes;
use actix_web::{HttpRequest, web};
use deskledger_domain::{Action, Principal, ProjectId, ProjectScope};

use super::State;
use crate::authorization_message::DenialDocument;
use crate::error::ApiError;
use crate::query;
use crate::request::RequestId;
use crate::request_body::read_body;
use crate::settings::LimitSettings;

/// Whoever asks, where he was found to be allowed to.
pub(super) struct Access {
    /// Who asks.
    pub(super) principal: Principal,
    /// The project in which he may do what he asks for.
    pub(super) scope: ProjectScope,
    /// The whole body of the request, which a signature covers.
    pub(super) body: Bytes,
}

/// Reads the body, finds out who asks, and whether he may do `action` in the project of the path.
///
/// # Errors
/// When the body is too large (413), the credentials are not valid (401), the project is none (400), or the policy
/// denies (403).
pub(super) async fn to_project(
    request: &HttpRequest,
    payload: web::Payload,
    state: &State,
    limits: &LimitSettings,
    action: Action,
) -> Result<Access, ApiError> {
    let body = read_body(payload, limits).await?;
    let principal = state.authenticator.authenticate(request, &body).await?;
    let project = query::project_id(request)?;
    let scope = authorize(request, state, &principal, action, &project)?;
    Ok(Access {
        principal,
        scope,
        body,
    })
}

/// [`to_project`] for a path that has no project: whoever asks does so in his own.
///
/// # Errors
/// When the body is too large (413), the credentials are not valid (401), or the policy denies (403).
pub(super) async fn to_own_project(
    request: &HttpRequest,
    payload: web::Payload,
    state: &State,
    limits: &LimitSettings,
    action: Action,
) -> Result<Access, ApiError> {
    let body = read_body(payload, limits).await?;
    let principal = state.authenticator.authenticate(request, &body).await?;
    let scope = authorize(request, state, &principal, action, principal.project_id())?;
    Ok(Access {
        principal,
        scope,
        body,
    })
}

/// Asks the policy. A denial carries its sealed reason, which belongs to the project of the credentials: its
/// administrators help its users, and learn nothing of others.
pub(super) fn authorize(
    request: &HttpRequest,
    state: &State,
    principal: &Principal,
    action: Action,
    project: &ProjectId,
) -> Result<ProjectScope, ApiError> {
    let denial = match state.policy.decide(principal, action, project) {
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
    let sealed = state
        .sealer
        .seal(&message, principal.project_id())
        .map_err(ApiError::internal)?;
    Err(ApiError::denied(denial, sealed))
}
