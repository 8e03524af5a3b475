use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, Datelike as _, Months, NaiveTime, TimeDelta, Utc};
use deskledger_domain::{Clock, ConnectionEvent, ConnectionRecord, RecordFields, format_time};
use deskledger_store::{Cancellation, DatabaseKind, Deleted, Expired, PartitionsMade, RecordStore};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::fixture::{Fixture, event, events, everything, project};

/// The beginning of the month so many months after this one. The first partitions are those of when the schema was made.
pub(crate) fn month(number: u32) -> DateTime<Utc> {
    let today = Clock::system().now().date_naive();
    let first = today.with_day(1).unwrap() + Months::new(number);
    first.and_time(NaiveTime::MIN).and_utc()
}

/// A record of a project that started then.
pub(crate) fn started(project_id: &str, start: DateTime<Utc>) -> ConnectionRecord {
    let fields = RecordFields::new(format_time(start), start);
    ConnectionRecord::new(project(project_id), fields).unwrap()
}

pub(crate) fn made(store: &dyn RecordStore, now: DateTime<Utc>) -> Vec<String> {
    match store.retention().make_partitions(now).unwrap() {
        PartitionsMade::Made(names) => names,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn partition(month: DateTime<Utc>) -> String {
    month.format("connection_records_%Y_%m").to_string()
}

/// How many rows a table has, past the store.
pub(crate) fn rows(store: &Fixture, table: &str) -> i64 {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let query = diesel::sql_query(format!("SELECT count(*) AS count FROM {table}"));
    let count: Count = match store.kind() {
        DatabaseKind::Postgres => query.get_result(&mut store.database.postgres_connection()),
        _ => query.get_result(&mut store.database.sqlite_connection()),
    }
    .unwrap();
    count.count
}

/// Every connection has one record, or something without a start.
pub(crate) fn each_connection_is_there_once(store: &Fixture) {
    let repeated = "(SELECT project_id, transaction_id FROM (\
            SELECT project_id, transaction_id FROM connection_records \
            UNION ALL SELECT project_id, transaction_id FROM incomplete_records) AS known \
        GROUP BY project_id, transaction_id HAVING count(*) > 1) AS repeated";
    assert_eq!(rows(store, repeated), 0);
}

pub(crate) fn what_is_expired_goes_and_nothing_else(store: &Fixture) {
    let is_postgres = store.kind() == DatabaseKind::Postgres;
    for number in 0..4 {
        made(&**store, month(number));
    }
    // Three a month in each of two projects: in partitions of their own, before them, and after them.
    let mut records: Vec<_> = (1..=8)
        .flat_map(|number| [0, 12, 25].map(|days| month(number) + TimeDelta::days(days)))
        .chain([
            month(0) - TimeDelta::days(4000),
            month(0) - TimeDelta::microseconds(1),
        ])
        .flat_map(|start| ["p1", "p2"].map(|project| started(project, start)))
        .collect();
    store.write(&events(&records)).unwrap();
    let incomplete = event("incomplete", None, |fields| fields.network_rtt = Some(1));
    store.write(&[incomplete]).unwrap();

    // The limit is itself not older than the limit.
    let before = month(3) + TimeDelta::days(12);
    let nothing = store
        .retention()
        .expired(month(0) - TimeDelta::days(5000))
        .unwrap();
    assert_eq!(nothing, Expired::default());
    let expired = store.retention().expired(before).unwrap();
    let counts: Vec<_> = expired.months.iter().map(|month| month.records).collect();
    assert_eq!(counts, [2, 2, 6, 6, 2]);
    assert_eq!(expired.months[0].oldest, month(0) - TimeDelta::days(4000));
    assert_eq!(expired.months[3].oldest, month(2));
    assert_eq!(expired.months[3].newest, month(2) + TimeDelta::days(25));
    assert_eq!(expired.months[4].newest, month(3));
    // That nothing has been heard since is what counts: it will be months until then.
    assert_eq!(expired.incomplete, 1);
    let partitions = if is_postgres {
        assert!(
            expired
                .partitions
                .starts_with(&["connection_records_earlier".to_owned()])
        );
        assert!(expired.partitions.ends_with(&[partition(month(2))]));
        expired.partitions.clone()
    } else {
        Vec::new()
    };
    assert_eq!(expired.partitions, partitions);
    assert_eq!(rows(store, "connection_records"), 52);

    let deleted = store
        .retention()
        .delete_expired(before, &Cancellation::new())
        .unwrap();
    assert_eq!(
        deleted,
        Deleted {
            records: 18,
            partitions,
            incomplete: 1
        }
    );
    records.retain(|record| record.fields().connection_start_time >= before);
    records.sort_by_key(|record| record.fields().connection_start_time);
    records.reverse();
    for id in ["p1", "p2"] {
        let kept: Vec<_> = records
            .iter()
            .filter(|record| record.project_id().as_str() == id)
            .cloned()
            .collect();
        assert_eq!(store.all(&everything(id)), kept);
    }
    assert_eq!(rows(store, "incomplete_records"), 0);
    each_connection_is_there_once(store);

    // There is nothing more to do, and a call that was cancelled does nothing.
    assert_eq!(
        store.retention().expired(before).unwrap(),
        Expired::default()
    );
    let again = store
        .retention()
        .delete_expired(before, &Cancellation::new());
    assert_eq!(again.unwrap(), Deleted::default());
    let cancelled = Cancellation::new();
    cancelled.cancel();
    let stopped = store
        .retention()
        .delete_expired(month(7), &cancelled)
        .unwrap();
    assert_eq!(stopped, Deleted::default());
}

pub(crate) fn what_was_deleted_may_come_again(store: &Fixture) {
    let start = month(0) - TimeDelta::days(100);
    let old = started("p1", start);
    let delete = || {
        let deleted = store
            .retention()
            .delete_expired(month(0), &Cancellation::new());
        deleted.unwrap().records
    };
    for _ in 0..2 {
        let written = store.write(&events(std::slice::from_ref(&old))).unwrap();
        assert_eq!((written.inserted, written.updated), (1, 0));
        assert_eq!(store.all(&everything("p1")), std::slice::from_ref(&old));
        assert_eq!(delete(), 1);
        each_connection_is_there_once(store);
    }
}

pub(crate) fn events_that_are_written_meanwhile_are_kept_or_deleted_whole(store: &Fixture) {
    let stop = AtomicBool::new(false);
    let kept: Vec<_> = (0..200)
        .map(|number| started("p1", month(1) + TimeDelta::seconds(number)))
        .collect();
    thread::scope(|scope| {
        let writers: Vec<_> = (0..2)
            .map(|writer| {
                let (stop, kept) = (&stop, &kept);
                scope.spawn(move || {
                    for round in 0.. {
                        if stop.load(Ordering::Relaxed) {
                            break;
                        }
                        let old = (0..100).map(|number| {
                            let ago = TimeDelta::seconds(number * (writer + 1) + round % 3);
                            ConnectionEvent::from(started(
                                "p1",
                                month(0) - TimeDelta::days(1) - ago,
                            ))
                        });
                        // The start of some changes, from old to new and back.
                        let moved = (0..20).map(|number| {
                            let start = [month(0) - TimeDelta::days(1), month(1)]
                                [usize::from(round % 2 == 0)];
                            event(
                                &format!("moved {number}"),
                                Some(&format_time(start)),
                                |_| (),
                            )
                        });
                        let batch: Vec<_> = old.chain(moved).chain(events(kept)).collect();
                        store.write(&batch).unwrap();
                    }
                })
            })
            .collect();
        let begin = Instant::now();
        let mut deleted = 0;
        while begin.elapsed() < Duration::from_secs(2) {
            let run = store
                .retention()
                .delete_expired(month(0), &Cancellation::new());
            deleted += run.unwrap().records;
        }
        stop.store(true, Ordering::Relaxed);
        for writer in writers {
            writer.join().unwrap();
        }
        assert!(deleted > 0);
    });
    store
        .retention()
        .delete_expired(month(0), &Cancellation::new())
        .unwrap();
    let found = store.all(&everything("p1"));
    assert!(
        found
            .iter()
            .all(|record| record.fields().connection_start_time >= month(0))
    );
    for record in &kept {
        assert!(found.contains(record));
    }
    each_connection_is_there_once(store);
}
