use std::collections::BTreeSet;

use actix_web::HttpResponse;
use actix_web::http::header::SET_COOKIE;
use actix_web::web::Json;
use chrono::TimeDelta;
use deskledger_domain::{AuditAction, CredentialKind, ExportOutcome, ProjectId, format_time};
use deskledger_identity::{ActiveSession, Request as _, SessionProject};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{InSession, answer, audit_of_session};
use super::route::Endpoint;
use crate::audit::refusal;
use crate::endpoint::State;
use crate::error::{ApiError, ErrorCode};
use crate::http::body::{read_object, refuse_body};
use crate::http::no_store::NoStore;
use crate::http::received::Received;

/// A session, for the page that has it.
#[derive(Serialize, ToSchema)]
pub(in crate::endpoint) struct SessionInfo {
    /// By which it is named in lists. It opens nothing.
    #[schema(examples("0f6d8f4ad2c94ee5a0b9b3f1b3a1c2d4"))]
    id: String,
    /// The name of the user.
    user: String,
    /// How they signed in.
    #[schema(examples("token"))]
    way: &'static str,
    /// The project that is chosen: what is asked for must be in it.
    project_id: String,
    /// The projects that may be chosen.
    projects: Vec<ProjectInfo>,
    /// When they signed in, in UTC.
    #[schema(format = DateTime)]
    signed_in_at: String,
    /// When the session ends at the latest.
    #[schema(format = DateTime)]
    ends_at: String,
    /// When it ends if it is not used.
    #[schema(format = DateTime)]
    idle_ends_at: String,
}

/// A project that may be chosen.
#[derive(Serialize, ToSchema)]
struct ProjectInfo {
    /// Its identifier.
    id: String,
    /// What people call it; null where that is not known.
    #[schema(required)]
    name: Option<String>,
    /// The roles of the user in it; null where they are found out when it is chosen.
    #[schema(required)]
    roles: Option<BTreeSet<String>>,
}

impl SessionInfo {
    pub(super) fn new(session: &ActiveSession, state: &State) -> Self {
        let about = session.about();
        let access = state.access.get();
        let idle = access.sign_in.sessions().ok();
        let idle = idle.and_then(|sessions| TimeDelta::from_std(sessions.options().idle).ok());
        let idle_ends = session.last_used_at() + idle.unwrap_or_default();
        Self {
            id: about.id.as_str().to_owned(),
            user: about.user.clone(),
            way: about.way.name(),
            project_id: session.principal().project_id().as_str().to_owned(),
            projects: session.projects().iter().map(ProjectInfo::from).collect(),
            signed_in_at: format_time(about.created_at),
            ends_at: format_time(about.ends_at),
            idle_ends_at: format_time(idle_ends.min(about.ends_at)),
        }
    }
}

impl From<&SessionProject> for ProjectInfo {
    fn from(project: &SessionProject) -> Self {
        Self {
            id: project.id().to_owned(),
            name: project.name.clone(),
            roles: project.roles.clone(),
        }
    }
}

/// Showing one's own session.
pub(in crate::endpoint) struct ShowSession;

impl Endpoint for ShowSession {
    const REFUSALS: &'static [ErrorCode] = REFUSALS;
}

/// What every request about one's own session may be refused with.
const REFUSALS: &[ErrorCode] = &[
    ErrorCode::InvalidRequest,
    ErrorCode::NoSession,
    ErrorCode::OtherSite,
    ErrorCode::BodyTooSlow,
    ErrorCode::BodyTooLarge,
    ErrorCode::UnsupportedMediaType,
    ErrorCode::TooManyRequests,
    ErrorCode::Unavailable,
    ErrorCode::IamUnavailable,
];

