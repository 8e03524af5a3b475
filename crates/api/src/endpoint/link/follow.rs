use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse};
use deskledger_contract::openapi::exported_file;
use deskledger_domain::{Action, ExportAudit, Language, Principal, ProjectId, ProjectScope};
use deskledger_identity::LinkSecret;
use deskledger_store::WaitingLink;
use utoipa::openapi::Response;

use super::caller::Open;
use super::export::{self, Beginning};
use super::route::Endpoint;
use super::{access, file};
use crate::audit::{self, Subject, audit_of};
use crate::connection::ConnectionControl;
use crate::endpoint::State;
use crate::error::{ApiError, ErrorCode};
use crate::http::no_store::NoStore;
use crate::http::query;
use crate::link::{LinkRequest, LinkRun};

/// The download that a link leads to. Its client has no credentials but the secret in the path.
pub(in crate::endpoint) struct FollowExportLink;

impl Endpoint for FollowExportLink {
    const REFUSALS: &'static [ErrorCode] = &[
        ErrorCode::NotFound,
        ErrorCode::Forbidden,
        ErrorCode::TooManyRequests,
        ErrorCode::Unavailable,
        ErrorCode::TooManyRows,
        ErrorCode::ProtocolTooOld,
        ErrorCode::TaskNotFound,
        ErrorCode::TaskExpired,
    ];

    fn files() -> Vec<(&'static str, Response)> {
        let file = exported_file(
            "The file, as the export answers, or as the download of the task does but whole. JSON Lines are \
             `application/x-ndjson`.",
        );
        vec![("200", file)]
    }
}

/// Follows an export link.
///
/// It leads to its file once. A link that was followed, has expired, was cancelled or never was is answered as a path that does not
/// exist. HEAD does not use it up.
#[utoipa::path(
    get,
    path = "/v2/exports/{secret}",
    operation_id = "FollowExportLink",
    tag = "Export links",
    impl_for = FollowExportLink,
    security(()),
)]
pub(in crate::endpoint) async fn follow_export_link(
    open: Open<FollowExportLink>,
) -> Result<NoStore<HttpResponse>, ApiError> {
    let Open { request, state, .. } = open;
    let segment = request.uri().path().split('/').nth(3).unwrap_or_default();
    let secret = query::decode(segment).and_then(|secret| LinkSecret::parse(&secret));
    let peer = ConnectionControl::client_of(&request);
    let WaitingLink {
        link,
        session,
        request: kept,
    } = state.links.waiting(secret, peer).await?;
    if let Some(control) = ConnectionControl::of(&request) {
        control.authenticated()?;
    }
    let made = LinkRequest::from_json(&kept)?;
    let then = match session {
        Some(session) => super::of_session(&request, &state, &session).await?,
        None => made.principal(&link.project_id),
    };
    let subject = Subject::link(link.task_id.clone(), made.audited_query());
    let now = state.clock.now();
    let audit = audit_of(
        &request,
        (&then, made.credential()),
        Some(&link.project_id),
        subject,
        now,
    )?;
    let action = match &link.task_id {
        None => Action::ExportConnections,
        Some(_) => Action::ExportAsTask,
    };
    let found = may_still(&request, &state, (&made, then), action, &link.project_id).await;
    let scope = or_audited(&state, found, &audit).await?;
    let follow = Follow {
        request,
        state,
        link,
        made,
        scope,
        audit,
    };
    let response = match follow.link.task_id.clone() {
        None => Box::pin(follow.export()).await,
        Some(task) => Box::pin(file::hand_out(follow, task)).await,
    };
    response.map(NoStore)
}

/// A link that is being followed by who may.
pub(super) struct Follow {
    pub(super) request: HttpRequest,
    pub(super) state: actix_web::web::Data<State>,
    pub(super) link: deskledger_domain::ExportLink,
    pub(super) made: LinkRequest,
    pub(super) scope: ProjectScope,
    pub(super) audit: ExportAudit,
}

impl Follow {
    /// Begins the download: nobody else does from now on.
    pub(super) async fn begin(&self) -> Result<LinkRun, ApiError> {
        let connection = ConnectionControl::of(&self.request).cloned();
        self.state.links.begin(&self.link, connection).await
    }

    async fn export(self) -> Result<HttpResponse, ApiError> {
        let asked = self.made.export(self.scope.clone())?;
        let name = export::disposition(
            Language::file_stem,
            asked.language,
            asked.format,
            self.audit.fields().started_at,
        );
        let (response, transfer) = match export::begin(&self.request, asked.format, name) {
            Beginning::File(response, transfer) => (response, transfer),
            Beginning::Head(response) => return Ok(response),
        };
        let run = self.begin().await?;
        let connection = ConnectionControl::of(&self.request).cloned();
        let export = self.state.exports.start(
            asked,
            transfer,
            (&self.state.audit_log, self.audit),
            connection,
            Some(run.follower()),
        );
        let started = tokio::select! {
            started = export => started,
            () = run.cancelled() => Err(ApiError::not_found()),
        };
        match started {
            Ok(export) => Ok(export::complete(response, export)),
            Err(error) => {
                run.fail(&error).await;
                Err(error)
            }
        }
    }
}

/// What was found; where it is an error, that is audited.
pub(super) async fn or_audited<T>(
    state: &State,
    found: Result<T, ApiError>,
    audit: &ExportAudit,
) -> Result<T, ApiError> {
    if let Err(error) = &found {
        audit::refuse(&state.audit_log, audit.clone(), error).await;
    }
    found
}

/// Finds out whether who made a link may still do what it is for: their credentials are valid, and the policy allows it.
async fn may_still(
    request: &HttpRequest,
    state: &Arc<State>,
    (made, then): (&LinkRequest, Principal),
    action: Action,
    project: &ProjectId,
) -> Result<ProjectScope, ApiError> {
    let access = state.access.get();
    let recalled = access.authenticator.recall(made.proof(), then).await?;
    let principal = recalled.ok_or_else(|| {
        ApiError::new(
            ErrorCode::Forbidden,
            "the credentials that the link was made with are valid no more",
        )
    })?;
    access::authorize(request, state, &principal, action, project)
}
