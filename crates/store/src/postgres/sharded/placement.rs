//! Where the records of a project are, by the catalogue of the coordinator.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};

/// A shard that has moved is in two positions for a moment; that of before is marked.
const PLACEMENT: &str = "SELECT pg_catalog.format('%I.%I', nspname, relname || '_' || shardid) AS shard, \
        nodename::text AS host, nodeport AS port, placementid::bigint AS id, groupid AS server \
    FROM (SELECT get_shard_id_for_distribution_column('connection_records', $1::text) AS shardid) AS of_project \
        JOIN pg_dist_placement USING (shardid) JOIN pg_dist_node USING (groupid), \
        pg_catalog.pg_class JOIN pg_catalog.pg_namespace ON pg_namespace.oid = relnamespace \
    WHERE pg_class.oid = 'connection_records'::regclass AND shardstate = 1 AND noderole = 'primary' \
    ORDER BY placementid DESC LIMIT 1";

/// The position of a shard.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub(super) struct Placement {
    /// The table of the shard, with its schema, quoted.
    #[diesel(sql_type = Text)]
    pub(super) shard: String,
    #[diesel(sql_type = Text)]
    pub(super) host: String,
    #[diesel(sql_type = Integer)]
    pub(super) port: i32,
    /// Another one after each move.
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Integer)]
    server: i32,
}

impl Placement {
    /// Whether the coordinator itself holds the shard.
    pub(super) fn is_at_coordinator(&self) -> bool {
        self.server == 0
    }
}

pub(super) fn of_project(connection: &mut PgConnection, project: &str) -> QueryResult<Placement> {
    diesel::sql_query(PLACEMENT)
        .bind::<Text, _>(project)
        .get_result(connection)
}
