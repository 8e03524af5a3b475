//! Partitions of months that are past, and how a partition becomes several.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use chrono::{DateTime, Months, TimeDelta, Utc};
use deskledger_domain::{ConnectionEvent, ConnectionRecord, format_time};
use deskledger_store::{Cancellation, PartitionsMade, RecordStore, WantedMonths};
use diesel::connection::SimpleConnection as _;

use crate::counting::assert_right;
use crate::fixture::{Fixture, event, events, everything, many};
use crate::partition::as_guest;
use crate::retention::{each_connection_is_there_once, made, month, partition, rows, started};

const EARLIER: &str = "connection_records_earlier";

/// The beginning of the month so many months before this one.
fn past(number: u32) -> DateTime<Utc> {
    month(0) - Months::new(number)
}

fn every_month_from(from: DateTime<Utc>) -> WantedMonths {
    WantedMonths {
        now: month(0),
        from: Some(from),
        starts: Vec::new(),
        until: None,
        however_many: true,
    }
}

fn months_of(starts: &[DateTime<Utc>]) -> WantedMonths {
    WantedMonths {
        from: None,
        starts: starts.to_vec(),
        however_many: false,
        ..every_month_from(month(0))
    }
}

fn make(store: &dyn RecordStore, wanted: &WantedMonths) -> PartitionsMade {
    store
        .retention()
        .make_months(wanted, &mut |_| (), &Cancellation::new())
        .unwrap()
}

fn names(months: &[DateTime<Utc>]) -> PartitionsMade {
    PartitionsMade::Made(months.iter().copied().map(partition).collect())
}

/// The partitions, each with its range, which leave no gap.
fn ranges(store: &Fixture) -> Vec<(String, Option<DateTime<Utc>>)> {
    let partitions = store.retention().partitions().unwrap();
    for two in partitions.windows(2) {
        assert_eq!(two[0].end, two[1].start);
    }
    assert!(
        partitions.first().unwrap().start.is_none() && partitions.last().unwrap().end.is_none()
    );
    partitions
        .into_iter()
        .map(|partition| (partition.name, partition.end))
        .collect()
}

pub(crate) fn months_that_are_past_are_made_and_a_few_records_move(store: &Fixture) {
    made(&**store, month(0));
    let mut records: Vec<_> = [0, 1, 2, 5, 6, 30]
        .iter()
        .map(|number| started("p1", past(*number) + TimeDelta::days(3)))
        .chain([started("p2", past(5)), started("p1", past(300))])
        .collect();
    store.write(&events(&records)).unwrap();

    // What an import needs, and nothing else: months between them stay together, and what is absurd stays in the open end.
    let wanted = months_of(&[past(2), past(5) + TimeDelta::days(9), past(300), month(300)]);
    assert_eq!(make(&**store, &wanted), names(&[past(5), past(2)]));
    let expected = [
        (EARLIER.to_owned(), Some(past(5))),
        (partition(past(5)), Some(past(4))),
        (partition(past(4)), Some(past(2))),
        (partition(past(2)), Some(past(1))),
        (partition(past(1)), Some(month(0))),
    ];
    assert_eq!(ranges(store)[..5], expected);
    assert_eq!(make(&**store, &wanted), names(&[]));
    assert_eq!(rows(store, &partition(past(5))), 2);
    assert_eq!(rows(store, EARLIER), 3);

    // By hand every month has its own, and so have those in the middle and those to come.
    let wanted = WantedMonths {
        until: Some(month(5)),
        ..every_month_from(past(30))
    };
    let PartitionsMade::Made(made) = make(&**store, &wanted) else {
        panic!();
    };
    assert_eq!(made.len(), 30 - 3 + 2, "{made:?}");
    let partitions = store.retention().partitions().unwrap();
    assert_eq!(partitions.len(), 30 + 5 + 2);
    for (number, partition) in partitions[1..36].iter().enumerate() {
        let start = past(30) + Months::new(u32::try_from(number).unwrap());
        assert_eq!(partition.start, Some(start));
        assert_eq!(partition.name, crate::retention::partition(start));
        assert!(partition.bytes > 0);
    }
    let counted: Vec<_> = partitions
        .iter()
        .map(|partition| partition.records)
        .collect();
    assert_eq!(
        (counted[0], counted[1], counted[26], counted[31]),
        (1, 1, 2, 1)
    );
    for partition in &partitions {
        let rows = rows(store, &partition.name);
        assert_eq!(u64::try_from(rows).unwrap(), partition.records);
    }
    // The first month that may have a partition is no later one because of what was asked for.
    let PartitionsMade::Made(all) = make(&**store, &every_month_from(past(400))) else {
        panic!();
    };
    assert_eq!(all.len(), 216 - 30);
    assert_eq!(store.retention().partitions().unwrap().len(), 216 + 5 + 2);

    records.sort_by_key(|record| std::cmp::Reverse(record.fields().connection_start_time));
    records.retain(|record| record.project_id().as_str() == "p1");
    assert_eq!(store.all(&everything("p1")), records);
    assert_eq!(assert_right(&**store), 8);
    each_connection_is_there_once(store);
}

