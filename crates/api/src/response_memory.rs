//! How much memory the answers of the process may hold that are made whole before they are sent: pages of lists.
//!
//! An answer holds its share until its last byte was handed to the system, however slowly its client reads. A project has at
//! most half of all, so that clients of one that do not read take nothing from the others. While somebody waits for memory, an
//! answer whose client reads too slowly is ended.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;
use deskledger_domain::ProjectId;
use deskledger_limiter::Progress;
use deskledger_settings::LimitSettings;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::connection::{ConnectionControl, TransferGuard, Wanted};
use crate::error::{ApiError, ErrorCode};

/// Memory is counted in units of so many bytes.
const UNIT: usize = 1024;

/// How many bytes a record of a list has, as far as that can be known before it is read.
const RECORD_BYTES: usize = 1024;

/// How soon a client may try again that found no memory free.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// The memory of all answers. Clones share it.
#[derive(Clone)]
pub(crate) struct ResponseMemory(Arc<Pools>);

struct Pools {
    all: Arc<Pool>,
    patience: Duration,
    progress: Progress,
    projects: Mutex<HashMap<ProjectId, Weak<Pool>>>,
}

struct Pool {
    units: Arc<Semaphore>,
    size: u32,
    /// How many wait for some of it.
    waiting: AtomicUsize,
}

/// Memory that an answer holds.
pub(crate) struct Share {
    memory: ResponseMemory,
    of_project: Arc<Pool>,
    project: OwnedSemaphorePermit,
    all: OwnedSemaphorePermit,
}

impl Pool {
    fn new(size: u32) -> Self {
        Self {
            units: Arc::new(Semaphore::new(size as usize)),
            size,
            waiting: AtomicUsize::new(0),
        }
    }

    /// Waits for so many units. `None` where they are not free in time.
    async fn acquire(&self, units: u32, patience: Duration) -> Option<OwnedSemaphorePermit> {
        let pool = || Arc::clone(&self.units);
        if let Ok(permit) = pool().try_acquire_many_owned(units) {
            return Some(permit);
        }
        let _waiting = Waiting::begin(&self.waiting);
        timeout(patience, pool().acquire_many_owned(units))
            .await
            .ok()?
            .ok()
    }
}

/// Somebody waits until this is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn begin(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whether somebody waits for memory that an answer of a project holds.
struct MemoryDemand {
    memory: ResponseMemory,
    of_project: Arc<Pool>,
}

impl Wanted for MemoryDemand {
    fn is_wanted(&self) -> bool {
        let waiting = |pool: &Pool| pool.waiting.load(Ordering::Relaxed) > 0;
        waiting(&self.memory.0.all) || waiting(&self.of_project)
    }
}

impl ResponseMemory {
    /// The memory that the settings allow.
    pub(crate) fn new(limits: &LimitSettings) -> Self {
        let size = units(limits.response_bytes).max(2);
        Self(Arc::new(Pools {
            all: Arc::new(Pool::new(size)),
            patience: Duration::from_secs(limits.queue_seconds),
            progress: Progress::new(limits.min_bytes_per_second, limits.min_rate_window()),
            projects: Mutex::default(),
        }))
    }

    /// Waits for memory for a page of at most so many records, before they are read.
    ///
    /// # Errors
    /// When the project (429) or the process (503) has none free in time.
    pub(crate) async fn reserve(
        &self,
        project: &ProjectId,
        records: u32,
    ) -> Result<Share, ApiError> {
        let bytes = (records as usize).saturating_mul(RECORD_BYTES);
        let of_project = self.of_project(project);
        let (project, all) = self.acquire(&of_project, bytes).await?;
        Ok(Share {
            memory: self.clone(),
            of_project,
            project,
            all,
        })
    }

    async fn acquire(
        &self,
        of_project: &Pool,
        bytes: usize,
    ) -> Result<(OwnedSemaphorePermit, OwnedSemaphorePermit), ApiError> {
        // What is larger than all there is waits until it is alone.
        let wanted = units(bytes as u64).min(of_project.size);
        let patience = self.0.patience;
        let Some(project) = of_project.acquire(wanted, patience).await else {
            return Err(refusal(
                ErrorCode::TooManyRequests,
                "clients of this project have not read as many answers as it may have: read them, or ask for fewer records",
            ));
        };
        let Some(all) = self.0.all.acquire(wanted, patience).await else {
            return Err(refusal(
                ErrorCode::Unavailable,
                "clients have not read as many answers as the service may hold: try again later",
            ));
        };
        Ok((project, all))
    }

    fn of_project(&self, project: &ProjectId) -> Arc<Pool> {
        let mut projects = self
            .0
            .projects
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = projects.get(project).and_then(Weak::upgrade) {
            return pool;
        }
        // Those that nobody uses are forgotten.
        projects.retain(|_, pool| pool.strong_count() > 0);
        let pool = Arc::new(Pool::new(self.0.all.size / 2));
        projects.insert(project.clone(), Arc::downgrade(&pool));
        pool
    }

    /// How many bytes answers hold now, and how many they may.
    pub(crate) fn held(&self) -> (u64, u64) {
        let all = u64::from(self.0.all.size) * UNIT as u64;
        let free = self.0.all.units.available_permits() as u64 * UNIT as u64;
        (all - free, all)
    }
}

