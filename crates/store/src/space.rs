//! Whether there was space for the last write.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::{StoreError, StoreErrorKind};

/// For how long a lack of space is believed in where no write shows that it passed.
const BELIEVED: Duration = Duration::from_secs(10);

/// Remembers that a write found no space, until one does.
#[derive(Debug, Default)]
pub(crate) struct Space(Mutex<Option<Instant>>);

impl Space {
    /// Takes note of how a write ended, and hands that back.
    pub(crate) fn note<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        let lacks = match &result {
            Ok(_) => None,
            Err(error) if error.kind() == StoreErrorKind::Full => Some(Instant::now()),
            Err(_) => return result,
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = lacks;
        result
    }

    /// Whether the last write found no space, however long ago that was.
    pub(crate) fn is_lacking(&self) -> bool {
        self.since().is_some()
    }

    /// Whether a write found no space a moment ago.
    pub(crate) fn was_lacking_just_now(&self) -> bool {
        self.since().is_some_and(|since| since.elapsed() < BELIEVED)
    }

    fn since(&self) -> Option<Instant> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
