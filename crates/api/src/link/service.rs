use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use deskledger_domain::{
    Clock, ExportLink, LinkFilter, LinkId, Principal, ProjectId, ProjectScope, TaskId,
};
use deskledger_identity::{Guesses, LinkSecret};
use deskledger_limiter::Limiter;
use deskledger_settings::LinkSettings;
use deskledger_store::{
    Added, ExportLinkStore, LinkPage, MostLinks, NewExportLink, StoreError, WaitingLink,
};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use uuid::Uuid;

use super::{LinkRequest, LinkRun};
use crate::connection::ConnectionControl;
use crate::error::{ApiError, ErrorCode};

/// How long a client should wait whose project, or who, has too many open links.
const RETRY: Duration = Duration::from_secs(30);

/// How long a client that follows a link waits for others that do, or guess.
const PATIENCE: Duration = Duration::from_secs(5);

/// What clients ask of links.
#[derive(Clone)]
pub(crate) struct LinkService {
    links: Arc<dyn ExportLinkStore>,
    clock: Clock,
    settings: LinkSettings,
    queries: Limiter,
    guesses: Arc<Guesses>,
    /// What bounds how many secrets are looked up at once: strangers may send any.
    lookups: Arc<Semaphore>,
}

/// A link that is to be made.
pub(crate) struct WantedLink {
    /// The tenant.
    pub(crate) scope: ProjectScope,
    /// What is asked for, and by whom.
    pub(crate) request: LinkRequest,
    /// The session that must follow it, where there is one.
    pub(crate) session: Option<String>,
    /// The task whose file it leads to, if it does.
    pub(crate) task_id: Option<TaskId>,
    /// How many records match, where that is known.
    pub(crate) total_count: Option<u64>,
    /// How many bytes the file has, where that is known.
    pub(crate) total_bytes: Option<u64>,
}

impl LinkService {
    /// A service over links. `queries` bounds how many questions about them run.
    pub(crate) fn new(
        links: Arc<dyn ExportLinkStore>,
        clock: Clock,
        settings: &LinkSettings,
        queries: Limiter,
    ) -> Self {
        Self {
            links,
            clock,
            settings: settings.clone(),
            queries,
            guesses: Arc::default(),
            lookups: Arc::new(Semaphore::new(1)),
        }
    }

    /// Where the links are.
    pub(crate) const fn store(&self) -> &Arc<dyn ExportLinkStore> {
        &self.links
    }

    /// How long the download of a link may wait to begin.
    pub(crate) fn waits(&self) -> Duration {
        self.settings.begin()
    }

    /// Makes a link for `principal`.
    ///
    /// # Errors
    /// When the project or the user has too many open ones (429), or the database fails.
    pub(crate) async fn make(
        &self,
        principal: &Principal,
        wanted: WantedLink,
    ) -> Result<(LinkId, LinkSecret), ApiError> {
        let secret = LinkSecret::generate().map_err(ApiError::internal)?;
        let id = Uuid::new_v4().simple().to_string();
        let id = LinkId::new(id).map_err(ApiError::internal)?;
        let project = wanted.scope.project_id().clone();
        let link = NewExportLink {
            id: id.clone(),
            scope: wanted.scope,
            user: principal.user().to_owned(),
            session: wanted.session,
            secret_hash: secret.hash(),
            request: wanted.request.to_json()?,
            task_id: wanted.task_id,
            total_count: wanted.total_count,
            total_bytes: wanted.total_bytes,
            created_at: self.clock.now(),
            waits: self.waits(),
        };
        let most = MostLinks {
            of_project: self.settings.open_per_project,
            of_user: self.settings.open_per_user,
        };
        let added = self.ask(&project, move |links| links.add(&link, most));
        let (of, most) = match added.await? {
            Added::Yes => return Ok((id, secret)),
            Added::ProjectIsFull => ("this project has", most.of_project),
            Added::UserIsFull => ("you have", most.of_user),
        };
        let message = format!(
            "{of} {most} export links that wait or run, which is as many as may be: try again later, or cancel one"
        );
        Err(ApiError::new(ErrorCode::TooManyRequests, message).with_retry_after(RETRY))
    }

