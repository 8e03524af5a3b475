//! Signing in: from credentials of a person to a session.

mod attempts;
mod oidc;
mod return_path;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use deskledger_domain::{ProjectId, SignInWay};
use secrecy::{ExposeSecret as _, SecretString};

use self::attempts::Attempts;
pub use self::oidc::{BegunByProvider, ProviderAnswer, ToProvider};
pub use self::return_path::{InvalidReturnPath, ReturnPath};
use crate::error::{IdentityError, IdentityErrorKind};
use crate::iam::{IamTokens, PasswordLogin};
use crate::oidc::Oidc;
use crate::request::Request;
use crate::session::{ActiveSession, Asked, SessionProject, Sessions, SignedIn, no_project};
use crate::token::TokenVerifier;

/// Counts wrong attempts to sign in. All clones count together.
#[derive(Clone, Default)]
pub struct SignInAttempts(Arc<Attempts>);

/// Lets people sign in.
pub struct SignIn {
    /// `None`: the settings hold no key that could seal sessions.
    sessions: Option<Sessions>,
    tokens: Arc<dyn TokenVerifier>,
    /// `None`: there is no IAM.
    iam: Option<Arc<IamTokens>>,
    /// `None`: there is no provider.
    oidc: Option<Oidc>,
    attempts: SignInAttempts,
}

/// A project of a user, with its name.
type NamedProject = (ProjectId, Option<String>);

/// How many projects are tried for one that the user has roles in.
const MOST_TRIED: usize = 5;

/// A session that has just begun.
#[derive(Debug)]
pub struct BegunSession {
    /// The session.
    pub session: ActiveSession,
    /// The header `Set-Cookie` that hands it to the browser.
    pub cookie: String,
}

impl SignIn {
    /// Lets people sign in with what `tokens` calls valid, and with passwords of `iam`, and by a provider, where there are
    /// sessions.
    pub fn new(
        sessions: Option<Sessions>,
        tokens: Arc<dyn TokenVerifier>,
        iam: Option<Arc<IamTokens>>,
        oidc: Option<Oidc>,
        attempts: SignInAttempts,
    ) -> Self {
        Self {
            sessions,
            tokens,
            iam,
            oidc,
            attempts,
        }
    }

    /// The sessions, where there are any.
    ///
    /// # Errors
    /// When nobody can sign in here (404).
    pub fn sessions(&self) -> Result<&Sessions, IdentityError> {
        self.sessions.as_ref().ok_or_else(|| {
            IdentityError::refused(
                IdentityErrorKind::NotConfigured,
                "nobody can sign in to this service: send credentials with each request",
            )
        })
    }

    /// The ways by which people can sign in here.
    pub fn ways(&self) -> Vec<SignInWay> {
        if self.sessions.is_none() {
            return Vec::new();
        }
        let oidc = self.oidc.as_ref().map(|_| SignInWay::Oidc);
        let iam = self.iam.as_ref().map(|_| SignInWay::Iam);
        let ways = oidc.into_iter().chain(iam);
        ways.chain([SignInWay::Token]).collect()
    }

    /// Refuses a sign-in that no page of ours asks for: otherwise another site could sign a browser in as somebody else.
    ///
    /// # Errors
    /// When nobody can sign in here (404), or it comes from elsewhere (403).
    pub fn check_site(&self, request: &impl Request) -> Result<(), IdentityError> {
        self.sessions()?.check_site(request, Asked::ByScript)
    }

    /// Begins a session of the user of a token.
    ///
    /// # Errors
    /// When the token is not valid (401), or for no project (403), when too many were wrong (429), and when that cannot be found
    /// out (503).
    pub async fn by_token(
        &self,
        request: &impl Request,
        token: &SecretString,
    ) -> Result<BegunSession, IdentityError> {
        let sessions = self.sessions()?;
        let attempt = self
            .attempts
            .0
            .begin(request.peer(), None)
            .map_err(too_many)?;
        let bytes = token.expose_secret().as_bytes();
        let principal = match self.tokens.verify(bytes, request.peer()).await {
            Ok(principal) => principal,
            Err(error) => {
                return Err(match error.kind() {
                    IdentityErrorKind::Unauthenticated => refused("the token is not valid"),
                    IdentityErrorKind::TokenExpired => refused("the token has expired"),
                    IdentityErrorKind::NoProject => {
                        attempt.was_right();
                        return Err(error);
                    }
                    _ => {
                        attempt.was_not_judged();
                        return Err(error);
                    }
                });
            }
        };
        attempt.was_right();
        let (user, project) = (principal.user(), principal.project_id().as_str());
        let signed_in = SignedIn {
            user: user.to_owned(),
            way: SignInWay::Token,
            identity: vec![user.to_owned(), project.to_owned()],
            projects: vec![SessionProject::of(&principal, None)],
            token: Some(token.expose_secret().to_owned()),
            replaces: None,
            expires_at: None,
        };
        let (session, cookie) = sessions.begin(request, signed_in).await?;
        Ok(BegunSession { session, cookie })
    }

