//! The sessions of a database, over its connections.

use chrono::{DateTime, Utc};
use deskledger_domain::{ProjectScope, SessionId};

use super::{
    Alive, ListedSession, NewSession, SessionBounds, SessionHash, SessionStore, StoredSession,
    statements,
};
use crate::connection::RowConnections;
use crate::{PoolStatus, StoreError};

/// Sessions in a database.
pub(crate) struct Sessions<C>(pub(crate) C);

impl<C: RowConnections> SessionStore for Sessions<C> {
    fn pools(&self) -> Vec<PoolStatus> {
        self.0.pools()
    }

    fn begin(&self, session: &NewSession<'_>, most: SessionBounds) -> Result<(), StoreError> {
        self.0.write("begin a session", |connection| {
            statements::begin(connection, session, most)
        })
    }

    fn find(&self, hash: &SessionHash) -> Result<Option<StoredSession>, StoreError> {
        self.0.read("find a session", |connection| {
            statements::find(connection, hash)
        })
    }

    fn touch(&self, hash: &SessionHash, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.0.write("note the use of a session", |connection| {
            statements::touch(connection, hash, at)
        })
    }

    fn reseal(&self, hash: &SessionHash, sealed: &[u8]) -> Result<bool, StoreError> {
        self.0.write("change a session", |connection| {
            statements::reseal(connection, hash, sealed)
        })
    }

    fn list(
        &self,
        scope: &ProjectScope,
        user: Option<&str>,
        alive: Alive,
        most: u32,
    ) -> Result<Vec<ListedSession>, StoreError> {
        self.0.read("list sessions", |connection| {
            statements::list(connection, scope, user, alive, most)
        })
    }

    fn end(
        &self,
        scope: &ProjectScope,
        id: &SessionId,
        user: Option<&str>,
    ) -> Result<Option<String>, StoreError> {
        self.0.write("end a session", |connection| {
            statements::end(connection, scope, id, user)
        })
    }

    fn end_by_hash(&self, hash: &SessionHash) -> Result<bool, StoreError> {
        self.0.write("end a session", |connection| {
            statements::end_by_hash(connection, hash)
        })
    }

    fn delete_over(&self, alive: Alive) -> Result<u64, StoreError> {
        self.0.write("delete sessions that are over", |connection| {
            statements::delete_over(connection, alive)
        })
    }

    fn spend(&self, state: &SessionHash, expires_at: DateTime<Utc>) -> Result<bool, StoreError> {
        self.0.write("note that a sign-in came back", |connection| {
            statements::spend(connection, state, expires_at)
        })
    }
}
