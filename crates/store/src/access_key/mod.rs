//! Access keys, as they are kept.

mod rows;
mod statements;

use chrono::{DateTime, Utc};
use deskledger_domain::{Principal, ProjectScope};

use crate::StoreError;

pub(crate) use statements::{active, add, add_within, list, of_project, revoke, revoke_of};

/// The access keys of a database. Every method blocks; all may be called from several threads at once.
pub trait AccessKeyStore: Send + Sync {
    /// Adds a key that is not revoked.
    ///
    /// # Errors
    /// - [`Unavailable`](crate::StoreErrorKind::Unavailable) when the database is unavailable, or becomes so meanwhile;
    /// - [`Busy`](crate::StoreErrorKind::Busy) when no connection, or on SQLite the lock, comes free within `connection_timeout`;
    /// - [`Other`](crate::StoreErrorKind::Other) when there is a key with this identifier, or the role may not write.
    fn add(&self, key: &NewAccessKey<'_>) -> Result<(), StoreError>;

    /// Every key there is, the revoked ones included, oldest first, ties by identifier. It waits for no export.
    ///
    /// # Errors
    /// [`Unavailable`](crate::StoreErrorKind::Unavailable) and [`Busy`](crate::StoreErrorKind::Busy) as [`add`](Self::add);
    /// [`Corrupt`](crate::StoreErrorKind::Corrupt) when a row is not a valid key.
    fn list(&self) -> Result<Vec<StoredAccessKey>, StoreError>;

    /// Every key that is not revoked, in no order. It waits for no export.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    fn active(&self) -> Result<Vec<StoredAccessKey>, StoreError>;

    /// The keys of a project: those that are not revoked first, the newest of each first, ties by identifier. At most so many.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    fn of_project(
        &self,
        scope: &ProjectScope,
        most: u32,
    ) -> Result<Vec<StoredAccessKey>, StoreError>;

    /// Adds a key that is not revoked, unless its user or its project has as many of these as they may. Those that are added at
    /// the same moment by several connections may be more, by as many as these are.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    fn add_within(
        &self,
        key: &NewAccessKey<'_>,
        bounds: AccessKeyBounds,
    ) -> Result<Addition, StoreError>;

    /// Revokes the key with an identifier, for good: its secret is deleted.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    fn revoke(&self, id: &str, now: DateTime<Utc>) -> Result<Revocation, StoreError>;

    /// [`revoke`](Self::revoke) for the keys of one project. One of another project is unknown.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    fn revoke_of(
        &self,
        scope: &ProjectScope,
        id: &str,
        now: DateTime<Utc>,
    ) -> Result<Revocation, StoreError>;
}

/// How many keys may be active.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessKeyBounds {
    /// Of one user in one project.
    pub of_user: u32,
    /// Of one project.
    pub of_project: u32,
}

/// What became of a key that was to be added within bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addition {
    /// It was added.
    Added,
    /// It was not: its user has as many as they may.
    UserHasEnough,
    /// It was not: its project has as many as it may.
    ProjectHasEnough,
}

/// An access key on its way into the database.
#[derive(Clone, Copy, Debug)]
pub struct NewAccessKey<'a> {
    /// The identifier, which a request names.
    pub id: &'a str,
    /// Whom it stands for. The name of a role must not hold a line feed.
    pub principal: &'a Principal,
    /// The secret that signs requests, sealed so that the database alone does not reveal it.
    pub sealed_secret: &'a [u8],
    /// When it was made. Microseconds are kept.
    pub created_at: DateTime<Utc>,
}

/// An access key from the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAccessKey {
    /// The identifier, which a request names.
    pub id: String,
    /// Whom it stands for.
    pub principal: Principal,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// What has become of it.
    pub state: AccessKeyState,
}

/// What has become of an access key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccessKeyState {
    /// It may be used.
    Active {
        /// What requests are signed with, as it was sealed.
        sealed_secret: Vec<u8>,
    },
    /// It may not be used any more.
    Revoked {
        /// Since when.
        at: DateTime<Utc>,
    },
}

/// What became of the wish to revoke a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// It is revoked now.
    Revoked,
    /// It was revoked before.
    AlreadyRevoked,
    /// There is no such key.
    Unknown,
}
