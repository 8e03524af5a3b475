//! Connections that are lent, on r2d2.

use std::convert::Infallible;
use std::time::Duration;

use crate::{StoreError, StoreErrorKind};

/// Makes connections of one sort.
pub(crate) trait Connect: Send + Sync + 'static {
    type Connection: Send + 'static;

    /// Makes a connection, ready for use.
    fn connect(&self) -> Result<Self::Connection, StoreError>;

    /// Whether a connection that lay idle still answers.
    fn answers(connection: &mut Self::Connection) -> bool;

    /// Whether a connection that was used must not be used again.
    fn is_broken(connection: &mut Self::Connection) -> bool;
}

/// A bounded number of connections, made when they are needed.
///
/// r2d2 lends *places* here, and whoever gets an empty one makes the connection. r2d2 would make it on
/// a thread of its own, and where that fails try again for ever, log the error, and tell the one who
/// waits only that he waited too long. So the error is known at once and with its cause, an idle store leaves a database
/// that is away alone, and nothing is logged here.
pub(crate) struct Pool<C: Connect> {
    places: r2d2::Pool<Places<C>>,
    connector: C,
}

impl<C: Connect> Pool<C> {
    /// A pool of at most `size` connections, at least one, for which a caller waits at most `timeout`.
    pub(crate) fn new(connector: C, size: u32, timeout: Duration) -> Self {
        let places = r2d2::Pool::builder()
            // r2d2 panics at a zero.
            .max_size(size.max(1))
            .connection_timeout(timeout.max(Duration::from_millis(1)))
            .min_idle(Some(0))
            .test_on_check_out(false)
            .build_unchecked(Places(std::marker::PhantomData));
        Self { places, connector }
    }

    /// Lends a connection to `work`. It comes back unless it is broken; where `work` panics, it is closed.
    pub(crate) fn with<T>(
        &self,
        action: &'static str,
        work: impl FnOnce(&mut C::Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut place = self
            .places
            .get()
            .map_err(|error| StoreError::new(StoreErrorKind::Busy, action).because(error))?;
        let idle = place
            .take()
            .and_then(|mut idle| C::answers(&mut idle).then_some(idle));
        let mut connection = match idle {
            Some(connection) => connection,
            None => self.connector.connect()?,
        };
        let result = work(&mut connection);
        if !C::is_broken(&mut connection) {
            *place = Some(connection);
        }
        result
    }
}

/// Where a connection may be.
struct Places<C>(std::marker::PhantomData<fn() -> C>);

impl<C: Connect> r2d2::ManageConnection for Places<C> {
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
