//! Sessions of people: what a browser holds, what the database keeps of it, and what it authorises.

mod active;
mod cookie;
mod document;
mod lookup;
mod pending;
mod seal;
mod secret;
mod site;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use deskledger_domain::{Clock, Principal, ProjectId, ProjectScope, SessionId};
use deskledger_store::{
    Alive, ListedSession, NewSession, SessionAbout, SessionHash, SessionStore, StoreError,
};

pub use self::active::{ActiveSession, SessionOptions, SignedIn};
pub use self::document::SessionProject;
pub(crate) use self::pending::PendingSignIn;
pub use self::seal::SessionSealer;
pub(crate) use self::secret::SessionSecret;
pub(crate) use self::site::Asked;
pub use self::site::{SCRIPT_HEADER, Site};

use self::active::{owner, user_agent};
use self::cookie::{Held, SESSION};
use self::document::SessionDocument;
use self::lookup::Lookups;
use crate::error::{IdentityError, IdentityErrorKind};
use crate::request::Request;
use crate::token::TokenVerifier;

/// The most projects that a session may choose between. A person with more names the one that they want when they sign in.
pub const MOST_PROJECTS: usize = 200;

/// How often it is written down at most that a session is used: once in this time, and ten times while it may be idle.
const NOTE_INTERVAL: Duration = Duration::from_secs(60);

/// How many sessions a list holds at most.
const MOST_LISTED: u32 = 1000;

/// The sessions of a service. All clones are of the same one.
#[derive(Clone)]
pub struct Sessions {
    store: Arc<dyn SessionStore>,
    sealer: Arc<SessionSealer>,
    options: Arc<SessionOptions>,
    lookups: Lookups,
    clock: Clock,
}

impl Sessions {
    /// The sessions of a store.
    pub fn new(
        store: Arc<dyn SessionStore>,
        sealer: SessionSealer,
        options: SessionOptions,
        clock: Clock,
    ) -> Self {
        Self {
            store,
            sealer: Arc::new(sealer),
            options: Arc::new(options),
            lookups: Lookups::new(),
            clock,
        }
    }

    /// The same sessions with other keys and options.
    #[must_use]
    pub fn with(&self, sealer: SessionSealer, options: SessionOptions) -> Self {
        Self {
            sealer: Arc::new(sealer),
            options: Arc::new(options),
            ..self.clone()
        }
    }

    /// How long they live, and whose requests they authorise.
    pub fn options(&self) -> &SessionOptions {
        &self.options
    }

    /// Whether a request holds a cookie of a session, whatever is in it.
    pub(crate) fn are_named_by(&self, request: &impl Request) -> bool {
        SESSION.of(request, &self.options.site) != Held::Nothing
    }

    /// Refuses what no page of ours asks for.
    ///
    /// # Errors
    /// When it comes from elsewhere (403).
    pub(crate) fn check_site(
        &self,
        request: &impl Request,
        asked: Asked,
    ) -> Result<(), IdentityError> {
        self.options.site.check(request, asked)
    }

    /// The session that a request names by its cookie. `tokens` says whether the token that vouches for it is still valid.
    ///
    /// # Errors
    /// When the request comes from another site (403), when there is no such session or it is over (401), or too many are looked
    /// for (429), and when the database or IAM does not answer (503).
    pub(crate) async fn authenticate(
        &self,
        request: &impl Request,
        tokens: &dyn TokenVerifier,
    ) -> Result<ActiveSession, IdentityError> {
        self.check_site(request, Asked::ByScriptOrNavigation)?;
        let (peer, hash) = (request.peer(), self.hash(request).ok_or_else(no_session)?);
        let mut session = self.find(hash, peer).await?.ok_or_else(no_session)?;
        if let Some(token) = session.document.token.clone() {
            match tokens.verify(token.as_bytes(), peer).await {
                // What was taken from the user since then is theirs no more; what was given to them is theirs when they sign in
                // again.
                Ok(now) if now.project_id() == session.principal.project_id() => {
                    session.principal = with_roles_of(&session.principal, &now);
                }
                Ok(_) => {}
                Err(error) => match error.kind() {
                    // It is valid, and for no project.
                    IdentityErrorKind::NoProject => {}
                    IdentityErrorKind::Unauthenticated | IdentityErrorKind::TokenExpired => {
                        self.end(session.hash).await?;
                        return Err(no_session());
                    }
                    _ => return Err(error),
                },
            }
        }
        Ok(session)
    }