/// More than a few records, of three months that are past.
fn fill(store: &Fixture) -> Vec<ConnectionRecord> {
    let records: Vec<_> = (0..30_000)
        .map(|number| {
            let start = past(3) + TimeDelta::minutes(number * 4) + TimeDelta::seconds(number % 60);
            started(["p1", "p2"][usize::from(number % 10 == 0)], start)
        })
        .collect();
    for batch in records.chunks(10_000) {
        store.write(&events(batch)).unwrap();
    }
    records
}

pub(crate) fn many_records_move_while_others_read_and_write(store: &Fixture) {
    made(&**store, month(0));
    let records = fill(store);
    let kept = store.all(&everything("p2"));
    let filled = PartitionsMade::Filled(EARLIER.to_owned());
    assert_eq!(make(&**store, &months_of(&[past(2)])), filled);
    if store.is_in_real_shards() {
        // A shard takes no trigger that would note what is changed meanwhile.
        assert_eq!(make(&**store, &every_month_from(past(3))), filled);
        return;
    }
    let (done, reads) = (AtomicBool::new(false), AtomicU32::new(0));
    let made = thread::scope(|scope| {
        // One reads what nobody changes.
        scope.spawn(|| {
            let reader = store.reopened(|_| ());
            while !done.load(Ordering::Relaxed) {
                let found = crate::fixture::all(&*reader, &everything("p2")).unwrap();
                assert!(found == kept, "{} of {}", found.len(), kept.len());
                reads.fetch_add(1, Ordering::Relaxed);
            }
        });
        // One adds records, one ends connections, one moves them between months: some become older, some newer.
        for writer in 0..3 {
            let (records, done) = (&records, &done);
            scope.spawn(move || {
                let of_p1 = records
                    .iter()
                    .filter(|record| record.project_id().as_str() == "p1");
                for (round, record) in of_p1.enumerate() {
                    if done.load(Ordering::Relaxed) {
                        break;
                    }
                    let id = &record.fields().transaction_id;
                    let start = record.fields().connection_start_time;
                    let event = match writer {
                        0 => {
                            ConnectionEvent::from(started("p1", start + TimeDelta::milliseconds(1)))
                        }
                        1 => event(id, None, |fields| fields.network_rtt = Some(7)),
                        _ => {
                            let by = TimeDelta::days(if round % 2 == 0 { 40 } else { -40 });
                            event(id, Some(&format_time(start + by)), |_| ())
                        }
                    };
                    store.write(&[event]).unwrap();
                }
            });
        }
        let mut copied = Vec::new();
        let made = store.retention().make_months(
            &every_month_from(past(3)),
            &mut |records| {
                copied.push(records);
                thread::sleep(Duration::from_millis(300));
            },
            &Cancellation::new(),
        );
        done.store(true, Ordering::Relaxed);
        assert!(copied.len() >= 3 && copied.is_sorted(), "{copied:?}");
        made.unwrap()
    });
    assert_eq!(made, names(&[past(3), past(2), past(1)]));
    assert!(reads.load(Ordering::Relaxed) > 0);
    assert!(assert_right(&**store) > 30_000);
    each_connection_is_there_once(store);
    for number in [3, 2, 1] {
        assert!(rows(store, &partition(past(number))) > 5_000);
    }
    // Nothing is left of it, and the next months are made as always.
    assert_eq!(rows(store, LEFT), 0);
    assert_eq!(crate::retention::made(&**store, month(1)).len(), 1);
    assert_eq!(store.all(&everything("p2")), kept);
}

