//! How much memory the answers of the process may hold that are made whole before they are sent: pages of lists.
//!
//! An answer holds its share until its last byte was handed to the system, however slowly its client reads. A project has at
//! most half of all, so that clients of one that do not read take nothing from the others.

use std::collections::HashMap;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;
use deskledger_domain::ProjectId;
use deskledger_settings::LimitSettings;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

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
    all: Pool,
    patience: Duration,
    of_project: u32,
    projects: Mutex<HashMap<ProjectId, Weak<Semaphore>>>,
}

struct Pool {
    units: Arc<Semaphore>,
    size: u32,
}

/// Memory that an answer holds.
pub(crate) struct Share {
    memory: ResponseMemory,
    of_project: Arc<Semaphore>,
    project: OwnedSemaphorePermit,
    all: OwnedSemaphorePermit,
}

impl ResponseMemory {
    /// The memory that the settings allow.
    pub(crate) fn new(limits: &LimitSettings) -> Self {
        let size = units(limits.response_bytes).max(2);
        Self(Arc::new(Pools {
            all: Pool {
                units: Arc::new(Semaphore::new(size as usize)),
                size,
            },
            patience: Duration::from_secs(limits.queue_seconds),
            of_project: size / 2,
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
        of_project: &Arc<Semaphore>,
        bytes: usize,
    ) -> Result<(OwnedSemaphorePermit, OwnedSemaphorePermit), ApiError> {
        // What is larger than all there is waits until it is alone.
        let wanted = units(bytes as u64).min(self.0.of_project);
        let acquire = |pool: &Arc<Semaphore>| {
            timeout(self.0.patience, Arc::clone(pool).acquire_many_owned(wanted))
        };
        let Ok(Ok(project)) = acquire(of_project).await else {
            return Err(refusal(
                ErrorCode::TooManyRequests,
                "clients of this project have not read as many answers as it may have: read them, or ask for fewer records",
            ));
        };
        let Ok(Ok(all)) = acquire(&self.0.all.units).await else {
            return Err(refusal(
                ErrorCode::Unavailable,
                "clients have not read as many answers as the service may hold: try again later",
            ));
        };
        Ok((project, all))
    }

    fn of_project(&self, project: &ProjectId) -> Arc<Semaphore> {
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
        let pool = Arc::new(Semaphore::new(self.0.of_project as usize));
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
    /// The body of an answer that holds this share, and as much more or less as it needs.
    ///
    /// # Errors
    /// As for [`ResponseMemory::reserve`].
    pub(crate) async fn hold(mut self, bytes: Vec<u8>) -> Result<HeldBytes, ApiError> {
        let held = self.project.num_permits();
        let needed = units(bytes.len() as u64).min(self.memory.0.of_project) as usize;
        if needed > held {
            let more = (needed - held) * UNIT;
            let (project, all) = self.memory.acquire(&self.of_project, more).await?;
            self.project.merge(project);
            self.all.merge(all);
        } else {
            drop(self.project.split(held - needed));
            drop(self.all.split(held - needed));
        }
        Ok(HeldBytes {
            bytes: bytes.into(),
            _share: self,
        })
    }
}

/// The body of an answer, whole, with the memory that it holds.
pub(crate) struct HeldBytes {
    bytes: Bytes,
    _share: Share,
}

impl MessageBody for HeldBytes {
    type Error = io::Error;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.bytes.len() as u64)
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, io::Error>>> {
        let bytes = std::mem::take(&mut self.bytes);
        Poll::Ready((!bytes.is_empty()).then_some(Ok(bytes)))
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
        let share = memory.reserve(&project("a"), 20).await.unwrap();
        assert_eq!(memory.held(), (20 * 1024, 100 * 1024));
        let body = share.hold(vec![b'x'; 3000]).await.unwrap();
        assert_eq!(memory.held().0, 3 * 1024);
        assert_eq!(body.size(), BodySize::Sized(3000));
        assert_eq!(to_bytes(body).await.unwrap(), vec![b'x'; 3000]);
        assert_eq!(memory.held().0, 0);
        let share = memory.reserve(&project("a"), 1).await.unwrap();
        let body = share.hold(vec![b'x'; 9000]).await.unwrap();
        assert_eq!(memory.held().0, 9 * 1024);
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
        let share = memory.reserve(&project("a"), 1000).await.unwrap();
        let _body = share.hold(vec![b'x'; 1 << 20]).await.unwrap();
        assert!(memory.reserve(&project("a"), 1).await.is_err());
        assert!(memory.reserve(&project("b"), 1).await.is_ok());
    }
}
