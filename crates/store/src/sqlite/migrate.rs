//! Migrating, one process at a time.

use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::error::Cause;

pub(super) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");

/// All in one transaction, which only one process at a time can have.
pub(super) fn run(connection: &mut SqliteConnection) -> Result<Vec<String>, Cause> {
    connection.immediate_transaction(|connection| {
        let pending = connection.pending_migrations(MIGRATIONS)?;
        connection.run_migrations(&pending)?;
        Ok(pending
            .iter()
            .map(|migration| migration.name().to_string())
            .collect())
    })
}

pub(super) fn pending(connection: &mut SqliteConnection) -> Result<Vec<String>, Cause> {
    connection.immediate_transaction(|connection| {
        let pending = connection.pending_migrations(MIGRATIONS)?;
        Ok(pending
            .iter()
            .map(|migration| migration.name().to_string())
            .collect())
    })
}
