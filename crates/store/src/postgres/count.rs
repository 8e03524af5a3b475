//! Checks of the numbers of records, each on a connection of its own.

use diesel::prelude::*;

use super::{PostgresStore, session};
use crate::count::postgres as statements;
use crate::pool::Connect as _;
use crate::{CountCheck, CountCheckStore, StoreError, StoreErrorKind};

impl CountCheckStore for PostgresStore {
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
            session::override_read_only(connection, self.override_read_only)?;
            statements::repair(connection, project)
        })
    }
}

impl PostgresStore {
    /// Does `work`, which may take long.
    fn check_on_own_connection<T>(
        &self,
        action: &'static str,
        work: impl FnOnce(&mut PgConnection) -> QueryResult<T>,
    ) -> Result<T, StoreError> {
        let mut session = self.service.connect()?;
        let result = session.watched(|session| work(&mut session.connection));
        result.map_err(|error| {
            if session.watched.is_cut() {
                StoreError::new(StoreErrorKind::Unavailable, action).because(error)
            } else {
                StoreError::of_statement(action, error)
            }
        })
    }
}
