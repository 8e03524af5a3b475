//! Migrating, one process at a time.

use std::fmt;
use std::thread;
use std::time::{Duration, Instant};

use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Text};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::partition;
use super::sharded::distribution;
use crate::error::Cause;

pub(super) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

diesel::table! {
    /// The migrations that were applied, as Diesel keeps them.
    #[sql_name = "__diesel_schema_migrations"]
    applied (version) {
        version -> Text,
    }
}

/// The key of the lock that is held during a migration: "deskledg" in ASCII.
const LOCK: i64 = 0x6465_736b_6c65_6467;

/// How long a process pauses before it asks for the lock again.
const PAUSE: Duration = Duration::from_millis(200);

/// Who holds the lock: process, name and address of the client. The key is kept in two halves.
const HOLDER: &str = "SELECT l.pid, coalesce(nullif(a.application_name, ''), 'without a name') AS application, \
    coalesce(a.client_addr::text, 'the same machine') AS client \
    FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid) \
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
    AND l.classid::bigint = $1 AND l.objid::bigint = $2";

#[diesel::declare_sql_function]
extern "SQL" {
    /// Takes a lock and holds it until the session ends, or says that another session has it.
    fn pg_try_advisory_lock(key: BigInt) -> Bool;
}

#[derive(QueryableByName)]
struct Holder {
    #[diesel(sql_type = Integer)]
    pid: i32,
    #[diesel(sql_type = Text)]
    application: String,
    #[diesel(sql_type = Text)]
    client: String,
}

/// Another process migrates, and did not end in time.
#[derive(Debug)]
pub(super) struct Locked(String);

impl fmt::Display for Locked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "another process holds the migration lock: {}", self.0)
    }
}

impl std::error::Error for Locked {}

/// Waits for the lock, which goes with the connection.
fn lock(connection: &mut PgConnection, timeout: Duration) -> Result<(), Cause> {
    let deadline = Instant::now() + timeout;
    loop {
        if diesel::select(pg_try_advisory_lock(LOCK)).get_result(connection)? {
            return Ok(());
        }
        if Instant::now() >= deadline {
            return Err(Locked(holder(connection)?).into());
        }
        thread::sleep(PAUSE);
    }
}

fn holder(connection: &mut PgConnection) -> QueryResult<String> {
    let holder: Option<Holder> = diesel::sql_query(HOLDER)
        .bind::<BigInt, _>(LOCK >> 32)
        .bind::<BigInt, _>(LOCK & 0xffff_ffff)
        .get_result(connection)
        .optional()?;
    Ok(holder.map_or_else(
        // It has let go in between.
        || "it ended just now".to_owned(),
        |holder| {
            format!(
                "PID {} of the server, application {}, client {}",
                holder.pid, holder.application, holder.client
            )
        },
    ))
}

pub(super) fn run(mut connection: PgConnection, timeout: Duration) -> Result<Vec<String>, Cause> {
    lock(&mut connection, timeout)?;
    let mut pending = unapplied(&mut connection)?;
    if !pending.is_empty() {
        if !distribution::allow_changes(&mut connection)? {
            partition::index_transactions(&mut connection)?;
        }
        connection.run_pending_migrations(MIGRATIONS)?;
    }
    let distributed = distribution::distribute(&mut connection)?;
    if pending.is_empty() {
        pending.extend(distributed);
    }
    Ok(pending)
}

/// Takes no lock: what another process migrates meanwhile is still pending.
pub(super) fn pending(mut connection: PgConnection) -> Result<Vec<String>, Cause> {
    let mut pending = unapplied(&mut connection)?;
    if pending.is_empty() {
        pending.extend(distribution::pending(&mut connection)?);
    }
    Ok(pending)
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
