use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::Shared;
use tokio::sync::oneshot;
use tracing::Instrument as _;

/// Single flight: callers that want the same at the same time share one question, and all get its answer.
pub(super) struct SingleFlight<K, T>(Arc<Questions<K, T>>);

type Questions<K, T> = Mutex<HashMap<K, Shared<oneshot::Receiver<T>>>>;

impl<K: Copy + Eq + Hash + Send + 'static, T: Clone + Send + Sync + 'static> SingleFlight<K, T> {
    pub(super) fn new() -> Self {
        Self(Arc::default())
    }

    /// What `known` yields, or else the answer of the question about `key` that is under way, or else of `ask`, which
    /// must have stored for `known` what it found when it ends.
    ///
    /// The question is a task of its own: the caller that asked first may leave, and the others still get their answer.
    /// `None`: the question was broken off.
    pub(super) async fn join<F>(
        &self,
        key: K,
        known: impl FnOnce() -> Option<T>,
        ask: impl FnOnce() -> F,
    ) -> Option<T>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let (question, sender) = {
            let mut questions = lock(&self.0);
            match questions.entry(key) {
                Entry::Occupied(question) => (question.get().clone(), None),
                Entry::Vacant(vacant) => {
                    // The question of another caller may just have been answered.
                    if let Some(known) = known() {
                        return Some(known);
                    }
                    let (sender, receiver) = oneshot::channel();
                    (vacant.insert(receiver.shared()).clone(), Some(sender))
                }
            }
        };
        if let Some(sender) = sender {
            let guard = RemoveOnDrop(Arc::clone(&self.0), key);
            let asking = ask();
            let task = async move {
                let answer = asking.await;
                drop(guard);
                // Nobody may be waiting any more.
                let _ = sender.send(answer);
            };
            tokio::spawn(task.in_current_span());
        }
        question.await.ok()
    }
}

/// Removes a question from the map when it is dropped, however the question ended.
struct RemoveOnDrop<K: Eq + Hash, T>(Arc<Questions<K, T>>, K);

impl<K: Eq + Hash, T> Drop for RemoveOnDrop<K, T> {
    fn drop(&mut self) {
        lock(&self.0).remove(&self.1);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A map is never left half changed.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_question_that_panics_is_no_answer_and_the_next_one_is_asked() {
        let questions = SingleFlight::new();
        let answer = questions.join(1, || None, || async { panic!("as it should") });
        assert_eq!(answer.await, None::<u32>);
        assert_eq!(questions.join(1, || None, || async { 7 }).await, Some(7));
        assert!(lock(&questions.0).is_empty());
    }

    #[tokio::test]
    async fn what_became_known_meanwhile_is_not_asked_again() {
        let questions = SingleFlight::new();
        let answer = questions.join(1, || Some(7), || async { 8 });
        assert_eq!(answer.await, Some(7));
        assert!(lock(&questions.0).is_empty());
    }
}
