use actix_web::HttpResponse;
use actix_web::web::Json;
use deskledger_domain::{Action, AuditAction, ExportOutcome, ProjectScope, SessionId, format_time};
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::Identified;
use super::extract::answer;
use super::route::{Endpoint, Protected};
use crate::audit::{Subject, refusal};
use crate::error::{ApiError, ErrorCode};
use crate::http::no_store::NoStore;

/// The sessions that may act in a project.
#[derive(Serialize, ToSchema)]
pub(in crate::endpoint) struct SessionList {
    /// The newest first: 1,000 at most.
    sessions: Vec<SessionLine>,
}

/// A session of a list.
#[derive(Serialize, ToSchema)]
struct SessionLine {
    /// By which it can be ended. It opens nothing.
    #[schema(examples("0f6d8f4ad2c94ee5a0b9b3f1b3a1c2d4"))]
    id: String,
    /// The name of the user.
    user: String,
    /// How they signed in.
    #[schema(examples("token"))]
    way: String,
    /// Whether it is the session of this request.
    is_current: bool,
    /// The address that they signed in from, of IPv6 its network; null where it is not known.
    #[schema(required)]
    address: Option<String>,
    /// What their browser calls itself; null where it says nothing.
    #[schema(required)]
    user_agent: Option<String>,
    /// When they signed in, in UTC.
    #[schema(format = DateTime)]
    signed_in_at: String,
    /// When it was last used, to the minute.
    #[schema(format = DateTime)]
    last_used_at: String,
    /// When it ends at the latest.
    #[schema(format = DateTime)]
    ends_at: String,
}

/// Listing sessions.
pub(in crate::endpoint) struct ListSessions;

impl Endpoint for ListSessions {
    const REFUSALS: &'static [ErrorCode] = &[ErrorCode::SignInNotConfigured];
}

impl Protected for ListSessions {
    const ACTION: Action = Action::ListSessions;
}

/// Lists the sessions that may act in a project.
///
/// One's own; those of all users for callers that may do the action `workspace:tenants:listSessions`.
#[utoipa::path(
    get,
    path = "/v2/{project_id}/sessions",
    operation_id = "ListSessions",
    tag = "Sign-in",
    impl_for = ListSessions,
    responses((status = 200, description = "The sessions that are alive.", body = SessionList)),
)]
pub(in crate::endpoint) async fn list_sessions(
    caller: Identified<ListSessions>,
) -> Result<NoStore<Json<SessionList>>, ApiError> {
    let (scope, user) = caller.authorize_or_own()?;
    caller.refuse_body()?;
    let access = caller.state.access.get();
    let listed = access.sign_in.sessions()?.list(scope, user).await?;
    let current = caller.session.as_deref();
    let current = current.map(|session| &session.about().id);
    let sessions = listed.into_iter().map(|session| {
        let about = session.about;
        SessionLine {
            is_current: current == Some(&about.id),
            id: about.id.as_str().to_owned(),
            user: about.user,
            way: about.way.name().to_owned(),
            address: about.address,
            user_agent: about.user_agent,
            signed_in_at: format_time(about.created_at),
            last_used_at: format_time(session.last_used_at),
            ends_at: format_time(about.ends_at),
        }
    });
    Ok(answer(SessionList {
        sessions: sessions.collect(),
    }))
}

/// Ending a session. It is audited even where it is refused, so its handler has an order of its own.
pub(in crate::endpoint) struct EndSession;

impl Endpoint for EndSession {
    const REFUSALS: &'static [ErrorCode] =
        &[ErrorCode::SessionNotFound, ErrorCode::SignInNotConfigured];
}

impl Protected for EndSession {
    const ACTION: Action = Action::EndSessions;
}

/// Ends a session that may act in a project, in all of its projects.
///
/// One's own; that of any user for callers that may do the action `workspace:tenants:endSessions`.
#[utoipa::path(
    delete,
    path = "/v2/{project_id}/sessions/{session_id}",
    operation_id = "EndSession",
    tag = "Sign-in",
    impl_for = EndSession,
    responses((status = 204, description = "It has ended.")),
)]
pub(in crate::endpoint) async fn end_session(
    caller: Identified<EndSession>,
) -> Result<NoStore<HttpResponse>, ApiError> {
    let wanted = wanted(&caller).await;
    let user = wanted.as_ref().ok().map(|wanted| wanted.user.as_str());
    let audit = caller.audit(Subject::session(AuditAction::EndSession, user))?;
    let (wanted, audit) = caller.or_audited(wanted, audit).await?;
    let audit = caller.state.audit_log.open(audit).await?;
    let access = caller.state.access.get();
    let Wanted { scope, id, own, .. } = wanted;
    let ended = access.sign_in.sessions()?.end_one(scope, id, own).await;
    let ended = ended
        .map_err(ApiError::from)
        .and_then(|user| user.ok_or_else(ApiError::no_such_session));
    match ended {
        Ok(_) => {
            audit.close(ExportOutcome::Done, "");
            Ok(NoStore(HttpResponse::NoContent().finish()))
        }
        Err(error) => {
            audit.close(refusal(&error), &error.causes());
            Err(error)
        }
    }
}

/// A session that is to end.
struct Wanted {
    scope: ProjectScope,
    id: SessionId,
    /// Whose it is.
    user: String,
    /// Whose it must be, where the caller may end none but their own.
    own: Option<String>,
}

async fn wanted(caller: &Identified<EndSession>) -> Result<Wanted, ApiError> {
    let (scope, own) = caller.authorize_or_own()?;
    caller.refuse_body()?;
    let id = caller.request.match_info().query("session_id");
    let id = SessionId::new(id).map_err(|_| ApiError::no_such_session())?;
    let access = caller.state.access.get();
    let sessions = access.sign_in.sessions()?;
    let listed = sessions.list(scope.clone(), own.clone()).await?;
    let found = listed.into_iter().find(|session| session.about.id == id);
    let user = found.ok_or_else(ApiError::no_such_session)?.about.user;
    Ok(Wanted {
        scope,
        id,
        user,
        own,
    })
}
