//! Migrating, one process at a time.

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::error::Cause;

pub(super) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// The key of the lock that whoever migrates holds: "deskledg" in ASCII.
const LOCK: i64 = 0x6465_736b_6c65_6467;

#[diesel::declare_sql_function]
extern "SQL" {
    /// Waits for a lock and holds it until the session ends.
    fn pg_advisory_lock(key: BigInt) -> diesel::sql_types::Nullable<VarChar>;
}

/// Calls `work` while no other process migrates. The lock goes with the connection, which is not used again.
fn alone<T>(
    mut connection: PgConnection,
    work: impl FnOnce(&mut PgConnection) -> Result<T, Cause>,
) -> Result<T, Cause> {
    diesel::select(pg_advisory_lock(LOCK)).execute(&mut connection)?;
    work(&mut connection)
}

pub(super) fn run(connection: PgConnection) -> Result<Vec<String>, Cause> {
    alone(connection, |connection| {
        let pending = connection.pending_migrations(MIGRATIONS)?;
        connection.run_migrations(&pending)?;
        Ok(pending
            .iter()
            .map(|migration| migration.name().to_string())
            .collect())
    })
}

pub(super) fn pending(connection: PgConnection) -> Result<Vec<String>, Cause> {
    alone(connection, |connection| {
        let pending = connection.pending_migrations(MIGRATIONS)?;
        Ok(pending
            .iter()
            .map(|migration| migration.name().to_string())
            .collect())
    })
}
