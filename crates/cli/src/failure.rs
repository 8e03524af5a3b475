use std::error::Error;
use std::fmt;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use deskledger_domain::{InvalidFilter, InvalidProjectId, error_chain};
use deskledger_settings::SettingsError;
use deskledger_store::StoreError;

/// What the exit codes mean, for the help of the program.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed; standard error says why
  2  refused before anything was done: the command line, a file that it names, a setting, or what
     was asked of a service (400) is wrong
  3  done, but there were bad lines, which --skip-bad set aside
  4  the database or the service is not available, or is busy: try again later
  5  check found something that is wrong, and did not correct it
  6  the service refused: the token is not valid (401), or may not do this (403)
  7  there is no such thing (404), such as a task, or its file is kept no more (410)
  128 and the number of a signal: a signal ended demo or an export, such as Ctrl-C (130)";

/// How a command ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Everything was done.
    Done,
    /// Everything was done but for the bad lines of the input.
    BadLines,
    /// Something is wrong with what was checked.
    Differences,
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Done => Self::SUCCESS,
            Ending::BadLines => Self::from(3),
            Ending::Differences => Self::from(5),
        }
    }
}

/// Why a command failed, for its caller: what happened, and each cause after it.
#[derive(Debug)]
pub(crate) struct Failure {
    text: String,
    kind: Kind,
}

/// What the caller can do about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Read what it says.
    Failed,
    /// Call the command in another way, or correct the settings.
    Usage,
    /// Try again later.
    Unavailable,
    /// Ask with other credentials.
    Refused,
    /// Ask for something else.
    NotFound,
}

impl Failure {
    /// An error and all its causes.
    pub(crate) fn new(error: impl Error + 'static) -> Self {
        Self {
            text: error_chain(&error),
            kind: Kind::of(&error),
        }
    }

    /// Something that no error says.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            kind: Kind::Failed,
        }
    }

    /// The caller has to call the command in another way.
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            kind: Kind::Usage,
        }
    }

    /// The caller may try again later.
    pub(crate) fn unavailable(text: impl Into<String>) -> Self {
        Self::text(text).of_kind(Kind::Unavailable)
    }

    /// The caller may not do it with these credentials.
    pub(crate) fn refused(text: impl Into<String>) -> Self {
        Self::text(text).of_kind(Kind::Refused)
    }

    /// What was asked for does not exist.
    pub(crate) fn not_found(text: impl Into<String>) -> Self {
        Self::text(text).of_kind(Kind::NotFound)
    }

    /// The same failure, of which the caller may hope that it passes.
    pub(crate) fn that_may_pass(self) -> Self {
        self.of_kind(Kind::Unavailable)
    }

    fn of_kind(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    /// A path of the command line cannot be used. `what` says what it was to be used for.
    pub(crate) fn path(what: &str, path: &Path, error: &io::Error) -> Self {
        let kind = if is_about_path(error.kind()) {
            Kind::Usage
        } else {
            Kind::Failed
        };
        let text = format!("{what} {}: {error}", path.display());
        Self { text, kind }
    }

    /// What remains of what was done before.
    pub(crate) fn and(self, remains: impl fmt::Display) -> Self {
        Self {
            text: format!("{}; {remains}", self.text),
            ..self
        }
    }

    /// What was being done when it happened.
    pub(crate) fn during(self, what: impl fmt::Display) -> Self {
        Self {
            text: format!("{what}: {}", self.text),
            ..self
        }
    }

    /// What the program exits with.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self.kind {
            Kind::Failed => ExitCode::FAILURE,
            Kind::Usage => ExitCode::from(2),
            Kind::Unavailable => ExitCode::from(4),
            Kind::Refused => ExitCode::from(6),
            Kind::NotFound => ExitCode::from(7),
        }
    }
}

impl Kind {
    /// The kind of an error, by what caused it.
    fn of(error: &(dyn Error + 'static)) -> Self {
        let mut cause = Some(error);
        while let Some(error) = cause {
            let is_of_caller = error.is::<SettingsError>()
                || error.is::<InvalidFilter>()
                || error.is::<InvalidProjectId>();
            if is_of_caller {
                return Self::Usage;
            }
            match error.downcast_ref().map(StoreError::kind) {
                Some(kind) if kind.may_pass() => return Self::Unavailable,
                Some(kind) if kind.is_permanent() => return Self::Usage,
                _ => cause = error.source(),
            }
        }
        Self::Failed
    }
}

/// Whether an error of the system says that a path is not the right one, and not that the system failed.
fn is_about_path(kind: io::ErrorKind) -> bool {
    use io::ErrorKind as K;

    matches!(
        kind,
        K::NotFound
            | K::PermissionDenied
            | K::AlreadyExists
            | K::IsADirectory
            | K::NotADirectory
            | K::ReadOnlyFilesystem
            | K::InvalidFilename
            | K::InvalidInput
    )
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_numbers(&self.text))
    }
}

/// A text without the numbers that Rust adds to the errors of the system, as in `(os error 2)`.
fn without_numbers(text: &str) -> String {
    let mut parts = text.split(" (os error ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + part.split_once(')').map_or(part, |(_, rest)| rest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_the_system_are_left_out() {
        for (text, expected) in [
            (
                "cannot read a: No such file (os error 2)",
                "cannot read a: No such file",
            ),
            ("a: b (os error 28); c (os error 5): d", "a: b; c: d"),
            ("a (b)", "a (b)"),
        ] {
            assert_eq!(Failure::text(text).to_string(), expected);
        }
    }
}