    /// The link of a project with an identifier, where `user` made it; with `None` any user.
    ///
    /// # Errors
    /// When the project has no such link (404), or the database fails.
    pub(crate) async fn find(
        &self,
        scope: ProjectScope,
        id: LinkId,
        user: Option<&str>,
    ) -> Result<ExportLink, ApiError> {
        let (project, now) = (scope.project_id().clone(), self.clock.now());
        let found = self.ask(&project, move |links| links.find(&scope, &id, now));
        let found = found.await?;
        found
            .filter(|link| user.is_none_or(|user| user == link.user))
            .ok_or_else(ApiError::no_such_link)
    }

    /// A part of the links of a project.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn list(&self, filter: LinkFilter) -> Result<LinkPage, ApiError> {
        let (project, now) = (filter.project_id().clone(), self.clock.now());
        self.ask(&project, move |links| links.list(&filter, now))
            .await
    }

    /// Cancels a link. One that has ended stays what it is.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn cancel(&self, scope: ProjectScope, id: LinkId) -> Result<(), ApiError> {
        let (project, now) = (scope.project_id().clone(), self.clock.now());
        self.ask(&project, move |links| links.cancel(&scope, &id, now))
            .await
    }

    /// The link with this secret, where it may be followed now. `peer` sends the secret, as far as its address is known.
    ///
    /// # Errors
    /// When there is no such link: 404 as for any path that does not exist, or 429 for those who try many. When that cannot be
    /// found out (503).
    pub(crate) async fn waiting(
        &self,
        secret: Option<LinkSecret>,
        peer: Option<IpAddr>,
    ) -> Result<WaitingLink, ApiError> {
        let found = match secret {
            Some(secret) => self.look_up(secret.hash()).await?,
            None => None,
        };
        found.ok_or_else(|| match self.guesses.wrong(peer) {
            Ok(()) => ApiError::not_found(),
            Err(wait) => {
                let message = "too many links that there are not were asked for: try again later";
                ApiError::new(ErrorCode::TooManyRequests, message).with_retry_after(wait)
            }
        })
    }

    async fn look_up(&self, hash: Vec<u8>) -> Result<Option<WaitingLink>, ApiError> {
        let turn = timeout(PATIENCE, self.lookups.acquire()).await;
        let Ok(Ok(_turn)) = turn else {
            return Err(ApiError::database_unavailable());
        };
        let (links, now) = (Arc::clone(&self.links), self.clock.now());
        let found = tokio::task::spawn_blocking(move || links.waiting(&hash, now)).await;
        Ok(found.map_err(ApiError::internal)??)
    }

    /// Begins the download of a link, over a connection. One caller does, of however many.
    ///
    /// # Errors
    /// When another one did, or it is too late, or it was cancelled (404). When the database fails.
    pub(crate) async fn begin(
        &self,
        link: &ExportLink,
        connection: Option<Arc<ConnectionControl>>,
    ) -> Result<LinkRun, ApiError> {
        let (id, now) = (link.id.clone(), self.clock.now());
        let until = now + self.settings.lease();
        let (links, wanted) = (Arc::clone(&self.links), id.clone());
        let begun = tokio::task::spawn_blocking(move || links.begin(&wanted, now, until)).await;
        if !begun.map_err(ApiError::internal)?? {
            return Err(ApiError::not_found());
        }
        Ok(LinkRun::new(
            Arc::clone(&self.links),
            self.clock.clone(),
            id,
            self.settings.lease(),
            connection,
        ))
    }

    /// Asks the database, which blocks.
    async fn ask<T: Send + 'static>(
        &self,
        project: &ProjectId,
        question: impl FnOnce(&dyn ExportLinkStore) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let links = Arc::clone(&self.links);
        let question = move || question(links.as_ref());
        Ok(self.queries.run(project, question).await??)
    }
}
