use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How long what was wrong is counted together.
pub(crate) const WINDOW: Duration = Duration::from_secs(60);

/// How many are counted apart at once.
pub(crate) const MOST_COUNTED: usize = 10_000;

/// Counts what was wrong, of each address, user or key by itself: within [`WINDOW`] from the first time.
///
/// Counting costs the same however many are counted, and there are at most [`MOST_COUNTED`]: beyond that, the oldest count is
/// forgotten, or all others are counted as one.
pub(crate) struct WrongCounts<K> {
    most: u32,
    others: Option<K>,
    counts: Mutex<Counts<K>>,
}

struct Counts<K> {
    by_key: HashMap<K, Count>,
    /// The keys, each once, from the oldest count to the newest.
    order: VecDeque<K>,
}

struct Count {
    wrong: u32,
    since: Instant,
}

impl<K: Eq + Hash + Clone> WrongCounts<K> {
    /// Of each key, `most` may be wrong.
    pub(crate) fn new(most: u32) -> Self {
        Self {
            most,
            others: None,
            counts: Mutex::new(Counts {
                by_key: HashMap::new(),
                order: VecDeque::new(),
            }),
        }
    }

    /// Counts as `others`, together, what there is no room to count apart.
    pub(crate) fn counting_others_as(self, others: K) -> Self {
        Self {
            others: Some(others),
            ..self
        }
    }

    /// Counts one more.
    ///
    /// # Errors
    /// When there were too many already: how long to wait.
    pub(crate) fn add(&self, key: K) -> Result<(), Duration> {
        let now = Instant::now();
        let mut counts = self.lock();
        counts.forget_old(now);
        let key = match &self.others {
            Some(others) if counts.has_no_room_for(&key) => others.clone(),
            _ => key,
        };
        let count = counts.of(key, now);
        if count.wrong >= self.most {
            return Err(WINDOW.saturating_sub(now - count.since));
        }
        count.wrong += 1;
        Ok(())
    }

    /// Counts one less: it was not wrong after all.
    pub(crate) fn take_back(&self, key: &K) {
        if let Some(count) = self.lock().by_key.get_mut(key) {
            count.wrong = count.wrong.saturating_sub(1);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Counts<K>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash + Clone> Counts<K> {
    fn has_no_room_for(&self, key: &K) -> bool {
        self.order.len() >= MOST_COUNTED && !self.by_key.contains_key(key)
    }

    fn forget_old(&mut self, now: Instant) {
        while let Some(count) = self.order.front().and_then(|key| self.by_key.get(key))
            && now - count.since >= WINDOW
        {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some(key) = self.order.pop_front() {
            self.by_key.remove(&key);
        }
    }

    fn of(&mut self, key: K, now: Instant) -> &mut Count {
        if self.has_no_room_for(&key) {
            self.forget_oldest();
        }
        let order = &mut self.order;
        self.by_key.entry(key).or_insert_with_key(|key| {
            order.push_back(key.clone());
            Count {
                wrong: 0,
                since: now,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_was_wrong_too_often_waits_and_nobody_else() {
        let counts = WrongCounts::new(20);
        for _ in 0..20 {
            assert_eq!(counts.add("one"), Ok(()));
        }
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(counts.add("one"), Err(Duration::from_secs(50)));
        assert_eq!(counts.add("another"), Ok(()));
        tokio::time::advance(Duration::from_secs(50)).await;
        assert_eq!(counts.add("one"), Ok(()));
        // What is over is forgotten.
        tokio::time::advance(WINDOW).await;
        assert_eq!(counts.add("a third"), Ok(()));
        assert_eq!(counts.lock().by_key.len(), 1);
        assert_eq!(counts.lock().order.len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_taken_back_counts_no_more_and_fills_no_memory() {
        let counts = WrongCounts::new(1);
        for _ in 0..1_000 {
            assert_eq!(counts.add(()), Ok(()));
            counts.take_back(&());
        }
        assert_eq!(counts.lock().order.len(), 1);
        assert_eq!(counts.add(()), Ok(()));
        assert_eq!(counts.add(()), Err(WINDOW));
    }

    #[tokio::test(start_paused = true)]
    async fn beyond_the_bound_the_oldest_is_forgotten_or_others_count_as_one() {
        let apart = WrongCounts::new(1);
        let together = WrongCounts::new(1).counting_others_as(0);
        for key in 1..=MOST_COUNTED * 2 {
            assert_eq!(apart.add(key), Ok(()));
            assert_eq!(together.add(key).is_ok(), key <= MOST_COUNTED + 1);
        }
        assert_eq!(apart.lock().by_key.len(), MOST_COUNTED);
        assert!(together.lock().by_key.len() <= MOST_COUNTED);
        // The newest are still counted, the oldest may be wrong once more.
        assert!(apart.add(MOST_COUNTED * 2).is_err());
        assert_eq!(apart.add(1), Ok(()));
    }
}
