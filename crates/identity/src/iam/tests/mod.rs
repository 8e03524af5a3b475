//! IAM as it should not be: slow, broken, unavailable, or asked by many at once. How a real Keystone is asked is tested
//! end to end.

mod asking;
mod fairness;
mod server;
mod tls;
mod verifying;

use std::time::Duration;

use deskledger_domain::parse_time;
use ureq::http::HeaderValue;
use ureq::tls::RootCerts;

use super::client::IamClient;
use super::verdict::Verdict;
use super::{IamError, IamOptions};

/// When the tokens of these tests expire.
const EXPIRES: &str = "2026-11-23T14:00:00Z";

/// Options for the service at `url`: those of the service by default, but for a longer time-out.
pub(super) fn options(url: &str) -> IamOptions {
    IamOptions {
        endpoint: format!("{url}/v3/auth/tokens").parse().unwrap(),
        roots: RootCerts::WebPki,
        connect_timeout: Duration::from_secs(2),
        request_timeout: Duration::from_secs(60),
        requests: 16,
        cache_time: Duration::from_secs(60),
        cache_entries: 10_000,
        stale_time: Duration::from_secs(300),
        failure_cache_time: Duration::from_secs(5),
    }
}

fn value(token: &str) -> HeaderValue {
    super::header_value(token.as_bytes()).unwrap()
}

/// What Keystone answers for a token of the project `p1`.
fn token_body() -> String {
    format!(
        r#"{{"token": {{"expires_at": "{EXPIRES}", "user": {{"name": "ann"}},
            "project": {{"id": "p1"}}, "roles": [{{"name": "te_admin"}}]}}}}"#
    )
}

fn expires_at() -> chrono::DateTime<chrono::Utc> {
    parse_time(EXPIRES).unwrap()
}
