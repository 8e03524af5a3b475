//! Checks of the numbers of records, each on a connection of its own.

use diesel::prelude::*;

use super::SqliteStore;
use crate::count::sqlite as statements;
use crate::pool::Connect as _;
use crate::{CountCheck, CountCheckStore, StoreError};

impl CountCheckStore for SqliteStore {
    fn next_project(&self, after: Option<&str>) -> Result<Option<String>, StoreError> {
        self.check_on_own_connection("look for projects", |connection| {
            statements::next_project(connection, after)
        })
    }

    fn check_counts(&self, project: &str) -> Result<CountCheck, StoreError> {
        self.check_on_own_connection("check the numbers of records", |connection| {
            statements::check(connection, project)
        })
    }

    fn repair_counts(&self, project: &str) -> Result<CountCheck, StoreError> {
        self.check_on_own_connection("repair the numbers of records", |connection| {
            statements::repair(connection, project)
        })
    }
}

impl SqliteStore {
    /// Does `work`, which may take long.
    fn check_on_own_connection<T>(
        &self,
        action: &'static str,
        work: impl FnOnce(&mut SqliteConnection) -> QueryResult<T>,
    ) -> Result<T, StoreError> {
        let mut connection = self.service.connect()?;
        work(&mut connection).map_err(|error| StoreError::of_statement(action, error))
    }
}
