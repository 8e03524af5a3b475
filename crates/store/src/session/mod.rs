//! Sessions of people who signed in, as they are kept.

mod rows;
mod statements;
mod store;

use std::time::Duration;

use chrono::{DateTime, Utc};
use deskledger_domain::{ProjectId, ProjectScope, SessionId, SignInWay};

use crate::{PoolStatus, StoreError};

pub(crate) use store::Sessions;

/// The SHA-256 of what a browser holds of its session.
pub type SessionHash = [u8; 32];

/// The sessions of a database. Every method blocks; all may be called from several threads and processes at once.
///
/// # Errors
/// All methods fail with
/// - [`Unavailable`](crate::StoreErrorKind::Unavailable) when the database is unavailable, or becomes so meanwhile;
/// - [`Busy`](crate::StoreErrorKind::Busy) when no connection, or on SQLite the lock, comes free within `connection_timeout`;
/// - [`Corrupt`](crate::StoreErrorKind::Corrupt) when a row is not a valid session;
/// - [`Other`](crate::StoreErrorKind::Other) when the database refuses.
pub trait SessionStore: Send + Sync {
    /// What the connections do, pool by pool.
    fn pools(&self) -> Vec<PoolStatus>;

    /// Adds a session. In the same transaction it ends the one that it replaces, and the oldest of its owner and of its chosen
    /// project beyond `most`. Two that begin at the same moment may be one more than that.
    ///
    /// # Errors
    /// As [all](SessionStore).
    fn begin(&self, session: &NewSession<'_>, most: SessionBounds) -> Result<(), StoreError>;

    /// The session with a hash, over or not.
    ///
    /// # Errors
    /// As [all](SessionStore).
    fn find(&self, hash: &SessionHash) -> Result<Option<StoredSession>, StoreError>;

    /// Writes down that a session was used at a time, unless it was used later or has ended.
    ///
    /// # Errors
    /// As [all](SessionStore).
    fn touch(&self, hash: &SessionHash, at: DateTime<Utc>) -> Result<(), StoreError>;

    /// Replaces what is sealed of a session, and says whether there is still one.
    ///
    /// # Errors
    /// As [all](SessionStore).
    fn reseal(&self, hash: &SessionHash, sealed: &[u8]) -> Result<bool, StoreError>;

    /// The sessions that are alive and may act in a project, of all users or of one, newest first, ties by identifier: at most so
    /// many.
    ///
    /// # Errors
    /// As [all](SessionStore).
    fn list(
        &self,
        scope: &ProjectScope,
        user: Option<&str>,
        alive: Alive,
        most: u32,
    ) -> Result<Vec<ListedSession>, StoreError>;

    /// Ends the session with an identifier, where it may act in a project, and is of `user` where one is given. The name of its
    /// user; `None` where there is no such session.
    ///
    /// # Errors
    /// As [all](SessionStore).
    fn end(
        &self,
        scope: &ProjectScope,
        id: &SessionId,
        user: Option<&str>,
    ) -> Result<Option<String>, StoreError>;

    /// Ends the session with a hash, and says whether there was one.
    ///
    /// # Errors
    /// As [all](SessionStore).
    fn end_by_hash(&self, hash: &SessionHash) -> Result<bool, StoreError>;

    /// Deletes what is over: sessions, and sign-ins that can come back no more. How many sessions these were.
    ///
    /// # Errors
    /// As [all](SessionStore).
    fn delete_over(&self, alive: Alive) -> Result<u64, StoreError>;

    /// Writes down that a sign-in came back, until it could come back no more. `false` where it had come back before.
    ///
    /// # Errors
    /// As [all](SessionStore).
    fn spend(&self, state: &SessionHash, expires_at: DateTime<Utc>) -> Result<bool, StoreError>;
}

/// A session on its way into the database.
#[derive(Clone, Copy, Debug)]
pub struct NewSession<'a> {
    /// The hash of what the browser holds.
    pub hash: &'a SessionHash,
    /// By which people name it.
    pub about: &'a SessionAbout,
    /// The person, by a text that is theirs alone.
    pub owner: &'a str,
    /// The projects that it may choose between; the first one is chosen now.
    pub projects: &'a [ProjectId],
    /// What it may do, sealed so that the database alone does not reveal it.
    pub sealed: &'a [u8],
    /// The session that it replaces.
    pub replaces: Option<&'a SessionHash>,
}

/// What is known of a session without opening it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionAbout {
    /// By which people name it. It opens nothing.
    pub id: SessionId,
    /// The name of the user.
    pub user: String,
    /// How they signed in.
    pub way: SignInWay,
    /// When. Microseconds are kept.
    pub created_at: DateTime<Utc>,
    /// When it ends at the latest.
    pub ends_at: DateTime<Utc>,
    /// The address that they signed in from, where it is known.
    pub address: Option<String>,
    /// What their browser calls itself.
    pub user_agent: Option<String>,
}

/// A session from the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSession {
    /// What is known of it without opening it.
    pub about: SessionAbout,
    /// What it may do, as it was sealed.
    pub sealed: Vec<u8>,
    /// When it was last used, or some time before.
    pub last_used_at: DateTime<Utc>,
}

/// A session of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedSession {
    /// What is known of it without opening it.
    pub about: SessionAbout,
    /// When it was last used, or some time before.
    pub last_used_at: DateTime<Utc>,
}

/// How many sessions may be alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionBounds {
    /// Of one owner: at least 1.
    pub of_owner: u32,
    /// That may act in one project: at least 1.
    pub of_project: u32,
}

/// Which sessions are alive: those that end after `now`, and were used since `now` less `idle`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alive {
    /// What time it is.
    pub now: DateTime<Utc>,
    /// How long a session may go unused.
    pub idle: Duration,
}

impl Alive {
    /// The time since which a session must have been used.
    pub fn used_since(self) -> DateTime<Utc> {
        let idle = chrono::TimeDelta::from_std(self.idle).unwrap_or(chrono::TimeDelta::MAX);
        let earliest = DateTime::<Utc>::MIN_UTC;
        self.now.checked_sub_signed(idle).unwrap_or(earliest)
    }

    /// Whether a session is alive.
    pub fn is(self, last_used_at: DateTime<Utc>, ends_at: DateTime<Utc>) -> bool {
        self.now < ends_at && self.used_since() < last_used_at
    }
}