    /// Begins a session of somebody who signed in, and ends the one that their browser had. With it comes the cookie to set.
    ///
    /// # Errors
    /// When the database does not answer (503), or the system has no random bytes.
    pub(crate) async fn begin(
        &self,
        request: &impl Request,
        signed_in: SignedIn,
    ) -> Result<(ActiveSession, String), IdentityError> {
        let secret = SessionSecret::random().map_err(IdentityError::Seal)?;
        let id = SessionSecret::random().map_err(IdentityError::Seal)?.hash();
        let SignedIn {
            user,
            way,
            identity,
            mut projects,
            token,
            replaces,
            expires_at,
        } = signed_in;
        projects.truncate(MOST_PROJECTS);
        let now = whole_micros(self.clock.now());
        let lifetime = TimeDelta::from_std(self.options.lifetime).unwrap_or(TimeDelta::MAX);
        let latest = now.checked_add_signed(lifetime).unwrap_or(now);
        let about = SessionAbout {
            id: SessionId::new(base16ct::lower::encode_string(&id[..16]))
                .map_err(|_| no_session())?,
            user: user.clone(),
            way,
            created_at: now,
            ends_at: whole_micros(expires_at.map_or(latest, |end| end.min(latest))),
            address: request.peer().map(|address| address.to_string()),
            user_agent: user_agent(request),
        };
        let document = SessionDocument::new(user, projects, token);
        let principal = document.principal().ok_or_else(no_project)?;
        let hash = secret.hash();
        let sealed = self
            .sealer
            .seal(&hash, &about, &document)
            .map_err(IdentityError::Seal)?;
        let owner = owner(way, &identity);
        let before = replaces.or_else(|| self.hash(request));
        let (session, bounds) = (about.clone(), self.options.bounds);
        let projects = document.projects.iter();
        let projects: Vec<_> = projects
            .filter_map(|project| ProjectId::new(project.id()).ok())
            .collect();
        self.ask(move |store| {
            let session = NewSession {
                hash: &hash,
                about: &session,
                owner: &owner,
                projects: &projects,
                sealed: &sealed,
                replaces: before.as_ref(),
            };
            store.begin(&session, bounds)
        })
        .await?;
        let cookie = SESSION.set(request, &self.options.site, &secret.text(), None);
        let session = ActiveSession {
            hash,
            about,
            document,
            principal,
            last_used_at: now,
        };
        Ok((session, cookie))
    }

    /// Chooses another project of a session; `roles` are those of the user there, where they were just found out.
    ///
    /// # Errors
    /// When the session has no such project (403), or has ended (401), and when the database does not answer (503).
    pub(crate) async fn choose(
        &self,
        session: &ActiveSession,
        project: &ProjectId,
        roles: Option<&Principal>,
    ) -> Result<ActiveSession, IdentityError> {
        let mut changed = session.clone();
        let chosen = changed.document.choose(project).ok_or_else(no_project)?;
        if let Some(principal) = roles {
            chosen.roles = Some(principal.roles().map(str::to_owned).collect());
        }
        changed.principal = changed.document.principal().ok_or_else(no_project)?;
        let sealed = self
            .sealer
            .seal(&changed.hash, &changed.about, &changed.document)
            .map_err(IdentityError::Seal)?;
        let hash = changed.hash;
        let is_there = self.ask(move |store| store.reseal(&hash, &sealed)).await?;
        if is_there {
            Ok(changed)
        } else {
            Err(no_session())
        }
    }

    /// Ends a session, and says which cookie to delete.
    ///
    /// # Errors
    /// When the database does not answer (503).
    pub async fn sign_out(
        &self,
        request: &impl Request,
        session: &ActiveSession,
    ) -> Result<String, IdentityError> {
        self.end(session.hash).await?;
        Ok(SESSION.delete(request, &self.options.site))
    }

