//! What goes wrong again and again is logged once, and then seldom.

use std::time::{Duration, Instant};

/// How often the same is logged.
const INTERVAL: Duration = Duration::from_secs(15 * 60);

/// Knows what was logged last.
#[derive(Debug, Default)]
pub struct Repetition(Option<(String, Instant)>);

impl Repetition {
    /// Whether a text is to be logged: it is another one than the last, or that was long ago.
    pub fn is_news(&mut self, text: &str) -> bool {
        let is_old = |(last, at): &(String, Instant)| last == text && at.elapsed() < INTERVAL;
        if self.0.as_ref().is_some_and(is_old) {
            return false;
        }
        self.0 = Some((text.to_owned(), Instant::now()));
        true
    }

    /// Forgets it: it works again. Whether there was something to forget.
    pub fn ends(&mut self) -> bool {
        self.0.take().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_logged_once_until_it_ends() {
        let mut repetition = Repetition::default();
        assert!(repetition.is_news("full"));
        assert!(!repetition.is_news("full"));
        assert!(repetition.is_news("read-only"));
        assert!(repetition.ends());
        assert!(!repetition.ends());
        assert!(repetition.is_news("read-only"));
    }
}
