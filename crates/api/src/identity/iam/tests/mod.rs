//! IAM as it should not be: slow, broken, unavailable, or asked by many at once. How a real Keystone is asked is tested
//! end to end.

mod asking;
mod fairness;
mod server;
mod tls;
mod verifying;

use deskledger_domain::parse_time;
use ureq::http::HeaderValue;

use super::IamError;
use super::client::IamClient;
use super::verdict::Verdict;
use crate::settings::{IamSettings, Settings};

/// When the tokens of these tests expire.
const EXPIRES: &str = "2026-11-23T14:00:00Z";

/// Settings for the service at `url`, with short times.
fn settings(url: String) -> IamSettings {
    IamSettings {
        url,
        request_timeout_seconds: 60,
        ..Settings::defaults().unwrap().identity.iam
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