    /// The sessions that are alive and may act in a project, of all users or of one, newest first: 1,000 at most.
    ///
    /// # Errors
    /// When the database does not answer (503).
    pub async fn list(
        &self,
        scope: ProjectScope,
        user: Option<String>,
    ) -> Result<Vec<ListedSession>, IdentityError> {
        let alive = self.alive();
        self.ask(move |store| store.list(&scope, user.as_deref(), alive, MOST_LISTED))
            .await
    }

    /// Ends a session that may act in a project, of anybody or of one user. The name of its user; `None` where there is no such
    /// session.
    ///
    /// # Errors
    /// When the database does not answer (503).
    pub async fn end_one(
        &self,
        scope: ProjectScope,
        id: SessionId,
        user: Option<String>,
    ) -> Result<Option<String>, IdentityError> {
        self.ask(move |store| store.end(&scope, &id, user.as_deref()))
            .await
    }

    async fn end(&self, hash: SessionHash) -> Result<bool, IdentityError> {
        self.ask(move |store| store.end_by_hash(&hash)).await
    }

    async fn find(
        &self,
        hash: SessionHash,
        peer: Option<IpAddr>,
    ) -> Result<Option<ActiveSession>, IdentityError> {
        let turn = self.lookups.turn(peer).await?;
        let stored = self
            .ask(move |store| {
                let stored = store.find(&hash);
                drop(turn);
                stored
            })
            .await?;
        let Some(stored) = stored else {
            return Ok(None);
        };
        let alive = self.alive();
        if !alive.is(stored.last_used_at, stored.about.ends_at) {
            return Ok(None);
        }
        let opened = self.sealer.open(&hash, &stored.about, &stored.sealed);
        let principal = opened.as_ref().and_then(SessionDocument::principal);
        let (Some(document), Some(principal)) = (opened, principal) else {
            let session = stored.about.id.as_str();
            tracing::warn!(
                session,
                "a session cannot be used: it was sealed with another key, or changed by hand"
            );
            return Ok(None);
        };
        let last_used_at = self.note_use(hash, stored.last_used_at, alive.now);
        Ok(Some(ActiveSession {
            hash,
            about: stored.about,
            document,
            principal,
            last_used_at,
        }))
    }

    /// Writes down from time to time that a session is used. No request waits for that, and where it fails the next one does it.
    fn note_use(
        &self,
        hash: SessionHash,
        last: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> DateTime<Utc> {
        let interval = NOTE_INTERVAL.min(self.options.idle / 10);
        if (now - last).to_std().is_ok_and(|age| age >= interval) {
            let store = Arc::clone(&self.store);
            tokio::task::spawn_blocking(move || {
                if let Err(error) = store.touch(&hash, now) {
                    tracing::debug!(%error, "the use of a session was not written down");
                }
            });
            return now;
        }
        last
    }

    /// The hash of what the cookie of a request holds.
    fn hash(&self, request: &impl Request) -> Option<SessionHash> {
        match SESSION.of(request, &self.options.site) {
            Held::One(value) => SessionSecret::from_text(value).map(|secret| secret.hash()),
            Held::Nothing | Held::Several => None,
        }
    }

    /// Which sessions are alive now.
    fn alive(&self) -> Alive {
        Alive {
            now: self.clock.now(),
            idle: self.options.idle,
        }
    }

    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&dyn SessionStore) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, IdentityError> {
        let store = Arc::clone(&self.store);
        let answer = tokio::task::spawn_blocking(move || question(store.as_ref()));
        Ok(answer.await??)
    }
}

/// The caller as they signed in, without the roles that they have no more.
fn with_roles_of(signed_in: &Principal, now: &Principal) -> Principal {
    let has = |role: &&str| now.roles().any(|other| other == *role);
    let roles = signed_in.roles().filter(has);
    Principal::new(signed_in.user(), signed_in.project_id().clone(), roles)
}

/// A time as both databases keep it.
fn whole_micros(time: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(time.timestamp_micros()).unwrap_or(time)
}

fn no_session() -> IdentityError {
    IdentityError::refused(
        IdentityErrorKind::NoSession,
        "there is no such session, or it has ended: sign in",
    )
}

pub(crate) fn no_project() -> IdentityError {
    IdentityError::refused(
        IdentityErrorKind::NoProject,
        "the user has no such project: choose one of those that GET /v2/session lists",
    )
}

#[cfg(test)]
mod tests;
