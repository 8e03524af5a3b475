use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use deskledger_domain::format_time;
use deskledger_store::{Cancellation, PartitionsMade, RecordStore, StoreErrorKind};
use diesel::connection::SimpleConnection as _;

use crate::fixture::{Fixture, all, event, events, everything, many};
use crate::retention::{each_connection_is_there_once, made, month, partition, rows, started};

pub(crate) fn partitions_are_made_ahead_and_lose_nothing(store: &Fixture) {
    let ahead = |number: u32| {
        [0, 1, 2]
            .map(|next| partition(month(number + next)))
            .to_vec()
    };
    let first = made(&**store, month(0) + TimeDelta::days(20));
    assert_eq!(first, ahead(0));
    assert!(made(&**store, month(0)).is_empty());
    // A clock that was wrong, and what came while nobody made partitions.
    let mut records = vec![
        started("p1", month(900)),
        started("p1", month(8) + TimeDelta::days(3)),
        started("p1", month(5)),
        started("p1", month(3)),
        started("p1", month(1)),
        started("p1", month(0) - TimeDelta::days(1)),
    ];
    store.write(&events(&records)).unwrap();
    assert_eq!(rows(store, "connection_records_later"), 4);
    // The fourth month and what follows it until now become one partition.
    let second = made(&**store, month(5) + TimeDelta::days(1));
    assert_eq!(
        second,
        [
            partition(month(3)),
            partition(month(6)),
            partition(month(7))
        ]
    );
    assert_eq!(rows(store, &partition(month(3))), 2);
    assert_eq!(rows(store, "connection_records_later"), 2);
    assert_eq!(made(&**store, month(6)), [partition(month(8))]);
    assert_eq!(rows(store, &partition(month(8))), 1);
    assert_eq!(store.all(&everything("p1")), records);

    // They go on in the same order, in whatever partition they are.
    let moved = started("p1", month(7));
    let change = event(
        &records[2].fields().transaction_id,
        Some(&format_time(month(7))),
        |_| (),
    );
    store.write(&[change]).unwrap();
    records.remove(2);
    let found = store.all(&everything("p1"));
    assert_eq!(found.len(), 6);
    assert_eq!(
        found[2].fields().connection_start_time,
        moved.fields().connection_start_time
    );
    each_connection_is_there_once(store);
}

pub(crate) fn processes_may_make_partitions_at_once(store: &Fixture) {
    let names: Vec<String> = thread::scope(|scope| {
        let processes: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let process = store.reopened(|_| ());
                    match process.retention().make_partitions(month(2)) {
                        // To make one in every shard may take longer than others wait for the table.
                        Err(error)
                            if error.kind() == StoreErrorKind::Busy
                                && store.is_in_real_shards() =>
                        {
                            Vec::new()
                        }
                        made => match made.unwrap() {
                            PartitionsMade::Made(names) => names,
                            other => panic!("{other:?}"),
                        },
                    }
                })
            })
            .collect();
        processes
            .into_iter()
            .flat_map(|process| process.join().unwrap())
            .collect()
    });
    assert_eq!(names.len(), 3);
    assert!(made(&**store, month(2)).is_empty());
}

/// Holds an export at its first record while `work` is done.
fn while_read(store: &Arc<dyn RecordStore>, work: impl FnOnce()) {
    let cancellation = Cancellation::new();
    let mut work = Some(work);
    let outcome = store.read(&everything("p1"), &cancellation, &mut |_| {
        work.take().unwrap()();
        ControlFlow::Break(())
    });
    let _ = outcome.unwrap();
}

pub(crate) fn partitions_are_not_waited_for_while_they_are_read(store: &Fixture) {
    store.write(&events(&many(10))).unwrap();
    while_read(&store.reopened(|_| ()), || {
        let begin = Instant::now();
        let error = store.retention().make_partitions(month(0)).unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Busy);
        assert!(begin.elapsed() < Duration::from_secs(5));
        // Nobody is kept waiting.
        assert_eq!(store.all(&everything("p1")).len(), 10);
        assert_eq!(store.write(&events(&many(20))).unwrap().inserted, 10);
    });
    assert_eq!(made(&**store, month(0)).len(), 3);
}

/// Does `work` with a store whose role may write and delete records, and owns nothing.
pub(crate) fn as_guest(store: &Fixture, work: impl FnOnce(&dyn RecordStore)) {
    let mut connection = store.database.postgres_connection();
    // A role belongs to the server, so it needs a name of its own and is dropped at the end.
    let role = format!(
        "reader_of_{}",
        store.database.url().rsplit('/').next().unwrap()
    );
    for command in [
        format!("CREATE ROLE {role} LOGIN"),
        format!("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}"),
    ] {
        connection.batch_execute(&command).unwrap();
    }
    let (address, database) = store.database.url().rsplit_once('/').unwrap();
    let (_, host) = address.rsplit_once('@').unwrap();
    let url = format!("postgres://{role}@{host}/{database}");
    let guest = store.reopened(|settings| settings.url = url);
    work(&*guest);
    drop(guest);
    for command in ["DROP OWNED BY", "DROP ROLE"] {
        connection
            .batch_execute(&format!("{command} {role}"))
            .unwrap();
    }
}

pub(crate) fn a_role_that_may_make_no_partitions_is_refused_with_the_reason(store: &Fixture) {
    as_guest(store, |guest| {
        assert_eq!(
            guest.retention().make_partitions(month(0)).unwrap(),
            PartitionsMade::NotAllowed
        );
        // It writes all the same, reads, and deletes what it must not drop.
        let records = [
            started("p1", month(9)),
            started("p1", month(0) - TimeDelta::days(1)),
        ];
        guest.write(&events(&records)).unwrap();
        assert_eq!(all(guest, &everything("p1")).unwrap(), records);
        let deleted = guest
            .retention()
            .delete_expired(month(0), &Cancellation::new())
            .unwrap();
        assert_eq!((deleted.records, deleted.partitions.len()), (1, 0));
        assert_eq!(all(guest, &everything("p1")).unwrap(), records[..1]);
    });
}

pub(crate) fn what_is_in_use_is_deleted_all_the_same(store: &Fixture) {
    store.write(&events(&many(10))).unwrap();
    while_read(&store.reopened(|_| ()), || {
        let deleted = store
            .retention()
            .delete_expired(month(0), &Cancellation::new())
            .unwrap();
        assert_eq!((deleted.records, deleted.partitions.len()), (10, 0));
        assert!(store.all(&everything("p1")).is_empty());
    });
}
