//! How people sign in, and their sessions.

pub(super) mod oidc;
pub(super) mod password;
pub(super) mod session;
pub(super) mod sessions;
pub(super) mod token;
pub(super) mod ways;

mod extract;

use super::{browser, caller, route};