impl Share {
    /// Takes as much more, or gives back as much, as an answer of so many bytes needs.
    ///
    /// # Errors
    /// As for [`ResponseMemory::reserve`].
    pub(crate) async fn fit(&mut self, bytes: usize) -> Result<(), ApiError> {
        let held = self.project.num_permits();
        let needed = self.needed(bytes as u64);
        if needed > held {
            let more = (needed - held) * UNIT;
            let (project, all) = self.memory.acquire(&self.of_project, more).await?;
            self.project.merge(project);
            self.all.merge(all);
        }
        self.give_back(bytes as u64);
        Ok(())
    }

    fn needed(&self, bytes: u64) -> usize {
        units(bytes).min(self.of_project.size) as usize
    }

    /// Gives back what an answer of so many bytes does not need.
    fn give_back(&mut self, bytes: u64) {
        let held = self.project.num_permits();
        let free = held.saturating_sub(self.needed(bytes));
        drop(self.project.split(free));
        drop(self.all.split(free));
    }

    /// The body of an answer that holds this share until it was sent over a connection. Where it became smaller, the rest is given
    /// back.
    pub(crate) fn body<B: MessageBody>(
        mut self,
        body: B,
        connection: Option<&Arc<ConnectionControl>>,
    ) -> HeldBody<B> {
        if let BodySize::Sized(bytes) = body.size() {
            self.give_back(bytes);
        }
        let transfer = connection.map(|connection| {
            let demand = MemoryDemand {
                memory: self.memory.clone(),
                of_project: Arc::clone(&self.of_project),
            };
            connection.transfer(self.memory.0.progress, demand)
        });
        HeldBody {
            body,
            _transfer: transfer,
            _share: self,
        }
    }
}

/// The body of an answer with the memory that it holds.
pub(crate) struct HeldBody<B> {
    body: B,
    _transfer: Option<TransferGuard>,
    _share: Share,
}

impl<B: MessageBody + Unpin> MessageBody for HeldBody<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, B::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}

fn units(bytes: u64) -> u32 {
    let units = bytes.div_ceil(UNIT as u64);
    // More than a semaphore counts is no limit.
    u32::try_from(units).unwrap_or(u32::MAX).min(u32::MAX >> 4)
}

fn refusal(code: ErrorCode, message: &str) -> ApiError {
    ApiError::new(code, message).with_retry_after(RETRY_AFTER)
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;

    use super::*;

    fn memory(bytes: u64) -> ResponseMemory {
        let mut limits = deskledger_settings::Settings::defaults().unwrap().limits;
        (limits.response_bytes, limits.queue_seconds) = (bytes, 0);
        ResponseMemory::new(&limits)
    }

    fn project(name: &str) -> ProjectId {
        ProjectId::new(name).unwrap()
    }

    #[actix_web::test]
    async fn an_answer_holds_what_it_needs_until_it_is_dropped() {
        let memory = memory(100 * 1024);
        let mut share = memory.reserve(&project("a"), 20).await.unwrap();
        assert_eq!(memory.held(), (20 * 1024, 100 * 1024));
        share.fit(3000).await.unwrap();
        let body = share.body(vec![b'x'; 3000], None);
        assert_eq!(memory.held().0, 3 * 1024);
        assert_eq!(body.size(), BodySize::Sized(3000));
        assert_eq!(to_bytes(body).await.unwrap(), vec![b'x'; 3000]);
        assert_eq!(memory.held().0, 0);
        let mut share = memory.reserve(&project("a"), 1).await.unwrap();
        share.fit(9000).await.unwrap();
        assert_eq!(memory.held().0, 9 * 1024);
        // It was compressed.
        let body = share.body(vec![b'x'; 2000], None);
        assert_eq!(memory.held().0, 2 * 1024);
        drop(body);
        assert_eq!(memory.held().0, 0);
    }

    #[actix_web::test]
    async fn a_project_has_half_and_what_all_hold_is_bounded() {
        let memory = memory(100 * 1024);
        let code = |refused: Result<Share, ApiError>| refused.err().map(|error| error.code());
        let _a = memory.reserve(&project("a"), 50).await.unwrap();
        let more = memory.reserve(&project("a"), 1).await;
        assert_eq!(code(more), Some(ErrorCode::TooManyRequests));
        let _b = memory.reserve(&project("b"), 49).await.unwrap();
        let _c = memory.reserve(&project("c"), 1).await.unwrap();
        let more = memory.reserve(&project("c"), 1).await;
        assert_eq!(code(more), Some(ErrorCode::Unavailable));
        assert_eq!(memory.held().0, 100 * 1024);
    }

    #[actix_web::test]
    async fn what_is_larger_than_the_share_of_a_project_is_answered_alone() {
        let memory = memory(10 * 1024);
        let mut share = memory.reserve(&project("a"), 1000).await.unwrap();
        share.fit(1 << 20).await.unwrap();
        let _body = share.body(vec![b'x'; 1 << 20], None);
        assert!(memory.reserve(&project("a"), 1).await.is_err());
        assert!(memory.reserve(&project("b"), 1).await.is_ok());
    }
}
