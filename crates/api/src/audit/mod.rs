//! Who exported what: written down before an export begins, and once more when it has ended. See `docs/decisions/0017-audit.md`.

mod line;
mod meter;
mod open;
mod request;
mod trail;
mod writer;

pub(crate) use meter::Meter;
pub(crate) use open::OpenAudit;
pub(crate) use request::audit_of;
pub(crate) use trail::{AuditTrail, refusal};
