//! Access keys.

use chrono::{DateTime, Utc};

use super::SqliteStore;
use crate::access_key;
use crate::connection::Connection;
use crate::{AccessKeyStore, NewAccessKey, Revocation, StoreError, StoredAccessKey};

impl AccessKeyStore for SqliteStore {
    fn add(&self, key: &NewAccessKey<'_>) -> Result<(), StoreError> {
        const ACTION: &str = "add an access key";
        self.writes.with(ACTION, |connection| {
            access_key::add(&mut Connection::Sqlite(connection), key)
                .map_err(|error| StoreError::of_statement(ACTION, error))
        })
    }

    fn list(&self) -> Result<Vec<StoredAccessKey>, StoreError> {
        const ACTION: &str = "list access keys";
        self.checks.with(ACTION, |connection| {
            access_key::list(&mut Connection::Sqlite(connection))
                .map_err(|error| StoreError::of_statement(ACTION, error))
        })
    }

    fn revoke(&self, id: &str, now: DateTime<Utc>) -> Result<Revocation, StoreError> {
        const ACTION: &str = "revoke an access key";
        self.writes.with(ACTION, |connection| {
            access_key::revoke(&mut Connection::Sqlite(connection), id, now)
                .map_err(|error| StoreError::of_statement(ACTION, error))
        })
    }
}
