use thiserror::Error;
use tokio::task::JoinError;

use crate::Kind;

/// Why there is no permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The project, or whatever permits are shared between, has its share.
    #[error("this project has as many {} running as it may: try again later", .0.name)]
    Share(Kind),
    /// The process has as many as it may.
    #[error("the service has as many {} running as it may: try again later", .0.name)]
    Process(Kind),
}

/// Why work was not done.
#[derive(Debug, Error)]
pub enum RunError {
    /// There was no permit in time.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It panicked.
    #[error("the work panicked")]
    Panicked(#[from] JoinError),
}
