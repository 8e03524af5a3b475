//! Access keys, as they are kept.

mod rows;
mod statements;

use chrono::{DateTime, Utc};
use deskledger_domain::Principal;

use crate::StoreError;

pub(crate) use statements::{add, list, revoke};

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

    /// Revokes the key with an identifier, for good: its secret is deleted.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    fn revoke(&self, id: &str, now: DateTime<Utc>) -> Result<Revocation, StoreError>;
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