/// Shows the session that the cookie names.
#[utoipa::path(
    get,
    path = "/v2/session",
    operation_id = "ShowSession",
    tag = "Sign-in",
    security(("session" = [])),
    impl_for = ShowSession,
    responses((status = 200, description = "The session.", body = SessionInfo)),
)]
pub(in crate::endpoint) async fn show_session(
    request: InSession<ShowSession>,
) -> Result<NoStore<Json<SessionInfo>>, ApiError> {
    refuse_body(&request.request, &request.body)?;
    Ok(answer(SessionInfo::new(&request.session, &request.state)))
}

/// A project to act in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChosenProject {
    /// One of the projects of the session.
    #[schema(min_length = 1, max_length = 255)]
    project_id: String,
}

/// Choosing another project.
pub(in crate::endpoint) struct ChooseProject;

impl Endpoint for ChooseProject {
    const REFUSALS: &'static [ErrorCode] = &[
        ErrorCode::InvalidRequest,
        ErrorCode::InvalidBody,
        ErrorCode::InvalidProjectId,
        ErrorCode::NoSession,
        ErrorCode::Forbidden,
        ErrorCode::OtherSite,
        ErrorCode::BodyTooSlow,
        ErrorCode::BodyTooLarge,
        ErrorCode::UnsupportedMediaType,
        ErrorCode::TooManyRequests,
        ErrorCode::Unavailable,
        ErrorCode::IamUnavailable,
    ];
}

/// Chooses another of the projects of the session.
///
/// From then on, what is asked for must be in that project.
#[utoipa::path(
    put,
    path = "/v2/session",
    operation_id = "ChooseProject",
    tag = "Sign-in",
    security(("session" = [])),
    impl_for = ChooseProject,
    request_body = ChosenProject,
    responses((status = 200, description = "The session, with the project chosen.", body = SessionInfo)),
)]
pub(in crate::endpoint) async fn choose_project(
    request: InSession<ChooseProject>,
) -> Result<NoStore<Json<SessionInfo>>, ApiError> {
    let body: ChosenProject = read_object(
        &request.request,
        &request.body,
        "an object with one field, project_id, which is a text",
    )?;
    let project = ProjectId::new(body.project_id)
        .map_err(|mistake| ApiError::new(ErrorCode::InvalidProjectId, mistake.to_string()))?;
    let session = {
        let access = request.state.access.get();
        let peer = Received(&request.request).peer();
        access
            .sign_in
            .choose(&request.session, &project, peer)
            .await?
    };
    let about = session.about();
    tracing::info!(user = about.user, session = about.id.as_str(), %project, "project chosen");
    Ok(answer(SessionInfo::new(&session, &request.state)))
}

/// Signing out.
pub(in crate::endpoint) struct SignOut;

impl Endpoint for SignOut {
    const REFUSALS: &'static [ErrorCode] = REFUSALS;
}

/// Signs out: the session ends.
#[utoipa::path(
    delete,
    path = "/v2/session",
    operation_id = "SignOut",
    tag = "Sign-in",
    security(("session" = [])),
    impl_for = SignOut,
    responses((status = 204, description = "It has ended.")),
)]
pub(in crate::endpoint) async fn sign_out(
    request: InSession<SignOut>,
) -> Result<NoStore<HttpResponse>, ApiError> {
    let InSession {
        request,
        state,
        session,
        body,
        ..
    } = request;
    refuse_body(&request, &body)?;
    let action = AuditAction::SignOut;
    let audit = audit_of_session(&request, &state, &session, CredentialKind::Session, action)?;
    let audit = state.audit_log.open(audit).await?;
    let access = state.access.get();
    match access.sign_in.sign_out(&Received(&request), &session).await {
        Ok(cookie) => {
            audit.close(ExportOutcome::Done, "");
            let mut response = HttpResponse::NoContent();
            response.insert_header((SET_COOKIE, cookie));
            Ok(NoStore(response.finish()))
        }
        Err(error) => {
            let error = ApiError::from(error);
            audit.close(refusal(&error), &error.causes());
            Err(error)
        }
    }
}
