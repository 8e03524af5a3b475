//! One error for the crate. Callers act on its [kind](StoreError::kind); its source is for logs alone.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::condition;

/// Why the store did not do what it was asked for.
///
/// It reads as a fragment after "failed to": `read records: the database is not available`. It holds no SQL, no path
/// and no password, so it may be shown; its [source](Error::source) holds what the database said and is for logs.
#[derive(Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    action: &'static str,
    reason: Cow<'static, str>,
    source: Option<Cause>,
    of_replica: bool,
}

/// What the database or a library said.
pub(crate) type Cause = Box<dyn Error + Send + Sync>;

/// What went wrong, as far as it makes a difference to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// The database cannot be reached, refuses connections, or closed the connection. It may come back.
    Unavailable,
    /// No connection of the pool came free in time, or another process kept the database locked. It will pass.
    Busy,
    /// The statement took longer than the time-out allows.
    TimedOut,
    /// The URL names no database that this crate could open.
    InvalidUrl,
    /// The schema could not be brought up to date.
    Migration,
    /// The database is not what this crate needs: another encoding, an older server, a file that is no SQLite
    /// database. The error names it. Another database has to be named.
    Unsuitable,
    /// The role lacks a right, or a policy may hide rows from it. The error names what is lacking, and an operator can grant it
    /// meanwhile.
    LacksRights,
    /// The database holds a row that is not valid.
    Corrupt,
    /// The disk of the database is full. It passes once somebody makes room.
    Full,
    /// The database takes no writes: it is a standby, or an operator or a managed server has put a brake on it. It may pass.
    ReadOnly,
    /// Anything else. The source says what.
    Other,
}

impl StoreErrorKind {
    /// Whether the same call may succeed later, without a change of the service or of what it was asked for.
    pub const fn may_pass(self) -> bool {
        matches!(
            self,
            Self::Unavailable | Self::Busy | Self::TimedOut | Self::Full | Self::ReadOnly
        )
    }

    /// Whether the URL has to be changed before any call can succeed.
    pub const fn is_permanent(self) -> bool {
        matches!(self, Self::InvalidUrl | Self::Unsuitable)
    }

    const fn reason(self) -> &'static str {
        match self {
            Self::Unavailable => "the database is not available",
            Self::Busy => "the database is busy",
            Self::TimedOut => "the database took longer than the time-out allows",
            Self::InvalidUrl => "the database URL is not valid",
            Self::Migration => "a migration failed",
            Self::Unsuitable => "the database cannot be used",
            Self::LacksRights => "the role of the database lacks rights",
            Self::Corrupt => "what is stored is not valid",
            Self::Full => "the disk of the database is full",
            Self::ReadOnly => "the database is read-only",
            Self::Other => "the database refused",
        }
    }
}

impl StoreError {
    /// What went wrong, for the caller to act on.
    pub const fn kind(&self) -> StoreErrorKind {
        self.kind
    }

    /// Whether it was a replica that failed, in a way in which the primary may not, when a part had been handed over: the same call
    /// may succeed if it is made at once again, and is then made to the primary.
    pub const fn is_of_replica(&self) -> bool {
        self.of_replica
    }

    #[cfg(feature = "postgres")]
    pub(crate) fn of_replica(self) -> Self {
        Self {
            of_replica: true,
            ..self
        }
    }

    pub(crate) const fn new(kind: StoreErrorKind, action: &'static str) -> Self {
        Self {
            kind,
            action,
            reason: Cow::Borrowed(kind.reason()),
            source: None,
            of_replica: false,
        }
    }

    pub(crate) fn because(self, cause: impl Into<Cause>) -> Self {
        Self {
            source: Some(cause.into()),
            ..self
        }
    }

    pub(crate) const fn invalid_url(reason: &'static str) -> Self {
        Self {
            kind: StoreErrorKind::InvalidUrl,
            action: "open the database",
            reason: Cow::Borrowed(reason),
            source: None,
            of_replica: false,
        }
    }

    /// The database is not what this crate needs, for the reason that is given.
    pub(crate) fn unsuitable(action: &'static str, reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind: StoreErrorKind::Unsuitable,
            action,
            reason: reason.into(),
            source: None,
            of_replica: false,
        }
    }

    /// The role lacks what the reason names.
    pub(crate) fn lacks_rights(action: &'static str, reason: String) -> Self {
        Self {
            kind: StoreErrorKind::LacksRights,
            action,
            reason: reason.into(),
            source: None,
            of_replica: false,
        }
    }

    /// An error of a statement.
    pub(crate) fn of_statement(action: &'static str, error: DieselError) -> Self {
        Self::new(kind_of(&error), action).because(error)
    }
}

/// The kind of a statement's error, as far as Diesel and the words of the database say.
pub(crate) fn kind_of(error: &DieselError) -> StoreErrorKind {
    match error {
        DieselError::DatabaseError(kind, information) => match kind {
            DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => {
                StoreErrorKind::Unavailable
            }
            DatabaseErrorKind::ReadOnlyTransaction => StoreErrorKind::ReadOnly,
            // Another one came first; the next time it may not.
            DatabaseErrorKind::SerializationFailure => StoreErrorKind::Busy,
            DatabaseErrorKind::Unknown => {
                condition::of_words(information.message(), information.hint())
                    .unwrap_or(StoreErrorKind::Other)
            }
            _ => StoreErrorKind::Other,
        },
        DieselError::BrokenTransactionManager => StoreErrorKind::Unavailable,
        DieselError::DeserializationError(_) => StoreErrorKind::Corrupt,
        DieselError::RollbackErrorOnCommit { commit_error, .. } => kind_of(commit_error),
        _ => StoreErrorKind::Other,
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.action, self.reason)
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.source {
            Some(cause) => Some(cause.as_ref()),
            None => None,
        }
    }
}
