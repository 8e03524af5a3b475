//! A pool of connections, on r2d2.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use crate::{PoolStatus, StoreError, StoreErrorKind};

/// Makes connections of one sort.
pub(crate) trait Connect: Send + Sync + 'static {
    type Connection: Send + 'static;

    /// Makes a connection, ready for use.
    fn connect(&self) -> Result<Self::Connection, StoreError>;

    /// Whether a connection that lay idle still answers.
    fn answers(connection: &mut Self::Connection) -> bool;

    /// Does `work` on a connection, with a deadline where one of our own is needed.
    fn watched<T>(
        connection: &mut Self::Connection,
        work: impl FnOnce(&mut Self::Connection) -> T,
    ) -> T {
        work(connection)
    }

    /// Whether a deadline of our own passed, so that the connection was cut.
    fn is_cut(_: &Self::Connection) -> bool {
        false
    }

    /// Whether a connection that was used must not be used again.
    fn is_broken(connection: &mut Self::Connection) -> bool;
}

/// A bounded number of connections, made when they are needed.
///
/// r2d2 manages *slots* here, and a caller that gets an empty slot makes the connection. r2d2 itself would make it on a
/// thread of its own. If that failed, it would try again for ever, log the error, and report to the waiting caller only
/// that the time is over. With slots the error is known at once and with its cause, an idle store does not try to reach
/// a database that is unavailable, and nothing is logged here.
pub(crate) struct Pool<C: Connect> {
    slots: r2d2::Pool<Slots<C>>,
    connector: C,
    name: &'static str,
    waiting: AtomicU32,
    in_use: AtomicU32,
    idle: AtomicU32,
    time_outs: AtomicU64,
}

impl<C: Connect> Pool<C> {
    /// A pool of at most `size` connections, at least one, for which a caller waits at most `timeout`.
    pub(crate) fn new(name: &'static str, connector: C, size: u32, timeout: Duration) -> Self {
        let slots = r2d2::Pool::builder()
            // r2d2 panics at a zero.
            .max_size(size.max(1))
            .connection_timeout(timeout.max(Duration::from_millis(1)))
            .min_idle(Some(0))
            .test_on_check_out(false)
            .build_unchecked(Slots(std::marker::PhantomData));
        Self {
            slots,
            connector,
            name,
            waiting: AtomicU32::new(0),
            in_use: AtomicU32::new(0),
            idle: AtomicU32::new(0),
            time_outs: AtomicU64::new(0),
        }
    }

    /// What its connections do now.
    pub(crate) fn status(&self) -> PoolStatus {
        PoolStatus {
            name: self.name,
            size: self.slots.max_size(),
            in_use: self.in_use.load(Ordering::Relaxed),
            idle: self.idle.load(Ordering::Relaxed),
            waiting: self.waiting.load(Ordering::Relaxed),
            time_outs: self.time_outs.load(Ordering::Relaxed),
        }
    }

    /// Runs `work` with a connection. The connection returns to the pool unless it is broken; where `work` panics, it is
    /// closed.
    pub(crate) fn with<T>(
        &self,
        action: &'static str,
        work: impl FnOnce(&mut C::Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let waiting = Counted::one(&self.waiting);
        let mut slot = self.slots.get().map_err(|error| {
            self.time_outs.fetch_add(1, Ordering::Relaxed);
            StoreError::new(StoreErrorKind::Busy, action).because(error)
        })?;
        drop(waiting);
        let _in_use = Counted::one(&self.in_use);
        let idle = slot.take().and_then(|mut idle| {
            self.idle.fetch_sub(1, Ordering::Relaxed);
            C::answers(&mut idle).then_some(idle)
        });
        let mut connection = match idle {
            Some(connection) => connection,
            None => self.connector.connect()?,
        };
        let result = C::watched(&mut connection, work).map_err(|error| {
            if C::is_cut(&connection) {
                StoreError::new(StoreErrorKind::Unavailable, action).because(error)
            } else {
                error
            }
        });
        if !C::is_broken(&mut connection) {
            *slot = Some(connection);
            self.idle.fetch_add(1, Ordering::Relaxed);
        }
        result
    }
}

/// Counts as one until it is dropped.
struct Counted<'a>(&'a AtomicU32);

impl<'a> Counted<'a> {
    fn one(count: &'a AtomicU32) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Where a connection may be.
struct Slots<C>(std::marker::PhantomData<fn() -> C>);

impl<C: Connect> r2d2::ManageConnection for Slots<C> {
    type Connection = Option<C::Connection>;
    type Error = Infallible;

    fn connect(&self) -> Result<Self::Connection, Infallible> {
        Ok(None)
    }

    fn is_valid(&self, _: &mut Self::Connection) -> Result<(), Infallible> {
        Ok(())
    }

    fn has_broken(&self, _: &mut Self::Connection) -> bool {
        false
    }
}
