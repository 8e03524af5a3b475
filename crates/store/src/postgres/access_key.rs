//! Access keys.

use chrono::{DateTime, Utc};

use super::PostgresStore;
use crate::access_key;
use crate::connection::Connection;
use crate::{AccessKeyStore, NewAccessKey, Revocation, StoreError, StoredAccessKey};

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
}
