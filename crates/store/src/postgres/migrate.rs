//! Migrating, one process at a time.

use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::error::Cause;

pub(super) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

diesel::table! {
    /// The migrations that were applied, as Diesel keeps them.
    #[sql_name = "__diesel_schema_migrations"]
    applied (version) {
        version -> Text,
    }
}

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
        let pending = unapplied(connection)?;
        if !pending.is_empty() {
            connection.run_pending_migrations(MIGRATIONS)?;
        }
        Ok(pending)
    })
}

pub(super) fn pending(connection: PgConnection) -> Result<Vec<String>, Cause> {
    alone(connection, unapplied)
}

/// The names of the migrations that were not applied. Diesel's own way to look for them begins by creating its table,
/// which a role that may only read and write records must not.
fn unapplied(connection: &mut PgConnection) -> Result<Vec<String>, Cause> {
    let exists: bool = diesel::select(diesel::dsl::sql::<Bool>(
        "to_regclass('__diesel_schema_migrations') IS NOT NULL",
    ))
    .get_result(connection)?;
    let applied: Vec<String> = if exists {
        applied::table.select(applied::version).load(connection)?
    } else {
        Vec::new()
    };
    let migrations = MigrationSource::<Pg>::migrations(&MIGRATIONS)?;
    Ok(migrations
        .iter()
        .map(|migration| migration.name())
        .filter(|name| !applied.contains(&name.version().to_string()))
        .map(ToString::to_string)
        .collect())
}
