//! Who tries signatures of a key is slowed down.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How many signatures of one key may be wrong within [`WINDOW`].
const MAX_WRONG: u32 = 10;

/// How long wrong signatures are counted together.
const WINDOW: Duration = Duration::from_secs(60);

/// Counts wrong signatures of each access key.
///
/// It is asked only once a signature was found wrong, so nobody can lock out the owner of a key: a right signature is
/// never counted and never waits. Only keys that exist are counted, so it holds no more entries than there are keys.
#[derive(Default)]
pub(super) struct Slowdown(Mutex<HashMap<String, Count>>);

struct Count {
    wrong: u32,
    since: Instant,
}

impl Slowdown {
    /// Counts a wrong signature of a key. Where there were too many, it says when the next one is looked at again.
    pub(super) fn wrong(&self, access_key_id: &str) -> Result<(), Duration> {
        let now = Instant::now();
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The keys that nobody tries any more are forgotten.
        counts.retain(|_, count| now - count.since < WINDOW);
        let count = counts.entry(access_key_id.to_owned()).or_insert(Count {
            wrong: 0,
            since: now,
        });
        count.wrong = count.wrong.saturating_add(1);
        if count.wrong > MAX_WRONG {
            return Err(WINDOW.saturating_sub(now - count.since));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn after_ten_wrong_signatures_a_key_must_wait_and_no_other() {
        let slowdown = Slowdown::default();
        for _ in 0..MAX_WRONG {
            assert_eq!(slowdown.wrong("a"), Ok(()));
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        assert_eq!(slowdown.wrong("a"), Err(Duration::from_secs(50)));
        assert_eq!(slowdown.wrong("b"), Ok(()));
        tokio::time::advance(Duration::from_secs(50)).await;
        assert_eq!(slowdown.wrong("a"), Ok(()));
        // What is over is forgotten.
        tokio::time::advance(WINDOW).await;
        assert_eq!(slowdown.wrong("c"), Ok(()));
        assert_eq!(slowdown.0.lock().unwrap().len(), 1);
    }
}
