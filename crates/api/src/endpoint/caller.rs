//! What a handler is handed: a request that was read once, with who sent it and what they may do.
//!
//! Most handlers take [`Authorized`], after which nothing is left to check but the values of the query. Those with an order of
//! their own take [`Identified`] and do the rest themselves: what is audited even where it is refused (exports, downloads,
//! deletions), and what is identified by its head before its body is read (recordings).

use std::marker::PhantomData;
use std::mem;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest, web};
use deskledger_domain::{CredentialKind, ExportAudit, Principal, ProjectId, ProjectScope};
use deskledger_identity::{ActiveSession, Authenticated};
use futures_util::future::LocalBoxFuture;

use super::access;
use super::route::{Body, Endpoint, ProjectOf, Protected};
use super::state::State;
use crate::audit::{self, Subject, audit_of};
use crate::error::{ApiError, ErrorCode};
use crate::http::body::{IncomingBody, refuse_body};
use crate::http::limits::Limits;
use crate::http::query::{self, InvalidPath, MalformedQuery, Pairs};

/// What identifying a caller takes: the body of their request, what every endpoint is handed, and the limits as they are now.
type Given = (web::Payload, web::Data<State>, Limits);

/// A request that needs no credentials.
pub(super) struct Open<E> {
    /// The request.
    pub(super) request: HttpRequest,
    /// What every endpoint is handed.
    pub(super) state: web::Data<State>,
    endpoint: PhantomData<E>,
}

/// A request whose caller is known, but not yet whether they may send it.
///
/// Its body `B` is all of it ([`Bytes`]), or one that may not have been read yet ([`IncomingBody`]).
pub(super) struct Identified<E, B = Bytes> {
    /// The request.
    pub(super) request: HttpRequest,
    /// What every endpoint is handed.
    pub(super) state: web::Data<State>,
    /// Who sent it.
    pub(super) principal: Principal,
    /// With what they proved it.
    pub(super) credential: CredentialKind,
    /// Their session, where that proved it.
    pub(super) session: Option<Arc<ActiveSession>>,
    /// Its body, which a signature covers.
    pub(super) body: B,
    /// The project in its path.
    project: Result<ProjectId, InvalidPath>,
    pairs: Result<Pairs, MalformedQuery>,
    endpoint: PhantomData<E>,
}

/// A request whose caller may send it.
pub(super) struct Authorized<E> {
    /// The caller, and their request.
    pub(super) caller: Identified<E>,
    /// The project in which they may do what they ask for.
    pub(super) scope: ProjectScope,
    /// The pairs of its query, of an endpoint that has parameters.
    pub(super) pairs: Pairs,
}

impl<E: Protected, B> Identified<E, B> {
    /// Reads what a request says before anybody is asked whether it is allowed.
    fn new(
        request: HttpRequest,
        state: web::Data<State>,
        (caller, body): (Authenticated, B),
    ) -> Self {
        Self {
            project: query::project_id(&request),
            pairs: query::pairs(request.query_string()),
            request,
            state,
            principal: caller.principal,
            credential: caller.credential,
            session: caller.session,
            body,
            endpoint: PhantomData,
        }
    }

    /// Finds out whether the caller may do what the endpoint does.
    ///
    /// # Errors
    /// When the project of the path is invalid (400), or the policy denies (403).
    pub(super) fn authorize(&self) -> Result<ProjectScope, ApiError> {
        let (request, state) = (&self.request, &self.state);
        access::authorize(request, state, &self.principal, E::ACTION, self.acts_in()?)
    }

    /// Finds out whether the caller may do it for the whole project, or else with what is their own: then for the user that is
    /// returned.
    ///
    /// # Errors
    /// When the project of the path is invalid (400), or the credentials are for another one (403).
    pub(super) fn authorize_or_own(&self) -> Result<(ProjectScope, Option<String>), ApiError> {
        let (request, state) = (&self.request, &self.state);
        access::authorize_or_own(request, state, &self.principal, E::ACTION, self.acts_in()?)
    }

