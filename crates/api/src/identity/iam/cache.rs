#[cfg(test)]
mod tests;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use quick_cache::sync::Cache;

use super::IamError;
use super::key::TokenKey;
use super::verdict::{Finding, Grant, Verdict};
use crate::error::chain;
use crate::metrics::Metrics;
use crate::settings::IamSettings;

/// What IAM said of tokens, for a while.
///
/// Valid tokens are remembered apart from all others, so that a client that sends rubbish pushes no valid token out.
pub(super) struct TokenCache {
    valid: Cache<TokenKey, Entry<Arc<Grant>>>,
    failed: Cache<TokenKey, Entry<Failure>>,
    cache_time: TimeDelta,
    stale_time: TimeDelta,
    failure_time: TimeDelta,
    metrics: Metrics,
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
    /// A cache with the limits of the settings.
    pub(super) fn new(settings: &IamSettings, metrics: Metrics) -> Self {
        let entries = settings.cache_entries as usize;
        Self {
            valid: Cache::new(entries),
            failed: Cache::new(entries),
            cache_time: settings.cache_time(),
            stale_time: settings.stale_time(),
            failure_time: settings.failure_cache_time(),
            metrics,
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
                        let cause = chain(&*error);
                        tracing::warn!(cause, "IAM is away; a token goes on that it called valid");
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
        let goes_on =
            entry.is_younger(self.cache_time + self.stale_time, now) && now < entry.what.expires_at;
        if goes_on {
            self.metrics.operation().count_iam_token("stale");
        }
        goes_on.then_some(Finding::Valid(entry.what))
    }
}
