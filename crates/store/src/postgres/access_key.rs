//! Access keys.

use chrono::{DateTime, Utc};
use deskledger_domain::ProjectScope;

use super::PostgresStore;
use crate::access_key;
use crate::connection::Connection;
use crate::{
    AccessKeyBounds, AccessKeyStore, Addition, NewAccessKey, Revocation, StoreError,
    StoredAccessKey,
};

impl AccessKeyStore for PostgresStore {
    fn add(&self, key: &NewAccessKey<'_>) -> Result<(), StoreError> {
        const ACTION: &str = "add an access key";
        self.writes.with(ACTION, |session| {
            access_key::add(&mut Connection::Postgres(&mut session.connection), key)
                .map_err(|error| StoreError::of_statement(ACTION, error))
        })
    }

    fn list(&self) -> Result<Vec<StoredAccessKey>, StoreError> {
        const ACTION: &str = "list access keys";
        self.checks.with(ACTION, |session| {
            access_key::list(&mut Connection::Postgres(&mut session.connection))
                .map_err(|error| StoreError::of_statement(ACTION, error))
        })
    }

    fn revoke(&self, id: &str, now: DateTime<Utc>) -> Result<Revocation, StoreError> {
        const ACTION: &str = "revoke an access key";
        self.writes.with(ACTION, |session| {
            access_key::revoke(&mut Connection::Postgres(&mut session.connection), id, now)
                .map_err(|error| StoreError::of_statement(ACTION, error))
        })
    }

    fn active(&self) -> Result<Vec<StoredAccessKey>, StoreError> {
        const ACTION: &str = "read the access keys that may be used";
        self.checks.with(ACTION, |session| {
            access_key::active(&mut Connection::Postgres(&mut session.connection))
                .map_err(|error| StoreError::of_statement(ACTION, error))
        })
    }

    fn of_project(
        &self,
        scope: &ProjectScope,
        most: u32,
    ) -> Result<Vec<StoredAccessKey>, StoreError> {
        const ACTION: &str = "list the access keys of a project";
        self.checks.with(ACTION, |session| {
            access_key::of_project(
                &mut Connection::Postgres(&mut session.connection),
                scope,
                most,
            )
            .map_err(|error| StoreError::of_statement(ACTION, error))
        })
    }

    fn add_within(
        &self,
        key: &NewAccessKey<'_>,
        bounds: AccessKeyBounds,
    ) -> Result<Addition, StoreError> {
        const ACTION: &str = "add an access key";
        self.writes.with(ACTION, |session| {
            access_key::add_within(
                &mut Connection::Postgres(&mut session.connection),
                key,
                bounds,
            )
            .map_err(|error| StoreError::of_statement(ACTION, error))
        })
    }

    fn revoke_of(
        &self,
        scope: &ProjectScope,
        id: &str,
        now: DateTime<Utc>,
    ) -> Result<Revocation, StoreError> {
        const ACTION: &str = "revoke an access key";
        self.writes.with(ACTION, |session| {
            access_key::revoke_of(
                &mut Connection::Postgres(&mut session.connection),
                scope,
                id,
                now,
            )
            .map_err(|error| StoreError::of_statement(ACTION, error))
        })
    }
}
