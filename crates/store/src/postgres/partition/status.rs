//! How large partitions are.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamptz};

use super::{Layout, Partition, list};
use crate::PartitionStatus;
use crate::count::postgres as count;

#[derive(QueryableByName)]
struct Size {
    #[diesel(sql_type = BigInt)]
    records: i64,
    #[diesel(sql_type = BigInt)]
    bytes: i64,
}

/// The partitions, in the order of time, and how large they are.
pub(in crate::postgres) fn statuses(
    connection: &mut PgConnection,
    layout: Layout,
) -> QueryResult<Vec<PartitionStatus>> {
    let size = match layout {
        Layout::Whole => "pg_total_relation_size($1::regclass)",
        Layout::Sharded => "citus_total_relation_size($1::regclass)",
    };
    let size = format!(
        "SELECT records, {size} AS bytes FROM (\
            SELECT coalesce(sum(records), 0)::bigint AS records \
            FROM record_counts WHERE ($2 IS NULL OR day >= {}) AND ($3 IS NULL OR day < {})) AS counted",
        count::day("$2"),
        count::day("$3")
    );
    connection.transaction(|connection| {
        let partitions = list(connection)?;
        let status = |partition: Partition| {
            let Size { records, bytes } = diesel::sql_query(&size)
                .bind::<Text, _>(&partition.name)
                .bind::<Nullable<Timestamptz>, _>(partition.start)
                .bind::<Nullable<Timestamptz>, _>(partition.end)
                .get_result(connection)?;
            Ok(PartitionStatus {
                name: partition.name,
                start: partition.start,
                end: partition.end,
                records: records.max(0).unsigned_abs(),
                bytes: bytes.unsigned_abs(),
            })
        };
        partitions.into_iter().map(status).collect()
    })
}
