#[cfg(test)]
mod tests;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use deskledger_domain::error_chain;
use quick_cache::sync::Cache;

use super::key::TokenKey;
use super::verdict::{Finding, Grant, Verdict};
use super::{IamError, IamObserver, IamOptions};

/// What IAM said of tokens, for a while.
///
/// Valid tokens are remembered apart from all others, so that a client that sends rubbish pushes no valid token out.
pub(super) struct TokenCache {
    valid: Cache<TokenKey, Entry<Arc<Grant>>>,
    failed: Cache<TokenKey, Entry<Failure>>,
    cache_time: TimeDelta,
    /// How long a token goes on while IAM is unavailable.
    known_time: TimeDelta,
    failure_time: TimeDelta,
    observer: Arc<dyn IamObserver>,
}

#[derive(Clone)]
struct Entry<T> {
    what: T,
    /// When IAM was asked, or did not answer.
    since: DateTime<Utc>,
}

#[derive(Clone)]
enum Failure {
    Refused,
    Unknown(Arc<IamError>),
}

impl<T> Entry<T> {
    /// Whether this is no older than `limit`. Where the clock was set back it is not: its age is not known then.
    fn is_younger(&self, limit: TimeDelta, now: DateTime<Utc>) -> bool {
        let age = now - self.since;
        TimeDelta::zero() <= age && age < limit
    }
}

impl TokenCache {
    /// A cache with these limits.
    pub(super) fn new(options: &IamOptions, observer: Arc<dyn IamObserver>) -> Self {
        let entries = options.cache_entries;
        Self {
            valid: Cache::new(entries),
            failed: Cache::new(entries),
            cache_time: time_delta(options.cache_time),
            known_time: time_delta(options.cache_time.saturating_add(options.stale_time)),
            failure_time: time_delta(options.failure_cache_time),
            observer,
        }
    }

    /// What is known of a token. None: ask IAM.
    pub(super) fn find(&self, key: &TokenKey, now: DateTime<Utc>) -> Option<Finding> {
        if let Some(entry) = self.valid.get(key) {
            if now >= entry.what.expires_at {
                return Some(Finding::Expired);
            }
            if entry.is_younger(self.cache_time, now) {
                return Some(Finding::Valid(entry.what));
            }
        }
        let entry = self.failed.get(key)?;
        if !entry.is_younger(self.failure_time, now) {
            return None;
        }
        Some(match entry.what {
            Failure::Refused => Finding::Refused,
            Failure::Unknown(error) => self.go_on(key, now).unwrap_or(Finding::Unknown(error)),
        })
    }

    /// Whether IAM called a token valid before, and has not refused it since.
    pub(super) fn knows(&self, key: &TokenKey) -> bool {
        self.valid.peek(key).is_some()
    }

    /// Remembers what IAM said of a token when it was asked at `asked`, and what that means now.
    pub(super) fn keep(
        &self,
        key: TokenKey,
        answer: Result<Verdict, IamError>,
        asked: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Finding {
        match answer {
            Ok(Verdict::Valid(grant)) => {
                let grant = Arc::new(grant);
                let what = Arc::clone(&grant);
                self.failed.remove(&key);
                self.valid.insert(key, Entry { what, since: asked });
                if now < grant.expires_at {
                    Finding::Valid(grant)
                } else {
                    Finding::Expired
                }
            }
            Ok(Verdict::Refused) => {
                self.valid.remove(&key);
                self.fail(key, Failure::Refused, now);
                Finding::Refused
            }
            Err(error) => {
                let error = Arc::new(error);
                self.fail(key, Failure::Unknown(Arc::clone(&error)), now);
                match self.go_on(&key, now) {
                    Some(finding) => {
                        let cause = error_chain(&*error);
                        tracing::warn!(
                            cause,
                            "IAM is unavailable; a token goes on that it called valid"
                        );
                        finding
                    }
                    None => Finding::Unknown(error),
                }
            }
        }
    }

    fn fail(&self, key: TokenKey, what: Failure, since: DateTime<Utc>) {
        self.failed.insert(key, Entry { what, since });
    }

    /// A token that IAM called valid not too long ago stays valid while IAM is unavailable.
    fn go_on(&self, key: &TokenKey, now: DateTime<Utc>) -> Option<Finding> {
        let entry = self.valid.get(key)?;
        let goes_on = entry.is_younger(self.known_time, now) && now < entry.what.expires_at;
        if goes_on {
            self.observer.count_token("stale");
        }
        goes_on.then_some(Finding::Valid(entry.what))
    }
}

/// A time-out as a difference of clock times. One that is too long for that has no end.
fn time_delta(duration: std::time::Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}
