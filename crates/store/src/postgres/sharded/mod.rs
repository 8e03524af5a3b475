//! PostgreSQL with the extension citus: the records of a project lie in one shard, on one of several servers.
//!
//! The server that is named in the settings, the *coordinator*, knows which. It takes every statement and hands it to the server
//! that holds the shard, as long as the statement names one project. Exports alone go there directly. What differs from a server
//! that holds everything is here; see `docs/decisions` on records in shards.

pub(super) mod distribution;
mod from_shard;
mod node;
mod placement;
mod read;
pub(super) mod retention;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

pub(super) use self::from_shard::{FromShard, Shard};
pub(super) use self::node::Nodes;

/// What a session needs. A lock of a table stays with the coordinator, so a worker that is unavailable stops none but its own
/// projects. Settings of a transaction reach the workers. What concerns several shards goes to one after the other, in the same
/// order every time, so that two transactions do not wait for each other in a circle.
const SETTINGS: [&str; 3] = [
    "SET citus.enable_ddl_propagation = off",
    "SET citus.propagate_set_commands = 'local'",
    "SET citus.multi_shard_modify_mode = 'sequential'",
];

/// Until the transaction ends, changes of the schema and locks of tables reach every shard.
const EVERYWHERE: &str = "SET LOCAL citus.enable_ddl_propagation = on";

/// Sets a new session up.
pub(super) fn set_up(connection: &mut PgConnection) -> QueryResult<()> {
    SETTINGS
        .iter()
        .try_for_each(|setting| connection.batch_execute(setting))
}

/// Lets the transaction change the schema in every shard.
pub(super) fn everywhere(connection: &mut PgConnection) -> QueryResult<()> {
    connection.batch_execute(EVERYWHERE)
}
