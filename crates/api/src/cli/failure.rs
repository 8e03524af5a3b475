use std::error::Error;
use std::fmt;

use deskledger_api::error_chain;

/// Why a command failed, for whoever called it: what happened, and each cause after it.
#[derive(Debug)]
pub(super) struct Failure(String);

impl Failure {
    /// An error and all its causes.
    pub(super) fn new(error: impl Error) -> Self {
        Self(error_chain(&error))
    }

    /// Something that no error says.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// What remains of what was done before.
    pub(super) fn and(self, remains: impl fmt::Display) -> Self {
        Self(format!("{}; {remains}", self.0))
    }

    /// What was being done when it happened.
    pub(super) fn during(self, what: impl fmt::Display) -> Self {
        Self(format!("{what}: {}", self.0))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