/// What a division makes for itself.
const LEFT: &str = "pg_class WHERE relname LIKE 'copied_record%' OR EXISTS \
    (SELECT FROM pg_proc WHERE proname LIKE '%copied_record%')";

pub(crate) fn what_a_process_left_in_the_middle_is_removed(store: &Fixture) {
    if store.is_in_real_shards() {
        // Nothing is copied beside others.
        return;
    }
    let records = fill(store);
    let died = catch_unwind(AssertUnwindSafe(|| {
        let mut die = |_| panic!("the process ended");
        let wanted = every_month_from(past(3));
        store
            .retention()
            .make_months(&wanted, &mut die, &Cancellation::new())
    }));
    assert!(died.is_err());
    assert!(rows(store, LEFT) > 0);
    store.write(&events(&records[..10])).unwrap();
    made(&**store, month(0));
    assert_eq!(rows(store, LEFT), 0);
    assert_eq!(
        make(&**store, &every_month_from(past(3))),
        names(&[past(3), past(2), past(1)])
    );
    assert_eq!(assert_right(&**store), 30_000);
}

pub(crate) fn a_division_that_is_cancelled_changes_nothing(store: &Fixture) {
    if store.is_in_real_shards() {
        // Nothing is copied beside others.
        return;
    }
    fill(store);
    let before = ranges(store);
    let cancellation = Cancellation::new();
    let made = store.retention().make_months(
        &WantedMonths {
            until: Some(month(0)),
            ..every_month_from(past(3))
        },
        &mut |_| cancellation.cancel(),
        &cancellation,
    );
    assert_eq!(made.unwrap(), names(&[month(0), month(1), month(2)]));
    assert_eq!(ranges(store)[0], before[0]);
    assert_eq!(rows(store, LEFT), 0);
    assert_eq!(assert_right(&**store), 30_000);
}

pub(crate) fn a_read_that_waits_for_an_exchange_of_partitions_finds_every_record(store: &Fixture) {
    store.write(&events(&many(10))).unwrap();
    if store.is_in_real_shards() {
        // There a partition is not exchanged by hand.
        return;
    }
    let mut other = store.database.postgres_connection();
    other
        .batch_execute("BEGIN; LOCK TABLE connection_records IN ACCESS EXCLUSIVE MODE")
        .unwrap();
    thread::scope(|scope| {
        let reader = scope.spawn(|| store.all(&everything("p1")).len());
        thread::sleep(Duration::from_millis(500));
        other
            .batch_execute(
                "CREATE TABLE copy (LIKE connection_records INCLUDING INDEXES);
                 INSERT INTO copy SELECT * FROM connection_records_earlier;
                 DO $$ BEGIN EXECUTE (
                     SELECT format('DROP TABLE connection_records_earlier; ALTER TABLE connection_records ATTACH PARTITION copy %s',
                         pg_get_expr(relpartbound, oid))
                     FROM pg_class WHERE relname = 'connection_records_earlier');
                 END $$;
                 COMMIT",
            )
            .unwrap();
        assert_eq!(reader.join().unwrap(), 10);
    });
}

pub(crate) fn a_role_that_may_make_no_months_is_refused(store: &Fixture) {
    made(&**store, month(0));
    as_guest(store, |guest| {
        let refused = PartitionsMade::NotAllowed;
        assert_eq!(make(guest, &every_month_from(past(3))), refused);
        assert_eq!(make(guest, &months_of(&[past(3)])), refused);
        // Nothing is to be made.
        assert_eq!(make(guest, &months_of(&[month(1)])), names(&[]));
        assert_eq!(guest.retention().partitions().unwrap().len(), 5);
    });
}
