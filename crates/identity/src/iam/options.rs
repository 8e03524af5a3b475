use std::time::Duration;

use deskledger_limiter::{Bounds, Limits};
use ureq::http::Uri;
use ureq::tls::RootCerts;

/// How IAM is asked, and how long its answers are used.
#[derive(Clone, Debug)]
pub struct IamOptions {
    /// Where tokens are asked for: `https://iam.example.com/v3/auth/tokens`.
    pub endpoint: Uri,
    /// The authorities that the certificate of IAM must come from.
    pub roots: RootCerts,
    /// How long to wait for a connection.
    pub connect_timeout: Duration,
    /// How long one question may take, a second try included.
    pub request_timeout: Duration,
    /// Questions that may be under way at once: at least 1.
    pub requests: u32,
    /// How long an answer is used without asking again. No token is used for longer than it lives.
    pub cache_time: Duration,
    /// How many valid tokens are remembered, and how many that are not: at least 1.
    pub cache_entries: usize,
    /// How long a token goes on beyond `cache_time` while IAM is unavailable.
    pub stale_time: Duration,
    /// How long nothing is asked again after a token was refused, or after IAM did not answer for it.
    pub failure_cache_time: Duration,
}

impl IamOptions {
    /// How many questions may be under way and wait: no key has more than three quarters of them.
    pub(super) fn limits(&self) -> Limits {
        let at_once = self.requests as usize;
        let of_one = at_once.saturating_mul(3) / 4;
        Limits {
            bounds: Bounds {
                running: at_once,
                running_per_key: if of_one == 0 { at_once } else { of_one },
                waiting: at_once.saturating_mul(16),
                waiting_per_key: at_once.saturating_mul(4),
            },
            queue_time: self.request_timeout,
        }
    }
}