    /// Begins a session of a user of IAM, in a project of theirs: the one that they name, or the first that they have roles in.
    ///
    /// # Errors
    /// When the password is wrong (401), or the user has no such project (403), when too many were wrong (429), and when that
    /// cannot be found out (503).
    pub async fn by_password(
        &self,
        request: &impl Request,
        login: PasswordLogin,
        project: Option<&ProjectId>,
    ) -> Result<BegunSession, IdentityError> {
        let sessions = self.sessions()?;
        let iam = self.iam()?;
        let peer = request.peer();
        let domain = login.domain.clone();
        let attempt = self
            .attempts
            .0
            .begin(peer, Some(&[&domain, &login.user]))
            .map_err(too_many)?;
        let user = match iam.user_by_password(login, peer).await {
            Ok(Some(user)) => user,
            Ok(None) => {
                return Err(refused(
                    "the domain, the user, the password or the code is not valid",
                ));
            }
            Err(error) => {
                attempt.was_not_judged();
                return Err(error);
            }
        };
        attempt.was_right();
        let (chosen, others) = self
            .chosen(iam, &user.token, &user.projects, project, peer)
            .await?;
        let others = others.into_iter();
        let others = others.map(|(id, name)| SessionProject::without_roles(&id, name));
        let signed_in = SignedIn {
            user: user.user,
            way: SignInWay::Iam,
            identity: vec![user.user_id],
            projects: std::iter::once(chosen).chain(others).collect(),
            token: Some(user.token),
            replaces: None,
            expires_at: Some(user.expires_at),
        };
        let (session, cookie) = sessions.begin(request, signed_in).await?;
        Ok(BegunSession { session, cookie })
    }

    /// The project that a user of IAM acts in at first, with their roles there, and the others that they have.
    async fn chosen(
        &self,
        iam: &IamTokens,
        token: &str,
        projects: &[NamedProject],
        named: Option<&ProjectId>,
        peer: Option<IpAddr>,
    ) -> Result<(SessionProject, Vec<NamedProject>), IdentityError> {
        let wanted = projects
            .iter()
            .filter(|(id, _)| named.is_none_or(|named| named == id));
        for (id, name) in wanted.take(MOST_TRIED) {
            if let Some(principal) = iam.in_project(token, id, peer).await? {
                let others = projects.iter().filter(|(other, _)| other != id);
                let chosen = SessionProject::of(&principal, name.clone());
                return Ok((chosen, others.cloned().collect()));
            }
        }
        Err(no_project())
    }

    /// Chooses another project of a session. The roles of a user of IAM there are found out.
    ///
    /// # Errors
    /// When the user has no such project (403), the session has ended (401), or that cannot be found out (503).
    pub async fn choose(
        &self,
        session: &ActiveSession,
        project: &ProjectId,
        peer: Option<IpAddr>,
    ) -> Result<ActiveSession, IdentityError> {
        let sessions = self.sessions()?;
        let is_known = session
            .projects()
            .iter()
            .any(|known| known.id() == project.as_str());
        let token = session
            .token()
            .filter(|_| session.about().way == SignInWay::Iam);
        let Some(token) = token.filter(|_| is_known) else {
            return sessions.choose(session, project, None).await;
        };
        let principal = self.iam()?.in_project(token, project, peer).await?;
        let principal = principal.ok_or_else(no_project)?;
        sessions.choose(session, project, Some(&principal)).await
    }

    /// Ends a session, and says which cookie to delete. The token that IAM issued for it is revoked there.
    ///
    /// # Errors
    /// When the database does not answer (503).
    pub async fn sign_out(
        &self,
        request: &impl Request,
        session: &ActiveSession,
    ) -> Result<String, IdentityError> {
        let cookie = self.sessions()?.sign_out(request, session).await?;
        if session.about().way == SignInWay::Iam
            && let (Some(iam), Some(token)) = (&self.iam, session.token())
        {
            iam.revoke(token);
        }
        Ok(cookie)
    }

    fn iam(&self) -> Result<&IamTokens, IdentityError> {
        self.iam.as_deref().ok_or_else(|| {
            IdentityError::refused(
                IdentityErrorKind::NotConfigured,
                "nobody can sign in with a password here: GET /v2/sign-in lists the ways that there are",
            )
        })
    }
}

fn refused(message: &'static str) -> IdentityError {
    IdentityError::refused(IdentityErrorKind::SignInRefused, message)
}

fn too_many(wait: Duration) -> IdentityError {
    IdentityError::refused_for(
        IdentityErrorKind::TooManyRequests,
        "too many attempts to sign in were wrong: try again later",
        wait,
        None,
    )
}
