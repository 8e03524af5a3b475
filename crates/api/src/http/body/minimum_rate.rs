use std::time::Duration;

/// The minimum rate of a body, in bytes a second.
const MIN_BYTES_PER_SECOND: f64 = 1024.0;

/// How long a body may still let us wait.
///
/// Waiting uses it up, and bytes give it back, up to what it was at first. So a body that stops is broken off after that
/// time, and one that trickles a while later; one that comes at [`MIN_BYTES_PER_SECOND`] never is. Only waiting counts:
/// a body that we do not take is not slow.
#[derive(Clone, Copy, Debug)]
pub(super) struct MinimumRate {
    patience: Duration,
    left: Duration,
}

impl MinimumRate {
    pub(super) const fn new(patience: Duration) -> Self {
        Self {
            patience,
            left: patience,
        }
    }

    /// How long the next bytes may take.
    pub(super) const fn left(&self) -> Duration {
        self.left
    }

    /// Some bytes were waited for, and came.
    #[expect(clippy::cast_precision_loss, reason = "a chunk has kilobytes")]
    pub(super) fn came(&mut self, bytes: usize, waited: Duration) {
        let earned = Duration::from_secs_f64(bytes as f64 / MIN_BYTES_PER_SECOND);
        self.left = (self.left.saturating_sub(waited) + earned).min(self.patience);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// For how many chunks a body is waited for, if each chunk comes after a second; at most 1,000.
    fn chunks(bytes: usize) -> usize {
        let second = Duration::from_secs(1);
        let mut minimum_rate = MinimumRate::new(Duration::from_secs(20));
        (0..1000)
            .take_while(|_| {
                let in_time = minimum_rate.left() > second;
                minimum_rate.came(bytes, second);
                in_time
            })
            .count()
    }

    #[test]
    fn a_body_that_trickles_is_not_waited_for_and_one_that_keeps_pace_is() {
        assert_eq!(chunks(1), 20);
        assert_eq!(chunks(512), 38);
        assert_eq!(chunks(1024), 1000);
        assert_eq!(chunks(1 << 20), 1000);
    }

    #[test]
    fn many_bytes_at_once_buy_no_more_than_the_patience_there_was() {
        let mut minimum_rate = MinimumRate::new(Duration::from_secs(20));
        minimum_rate.came(1 << 30, Duration::from_secs(5));
        assert_eq!(minimum_rate.left(), Duration::from_secs(20));
    }
}
