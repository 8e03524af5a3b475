//! Who was handed records, and who took them away: written down before it begins, and once more when it has ended. See
//! `docs/decisions/0017-audit.md` and `0035-what-is-audited.md`.

mod line;
mod meter;
mod open;
mod refusals;
mod request;
mod stream;
mod sweep;
#[cfg(test)]
mod test_support;
mod trail;
mod waiting;
mod writer;

pub(crate) use meter::Meter;
pub(crate) use open::OpenAudit;
pub(crate) use request::{Subject, audit_of};
pub(crate) use stream::AuditedStream;
pub(crate) use sweep::{ListedPage, SweepKey};
pub(crate) use trail::{AuditTrail, refusal};
