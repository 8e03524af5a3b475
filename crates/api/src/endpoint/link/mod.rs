//! Export links: made, watched, cancelled, and followed.

pub(super) mod cancel;
pub(super) mod follow;
pub(super) mod list;
pub(super) mod make;
pub(super) mod of_task;
pub(super) mod show;

mod file;

use actix_web::HttpRequest;
use deskledger_contract::LinkBody;
use deskledger_domain::{Action, ExportLink, LinkId, Principal, ProjectScope};
use deskledger_identity::Proof;

use super::caller::Identified;
use super::route::Protected;
use super::state::State;
use super::{access, caller, export, route};
use crate::error::ApiError;
use crate::http::query;
use crate::http::received::Received;
use crate::link::LinkRequest;

/// The longest path under which a link is followed, before its secret. What stands behind it is in no log.
pub(super) const FOLLOW: &str = "/v2/exports/{secret}";

/// The link in the path `/v2/{project_id}/connections/desktops/export-links/{link_id}`.
///
/// # Errors
/// When it is no identifier, which is that of no link (404).
fn link_id(request: &HttpRequest) -> Result<LinkId, ApiError> {
    let segment = request.uri().path().split('/').nth(6);
    let id = segment.and_then(query::decode);
    id.and_then(|id| LinkId::new(id).ok())
        .ok_or_else(ApiError::no_such_link)
}

/// A link as it is sent. What a later version of the program asked for is not shown, but the link is.
fn body(link: &ExportLink) -> LinkBody<'_> {
    let request = LinkRequest::from_json(&link.request);
    let parameters = request.map(LinkRequest::into_parameters);
    LinkBody::new(link, parameters.unwrap_or_default())
}

/// Whose links somebody may see and cancel in a project: their own, by the name of their user, or with `None` all.
fn user_of_links<'a>(
    state: &State,
    principal: &'a Principal,
    scope: &ProjectScope,
) -> Option<&'a str> {
    let policy = &state.access.get().policy;
    let manages = policy.decide(principal, Action::ManageExportLinks, scope.project_id());
    manages.is_err().then(|| principal.user())
}

/// With what the caller proved who they are, as far as a link keeps it.
fn proof<E: Protected>(caller: &Identified<E>) -> Proof {
    if caller.session.is_some() {
        return Proof::Session;
    }
    let authenticator = &caller.state.access.get().authenticator;
    authenticator.proof(&Received(&caller.request))
}

/// The session of the caller, in which alone the link may be followed.
fn session<E: Protected>(caller: &Identified<E>) -> Option<String> {
    let session = caller.session.as_ref()?;
    Some(session.about().id.to_string())
}

/// Who follows a link that was made in the session `made_in`: the user of that session, as they are now.
///
/// # Errors
/// When the request is not of that session: as for a path that there is not (404).
async fn of_session(
    request: &HttpRequest,
    state: &State,
    made_in: &str,
) -> Result<Principal, ApiError> {
    let access = state.access.get();
    let session = access.authenticator.session(&Received(request)).await;
    session
        .ok()
        .filter(|session| session.about().id.as_str() == made_in)
        .map(|session| session.principal().clone())
        .ok_or_else(ApiError::not_found)
}
