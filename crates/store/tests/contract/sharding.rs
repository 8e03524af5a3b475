//! What is true of records in shards alone. What no real catalogue says on demand is said by that of a server without them.

use deskledger_store::StoreErrorKind;

use crate::fixture::{Fixture, all, events, everything, many};
use crate::migrating::revert_distribution;

/// Tables that lie with the coordinator alone, where the extension came later, are distributed.
pub(crate) fn what_is_not_distributed_is_a_pending_migration(store: &Fixture) {
    assert!(store.pending_migrations().unwrap().is_empty());
    if store.is_in_real_shards() {
        store.write(&events(&many(10))).unwrap();
        revert_distribution(store);
    } else {
        store
            .database
            .execute("DELETE FROM pg_dist_partition; DROP VIEW connection_records_1");
    }
    let distribution = ["distribute_connection_records"];
    assert_eq!(store.pending_migrations().unwrap(), distribution);
    assert_eq!(store.migrate().unwrap(), distribution);
    assert!(store.pending_migrations().unwrap().is_empty());
    assert!(store.migrate().unwrap().is_empty());
    if store.is_in_real_shards() {
        assert_eq!(store.all(&everything("p1")).len(), 10);
        assert_eq!(store.count(&everything("p1")).unwrap(), 10);
    }
}

pub(crate) fn what_a_shard_left_behind_is_not_read(store: &Fixture) {
    store.write(&events(&many(10))).unwrap();
    if !store.is_in_real_shards() {
        // The first who asks gets a shard that has moved away before its snapshot.
        store.database.execute(
            "ALTER VIEW connection_records_1 RENAME TO connection_records_2;
             CREATE TABLE connection_records_1 AS SELECT * FROM connection_records LIMIT 3;
             INSERT INTO pg_dist_placement VALUES (12, 2, 1, 7);
             CREATE OR REPLACE FUNCTION get_shard_id_for_distribution_column(regclass, text) RETURNS bigint LANGUAGE plpgsql AS $$
             BEGIN
                 IF EXISTS (SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = database
                     WHERE locktype = 'advisory' AND objid = 77 AND datname = current_database())
                 THEN
                     RETURN 2;
                 END IF;
                 PERFORM pg_advisory_lock(77);
                 RETURN 1;
             END $$",
        );
    }
    assert_eq!(store.all(&everything("p1")).len(), 10);

    if !store.is_in_real_shards() {
        // It is dropped between the question and the read.
        store.database.execute("DROP TABLE connection_records_1");
        let other = store.reopened(|_| ());
        assert_eq!(all(&*other, &everything("p1")).unwrap().len(), 10);
    }
}

pub(crate) fn a_shard_of_the_coordinator_is_read_over_its_own_connections(store: &Fixture) {
    store.write(&events(&many(10))).unwrap();
    if !store.is_in_real_shards() {
        store.database.execute(
            "UPDATE pg_dist_placement SET groupid = 0;
             UPDATE pg_dist_node SET groupid = 0, nodename = 'nowhere.invalid'",
        );
    }
    assert_eq!(store.all(&everything("p1")).len(), 10);
    let is_of_shards = |pool: &deskledger_store::PoolStatus| pool.name == "shards";
    let has_shards = store.pools().iter().any(is_of_shards);
    assert_eq!(has_shards, store.is_in_real_shards());
}

pub(crate) fn few_records_pass_the_coordinator_and_many_never(store: &Fixture) {
    if store.is_in_real_shards() {
        // There what cannot be reached from here cannot be reached by the coordinator.
        return;
    }
    store.write(&events(&many(10_000))).unwrap();
    // Nothing listens there.
    store
        .database
        .execute("UPDATE pg_dist_node SET nodeport = 1");
    let found = store.all(&everything("p1"));
    assert_eq!(found.len(), 10_000);
    store.write(&events(&many(10_001))).unwrap();
    let error = all(&**store, &everything("p1")).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    assert_eq!(store.count(&everything("p1")).unwrap(), 10_001);
}
