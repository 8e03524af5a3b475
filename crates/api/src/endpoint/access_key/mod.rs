//! Access keys of a project: listed, made and revoked by those who may. See `docs/decisions/0128-access-keys-over-http.md`.

pub(super) mod list;
pub(super) mod make;
pub(super) mod revoke;

use super::{caller, route};