    fn acts_in(&self) -> Result<&ProjectId, ApiError> {
        Ok(match E::PROJECT {
            ProjectOf::Path => self.project.as_ref().map_err(InvalidPath::clone)?,
            ProjectOf::Credentials => self.principal.project_id(),
        })
    }

    /// The pairs of the query, in their order.
    ///
    /// # Errors
    /// When the query cannot be decoded (400).
    pub(super) fn pairs(&self) -> Result<&Pairs, ApiError> {
        Ok(self.pairs.as_ref().map_err(|mistake| *mistake)?)
    }

    /// The pairs of the query, or nothing where it cannot be decoded: what an audit keeps of it.
    pub(super) fn pairs_as_far_as_possible(&self) -> &[(String, String)] {
        self.pairs.as_deref().unwrap_or_default()
    }

    /// Nothing, where the query has no parameter.
    ///
    /// # Errors
    /// When it has one, or cannot be decoded: 400.
    pub(super) fn refuse_parameters(&self) -> Result<(), ApiError> {
        match self.pairs()?.first() {
            None => Ok(()),
            Some(_) => Err(ApiError::new(
                ErrorCode::UnknownParameter,
                "the query has a parameter, and this path takes no parameter: leave the query out",
            )),
        }
    }

    /// The draft of the audit of this request, which begins now.
    ///
    /// # Errors
    /// When the name of the user is one that no database stores. Then nothing is handed out.
    pub(super) fn audit(&self, subject: Subject) -> Result<ExportAudit, ApiError> {
        let requested = self.project.as_ref().ok();
        let now = self.state.clock.now();
        let caller = (&self.principal, self.credential);
        audit_of(&self.request, caller, requested, subject, now)
    }

    /// What was found, with the draft of its audit. Where it is an error, that is audited instead.
    ///
    /// # Errors
    /// The same.
    pub(super) async fn or_audited<T>(
        &self,
        found: Result<T, ApiError>,
        audit: ExportAudit,
    ) -> Result<(T, ExportAudit), ApiError> {
        match found {
            Ok(found) => Ok((found, audit)),
            Err(error) => {
                audit::refuse(&self.state.audit_log, audit, &error).await;
                Err(error)
            }
        }
    }
}

impl<E: Protected> Identified<E> {
    /// Refuses a body that the endpoint does not need.
    ///
    /// # Errors
    /// When it is of another type than the documented one (415).
    pub(super) fn refuse_body(&self) -> Result<(), ApiError> {
        refuse_body(&self.request, &self.body)
    }

    /// All that is checked before a handler begins, in its order: 400 and 403 for the project, 415, then 400 for the query.
    fn authorized(mut self) -> Result<Authorized<E>, ApiError> {
        let scope = self.authorize()?;
        if E::BODY == Body::Unneeded {
            self.refuse_body()?;
        }
        let pairs = if E::PARAMETERS.is_empty() {
            Pairs::new()
        } else {
            mem::replace(&mut self.pairs, Ok(Pairs::new()))?
        };
        Ok(Authorized {
            caller: self,
            scope,
            pairs,
        })
    }
}

impl<E: Endpoint> FromRequest for Open<E> {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, state) = (request.clone(), web::Data::from_request(request, payload));
        Box::pin(async move {
            Ok(Self {
                request,
                state: state.await?,
                endpoint: PhantomData,
            })
        })
    }
}

impl<E: Protected> FromRequest for Identified<E, Bytes> {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, given) = (request.clone(), Given::from_request(request, payload));
        Box::pin(async move {
            let (payload, state, limits) = given.await?;
            let caller = access::identify(&request, payload, &state, &limits).await?;
            Ok(Self::new(request, state, caller))
        })
    }
}

impl<E: Protected> FromRequest for Identified<E, IncomingBody> {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, given) = (request.clone(), Given::from_request(request, payload));
        Box::pin(async move {
            let (payload, state, limits) = given.await?;
            let caller = access::identify_by_head(&request, payload, &state, &limits).await?;
            Ok(Self::new(request, state, caller))
        })
    }
}

impl<E: Protected> FromRequest for Authorized<E> {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = Identified::<E>::from_request(request, payload);
        Box::pin(async move { Ok(caller.await?.authorized()?) })
    }
}
