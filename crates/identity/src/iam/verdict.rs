use std::sync::Arc;

use chrono::{DateTime, Utc};
use deskledger_domain::Principal;
use deskledger_limiter::Refusal;

use super::IamError;

/// What IAM says of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is valid.
    Valid(Grant),
    /// It is not valid: unknown, revoked or expired. IAM does not distinguish these.
    Refused,
}

/// What a valid token stands for, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grant {
    /// Who, in which project. None: the token is for no project.
    pub(super) principal: Option<Principal>,
    /// The first moment at which it is not valid any more.
    pub(super) expires_at: DateTime<Utc>,
}

/// What is known of a token, after IAM was asked, now or before.
#[derive(Clone, Debug)]
pub(super) enum Finding {
    /// It is valid now.
    Valid(Arc<Grant>),
    /// It was valid once.
    Expired,
    /// IAM refused it.
    Refused,
    /// IAM was not asked, since too many others ask.
    NotAsked(Refusal),
    /// IAM could not say.
    Unknown(Arc<IamError>),
}
