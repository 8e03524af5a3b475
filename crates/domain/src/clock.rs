use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};

/// The current time, as a value that is passed to the code that needs it.
///
/// Nothing else in the project reads the wall clock, so a test that holds the clock owns time.
#[derive(Clone)]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    System,
    Fixed(DateTime<Utc>),
    Given(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>),
}

impl Clock {
    /// The clock of the machine.
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still at `instant`.
    pub const fn fixed(instant: DateTime<Utc>) -> Self {
        Self(Source::Fixed(instant))
    }

    /// A clock that reads `now`, for tests in which time passes.
    pub fn given(now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self(Source::Given(Arc::new(now)))
    }

    /// The time now, in UTC.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the wall clock"
    )]
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            Source::System => Utc::now(),
            Source::Fixed(instant) => *instant,
            Source::Given(now) => now(),
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::System => f.write_str("Clock(system)"),
            Source::Fixed(instant) => write!(f, "Clock({instant})"),
            Source::Given(_) => f.write_str("Clock(given)"),
        }
    }
}
