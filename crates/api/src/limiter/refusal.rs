use std::time::Duration;

use thiserror::Error;

use super::Kind;
use crate::error::{ApiError, ErrorCode};

/// Why there is no permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum Refusal {
    /// The project, or whatever permits are shared between, has its share.
    #[error("this project has as many {} running as it may: try again later", .0.name())]
    Share(Kind),
    /// The process has as many as it may.
    #[error("the service has as many {} running as it may: try again later", .0.name())]
    Process(Kind),
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        const RETRY: Duration = Duration::from_secs(10);

        let code = match refusal {
            Refusal::Share(_) => ErrorCode::TooManyRequests,
            Refusal::Process(_) => ErrorCode::Unavailable,
        };
        Self::new(code, refusal.to_string()).with_retry_after(RETRY)
    }
}
