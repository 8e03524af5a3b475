//! What the handlers of sign-ins and of one's own session are handed.

use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderValue, SET_COOKIE};
use actix_web::web::{Bytes, Json};
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use deskledger_domain::{AuditAction, CredentialKind, ExportAudit, ExportProgress, Principal};
use deskledger_identity::{ActiveSession, BegunSession};
use futures_util::future::LocalBoxFuture;

use super::route::{Arguments, Endpoint};
use super::session::SessionInfo;
use crate::audit::{self, Subject, audit_of};
use crate::connection::ConnectionControl;
use crate::endpoint::State;
use crate::error::ApiError;
use crate::http::body::read_body;
use crate::http::limits::Limits;
use crate::http::no_store::NoStore;
use crate::http::received::Received;

/// What reading a request takes.
type Given = (web::Payload, web::Data<State>, Limits);

/// A request of somebody who signs in. It comes from a page of ours.
pub(in crate::endpoint) struct SigningIn<E> {
    /// The request.
    pub(super) request: HttpRequest,
    /// What every endpoint is handed.
    pub(super) state: web::Data<State>,
    /// Its body.
    pub(super) body: Bytes,
    endpoint: PhantomData<E>,
}

/// A request about the session that its cookie names.
pub(in crate::endpoint) struct InSession<E> {
    /// The request.
    pub(super) request: HttpRequest,
    /// What every endpoint is handed.
    pub(super) state: web::Data<State>,
    /// The session.
    pub(super) session: ActiveSession,
    /// Its body.
    pub(super) body: Bytes,
    endpoint: PhantomData<E>,
}

impl<E: Endpoint> Arguments for (SigningIn<E>,) {
    type Endpoint = E;
    const NEEDS_CREDENTIALS: bool = false;
}

impl<E: Endpoint> Arguments for (InSession<E>,) {
    type Endpoint = E;
    const NEEDS_CREDENTIALS: bool = false;
}

impl<E: Endpoint> FromRequest for SigningIn<E> {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, given) = (request.clone(), Given::from_request(request, payload));
        Box::pin(async move {
            let (payload, state, limits) = given.await?;
            let access = state.access.get();
            access
                .sign_in
                .check_site(&Received(&request))
                .map_err(ApiError::from)?;
            let body = {
                let control = ConnectionControl::of(&request);
                let _wait = control.map(|control| control.waiting_for_body());
                read_body(&request, payload, &limits).await?
            };
            Ok(Self {
                request,
                state,
                body,
                endpoint: PhantomData,
            })
        })
    }
}

impl<E: Endpoint> FromRequest for InSession<E> {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, given) = (request.clone(), Given::from_request(request, payload));
        Box::pin(async move {
            let (payload, state, limits) = given.await?;
            let access = state.access.get();
            let session = access.authenticator.session(&Received(&request)).await;
            let session = session.map_err(ApiError::from)?;
            if let Some(control) = ConnectionControl::of(&request) {
                control.authenticated()?;
            }
            let body = read_body(&request, payload, &limits).await?;
            Ok(Self {
                request,
                state,
                session,
                body,
                endpoint: PhantomData,
            })
        })
    }
}

impl<E: Endpoint> SigningIn<E> {
    /// Writes down that somebody signed in, and hands them their session: the cookie to their browser, the rest to the page.
    ///
    /// # Errors
    /// When it cannot be written down (503). Then there is no session.
    pub(super) async fn hand_out(
        self,
        begun: BegunSession,
        credential: CredentialKind,
    ) -> Result<NoStore<HttpResponse>, ApiError> {
        let Self { request, state, .. } = self;
        let cookie = audit_begun(&request, &state, &begun, credential).await?;
        let mut response = HttpResponse::Ok();
        response.insert_header((SET_COOKIE, cookie));
        let info = SessionInfo::new(&begun.session, &state);
        Ok(NoStore(response.json(info)))
    }
}

/// Writes down that somebody signed in. With it comes the cookie that may be handed out.
///
/// # Errors
/// When it cannot be written down (503). Then there is no session.
pub(super) async fn audit_begun(
    request: &HttpRequest,
    state: &State,
    begun: &BegunSession,
    credential: CredentialKind,
) -> Result<HeaderValue, ApiError> {
    let session = &begun.session;
    let audit = audit_of_session(request, state, session, credential, AuditAction::SignIn)?;
    let written = state
        .audit_log
        .record(audit, ExportProgress::default())
        .await;
    if let Err(error) = written {
        let access = state.access.get();
        let received = Received(request);
        access.sign_in.sign_out(&received, session).await?;
        return Err(error.into());
    }
    if let Some(control) = ConnectionControl::of(request) {
        control.authenticated()?;
    }
    let about = session.about();
    tracing::info!(
        user = about.user,
        project = session.principal().project_id().as_str(),
        session = about.id.as_str(),
        way = about.way.name(),
        "signed in"
    );
    HeaderValue::from_str(&begun.cookie).map_err(ApiError::internal)
}

/// Writes down that somebody was not signed in who claims to be a user of a project: its administrators see who is tried.
///
/// # Errors
/// When the name of the user is one that no database stores.
pub(super) async fn audit_refused<E>(
    request: &SigningIn<E>,
    claimed: &Principal,
    credential: CredentialKind,
    error: &ApiError,
) -> Result<(), ApiError> {
    let SigningIn { request, state, .. } = request;
    let subject = Subject::session(AuditAction::SignIn, None);
    let caller = (claimed, credential);
    let audit = audit_of(request, caller, None, subject, state.clock.now())?;
    audit::refuse(&state.audit_log, audit, error).await;
    Ok(())
}

/// The audit of something that the user of a session does with it.
///
/// # Errors
/// When the name of the user is one that no database stores.
pub(super) fn audit_of_session(
    request: &HttpRequest,
    state: &State,
    session: &ActiveSession,
    credential: CredentialKind,
    action: AuditAction,
) -> Result<ExportAudit, ApiError> {
    let subject = Subject::session(action, None);
    let caller = (session.principal(), credential);
    audit_of(request, caller, None, subject, state.clock.now())
}

/// JSON that nobody may keep.
pub(super) fn answer<T>(value: T) -> NoStore<Json<T>> {
    NoStore(Json(value))
}
