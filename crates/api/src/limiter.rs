use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use deskledger_domain::ProjectId;
use thiserror::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use crate::error::{ApiError, ErrorCode};
use crate::settings::LimitSettings;

/// How much of one kind of work runs at once, per process and per project, and how much may wait for how long.
#[derive(Clone)]
pub(crate) struct Limiter(Arc<Shared>);

struct Shared {
    /// What runs, for people: `exports`.
    what: &'static str,
    places: Arc<Semaphore>,
    places_in_all: usize,
    places_per_project: usize,
    /// Projects with something that runs or waits; others have no entry, so the map stays small.
    projects: Mutex<HashMap<ProjectId, Arc<Semaphore>>>,
    waiting: AtomicUsize,
    queue_length: usize,
    queue_time: Duration,
}

/// A place among what runs. It is free again when the last clone is dropped.
#[derive(Clone)]
pub(crate) struct Permit(#[expect(dead_code, reason = "held for its drop")] Arc<Places>);

struct Places {
    _process: OwnedSemaphorePermit,
    _project: ProjectPlace,
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum NoPlace {
    /// The project has as many as it may.
    #[error("this project has as many {0} running as it may: try again later")]
    Project(&'static str),
    /// The process has as many as it may.
    #[error("the service has as many {0} running as it may: try again later")]
    Process(&'static str),
}

impl From<NoPlace> for ApiError {
    fn from(reason: NoPlace) -> Self {
        const RETRY: Duration = Duration::from_secs(10);

        let code = match reason {
            NoPlace::Project(_) => ErrorCode::TooManyRequests,
            NoPlace::Process(_) => ErrorCode::Unavailable,
        };
        Self::new(code, reason.to_string()).with_retry_after(RETRY)
    }
}

impl Limiter {
    /// A limiter of exports, with these limits.
    pub(crate) fn of_exports(limits: &LimitSettings) -> Self {
        Self::new(
            "exports",
            limits.exports,
            limits.exports_per_project,
            limits,
        )
    }

    /// A limiter of recordings, with these limits.
    pub(crate) fn of_recordings(limits: &LimitSettings) -> Self {
        Self::new(
            "recordings",
            limits.recordings,
            limits.recordings_per_project,
            limits,
        )
    }

    fn new(what: &'static str, places: u32, per_project: u32, limits: &LimitSettings) -> Self {
        Self(Arc::new(Shared {
            what,
            places: Arc::new(Semaphore::new(places as usize)),
            places_in_all: places as usize,
            places_per_project: per_project as usize,
            projects: Mutex::default(),
            waiting: AtomicUsize::new(0),
            queue_length: limits.queue_length as usize,
            queue_time: Duration::from_secs(limits.queue_seconds),
        }))
    }

    /// How many places are taken.
    pub(crate) fn running(&self) -> usize {
        self.0
            .places_in_all
            .saturating_sub(self.0.places.available_permits())
    }

    /// Takes a place for `project`, and waits for one where there is none, as long as the queue allows.
    ///
    /// # Errors
    /// When the queue is full, or no place became free in time. It says whether the project or the process is the one
    /// that has none.
    pub(crate) async fn acquire(&self, project: &ProjectId) -> Result<Permit, NoPlace> {
        let deadline = Instant::now() + self.0.queue_time;
        // The project's own place comes first, so that a project that asks too much does not
        // take places from the others while it waits.
        let project = self.project_place(project, deadline).await?;
        let process = self
            .wait(&self.0.places, deadline)
            .await
            .ok_or(NoPlace::Process(self.0.what))?;
        Ok(Permit(Arc::new(Places {
            _process: process,
            _project: project,
        })))
    }

    async fn project_place(
        &self,
        project: &ProjectId,
        deadline: Instant,
    ) -> Result<ProjectPlace, NoPlace> {
        let places = {
            let mut projects = self.0.projects();
            let new = || Arc::new(Semaphore::new(self.0.places_per_project));
            Arc::clone(projects.entry(project.clone()).or_insert_with(new))
        };
        // Made before the wait, so that the entry goes also when the wait is in vain.
        let mut place = ProjectPlace {
            limiter: Arc::clone(&self.0),
            project: project.clone(),
            places: Arc::clone(&places),
            permit: None,
        };
        let permit = self.wait(&places, deadline).await;
        place.permit = Some(permit.ok_or(NoPlace::Project(self.0.what))?);
        Ok(place)
    }

    async fn wait(
        &self,
        places: &Arc<Semaphore>,
        deadline: Instant,
    ) -> Option<OwnedSemaphorePermit> {
        if let Ok(permit) = Arc::clone(places).try_acquire_owned() {
            return Some(permit);
        }
        let _waiting = Waiting::enter(&self.0)?;
        timeout_at(deadline, Arc::clone(places).acquire_owned())
            .await
            .ok()?
            .ok()
    }
}

impl Shared {
    fn projects(&self) -> std::sync::MutexGuard<'_, HashMap<ProjectId, Arc<Semaphore>>> {
        // A map of counters is never left half changed.
        self.projects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in the queue, left when it is dropped, also by a client that gives up.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn enter(shared: &'a Shared) -> Option<Self> {
        shared
            .waiting
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |waiting| {
                (waiting < shared.queue_length).then_some(waiting + 1)
            })
            .ok()?;
        Some(Self(&shared.waiting))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A place of one project. The last one that is dropped takes the project's entry with it.
struct ProjectPlace {
    limiter: Arc<Shared>,
    project: ProjectId,
    places: Arc<Semaphore>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Drop for ProjectPlace {
    fn drop(&mut self) {
        let mut projects = self.limiter.projects();
        // The permit holds the semaphore too, so it goes first.
        self.permit = None;
        // One hold is the map's and one is ours: nobody else runs or waits.
        if Arc::strong_count(&self.places) == 2 {
            projects.remove(&self.project);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    fn limiter(exports: u32, per_project: u32, queue_length: u32) -> Limiter {
        Limiter::of_exports(&LimitSettings {
            exports,
            exports_per_project: per_project,
            queue_length,
            queue_seconds: 1,
            ..Settings::defaults().unwrap().limits
        })
    }

    fn project(id: &str) -> ProjectId {
        ProjectId::new(id).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_project_that_asks_too_much_is_refused_and_others_are_not() {
        let limiter = limiter(3, 1, 9);
        let _running = limiter.acquire(&project("p1")).await.unwrap();
        assert_eq!(
            limiter.acquire(&project("p1")).await.err(),
            Some(NoPlace::Project("exports"))
        );
        assert!(limiter.acquire(&project("p2")).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_process_refuses_every_project() {
        let limiter = limiter(1, 1, 9);
        let _running = limiter.acquire(&project("p1")).await.unwrap();
        assert_eq!(
            limiter.acquire(&project("p2")).await.err(),
            Some(NoPlace::Process("exports"))
        );
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_gets_the_place_that_becomes_free() {
        let limiter = limiter(1, 1, 9);
        let running = limiter.acquire(&project("p1")).await.unwrap();
        let second = limiter.clone();
        let waiting = tokio::spawn(async move { second.acquire(&project("p1")).await.is_ok() });
        tokio::time::sleep(Duration::from_millis(500)).await;
        drop(running);
        assert!(waiting.await.unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_queue_refuses_at_once() {
        let limiter = limiter(1, 1, 0);
        let _running = limiter.acquire(&project("p1")).await.unwrap();
        let before = Instant::now();
        assert!(limiter.acquire(&project("p2")).await.is_err());
        assert_eq!(before.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_left_of_what_ended_or_gave_up() {
        let limiter = limiter(1, 1, 9);
        let running = limiter.acquire(&project("p1")).await.unwrap();
        let in_vain = limiter.acquire(&project("p1")).await;
        assert!(in_vain.is_err());
        assert_eq!(limiter.0.projects().len(), 1);
        drop(running);
        assert_eq!(limiter.0.projects().len(), 0);
        assert_eq!(limiter.0.places.available_permits(), 1);
        assert_eq!(limiter.0.waiting.load(Ordering::Relaxed), 0);
    }
}
