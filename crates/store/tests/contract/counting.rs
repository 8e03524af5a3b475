//! The numbers of records that are kept for each project and day equal a count, and are what a list reads.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::thread::{self, ScopedJoinHandle};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use deskledger_domain::{
    ConnectionEvent, EventFields, ExportFilter, Page, PageStart, TimeRange, parse_time,
};
use deskledger_store::{
    Cancellation, CountCheck, CountDifference, Database, DatabaseKind, RecordStore,
};
use diesel::connection::SimpleConnection;
use rand::{RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

use crate::fixture::{Fixture, bare, event, events, everything, project, settings};
use crate::retention::{made, month, rows, started};

/// How many events are written at random, by how many writers.
const EVENTS: usize = 10_000;
const WRITERS: u64 = 4;

fn check(store: &dyn RecordStore, id: &str) -> CountCheck {
    store.count_checks().check_counts(id).unwrap()
}

/// The projects that a check finds.
fn projects(store: &dyn RecordStore) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    while let Some(next) = store
        .count_checks()
        .next_project(found.last().map(String::as_str))
        .unwrap()
    {
        found.push(next);
    }
    found
}

/// Every number that is kept equals a count, and every record has its identity. How many records there are.
pub(crate) fn assert_right(store: &dyn RecordStore) -> u64 {
    projects(store)
        .iter()
        .map(|id| {
            let check = check(store, id);
            assert_eq!(check.differences, [], "{id}");
            assert_eq!(check.repeated, 0, "{id}");
            assert_eq!(store.count(&everything(id)).unwrap(), check.records, "{id}");
            check.records
        })
        .sum()
}

fn total(store: &dyn RecordStore, filter: &ExportFilter) -> u64 {
    let page = store.page(filter, &Page::new(PageStart::Offset(0), 0));
    page.unwrap().total.unwrap()
}

/// An event of one of few connections, so that events meet: with a start on one of many days, often another one than before, or
/// without any.
fn random_event(rng: &mut ChaCha8Rng) -> ConnectionEvent {
    let id = format!("t{}", rng.random_range(0..3000_u32));
    let start = rng.random_bool(0.7).then(|| {
        let days = rng.random_range(-40..120_i64);
        month(0) + TimeDelta::days(days) + TimeDelta::seconds(rng.random_range(0..3_i64) * 43_199)
    });
    let mut fields = EventFields::new(id, start);
    fields.network_rtt = rng.random_bool(0.5).then(|| rng.random_range(0..100));
    let project = project(["p1", "p2"].choose(rng).unwrap());
    ConnectionEvent::new(project, fields).unwrap()
}

fn random_batch(rng: &mut ChaCha8Rng) -> Vec<ConnectionEvent> {
    // Most are small.
    let most = *[1, 3, 8, 50].choose(rng).unwrap();
    let count = rng.random_range(1..=most);
    (0..count).map(|_| random_event(rng)).collect()
}

pub(crate) fn counts_equal_the_records_after_random_writes_at_once(store: &Fixture) {
    for number in 0..4 {
        made(&**store, month(number));
    }
    let (written, is_done) = (AtomicUsize::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|seed| {
                let written = &written;
                scope.spawn(move || {
                    let mut rng = ChaCha8Rng::seed_from_u64(seed);
                    let mut last = Vec::new();
                    while written.fetch_add(last.len(), Ordering::Relaxed) < EVENTS {
                        if last.is_empty() || rng.random_bool(0.8) {
                            last = random_batch(&mut rng);
                        }
                        // Else the same again.
                        store.write(&last).unwrap();
                    }
                })
            })
            .collect();
        let retention = scope.spawn(|| {
            let mut rng = ChaCha8Rng::seed_from_u64(99);
            let mut deleted = 0;
            while !is_done.load(Ordering::Relaxed) {
                let before = month(0) + TimeDelta::days(rng.random_range(-30..100));
                let run = store
                    .retention()
                    .delete_expired(before, &Cancellation::new());
                deleted += run.unwrap().records;
                for id in ["p1", "p2"] {
                    assert_eq!(check(&**store, id).differences, []);
                }
                thread::sleep(Duration::from_millis(100));
            }
            deleted
        });
        let ends: Vec<_> = writers.into_iter().map(ScopedJoinHandle::join).collect();
        is_done.store(true, Ordering::Relaxed);
        for end in ends {
            end.unwrap();
        }
        assert!(retention.join().unwrap() > 0);
    });
    assert!(assert_right(&**store) > 0);

    // What is expired leaves no numbers behind.
    store
        .retention()
        .delete_expired(month(7), &Cancellation::new())
        .unwrap();
    assert_eq!(rows(store, "connection_records"), 0);
    assert_eq!(rows(store, "record_counts"), 0);
    assert_eq!(projects(&**store), [""; 0]);
}

pub(crate) fn a_range_of_time_is_counted_by_its_days_as_a_scan_counts_it(store: &Fixture) {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let base = parse_time("1969-12-25T00:00Z").unwrap();
    let mut time = || {
        // Often at a midnight, or next to one.
        let micros = rng.random_range(0..5_i64) * 21_600_000_000 + rng.random_range(-1..=1_i64);
        base + TimeDelta::days(rng.random_range(0..12_i64)) + TimeDelta::microseconds(micros)
    };
    let starts: Vec<DateTime<Utc>> = (0..300).map(|_| time()).collect();
    let records: Vec<_> = starts
        .iter()
        .enumerate()
        .map(|(number, start)| {
            event(&number.to_string(), None, |fields| {
                fields.connection_start_time = Some(*start);
            })
        })
        .collect();
    store.write(&records).unwrap();
    let all = everything("p1");
    assert_eq!(total(&**store, &all), 300);
    for _ in 0..200 {
        let (a, b) = (time(), time());
        let ranges = [
            TimeRange::new(a.min(b), Some(a.max(b))),
            TimeRange::new(a, None),
            Ok(TimeRange::until(b)),
        ];
        for range in ranges.into_iter().flatten() {
            let expected = starts
                .iter()
                .filter(|start| range.contains(**start))
                .count() as u64;
            let filter = all.clone().with_time(range);
            assert_eq!(total(&**store, &filter), expected, "{range:?}");
            assert_eq!(store.count(&filter).unwrap(), expected, "{range:?}");
        }
    }
    // The ends of all calendars are no reason to fail.
    let ends = TimeRange::new(DateTime::<Utc>::MIN_UTC, Some(DateTime::<Utc>::MAX_UTC)).unwrap();
    assert_eq!(store.count(&all.with_time(ends)).unwrap(), 300);
}

pub(crate) fn a_list_reads_the_numbers_and_a_check_finds_and_repairs_wrong_ones(store: &Fixture) {
    let records = [
        "2026-01-01T00:00Z",
        "2026-01-01T23:59Z",
        "2026-01-03T12:00Z",
    ];
    let records: Vec<_> = records.iter().map(|start| bare(start, start)).collect();
    store.write(&events(&records)).unwrap();
    store.write(&events(&[started("p2", month(0))])).unwrap();
    assert_eq!(assert_right(&**store), 4);
    // One number is wrong, one is of a day without records, one is missing.
    store.database.execute(
        "UPDATE record_counts SET records = records + 1000 WHERE project_id = 'p1' AND day = 20454;
         INSERT INTO record_counts (project_id, day, slot, records) VALUES ('p1', 20455, 0, 7);
         DELETE FROM record_counts WHERE project_id = 'p1' AND day = 20456",
    );
    let all = everything("p1");
    // No record is looked at for it: the numbers are believed.
    assert_eq!(total(&**store, &all), 1009);
    assert_eq!(store.count(&all).unwrap(), 1009);
    // With another filter each record is.
    let filtered = all.clone().with_is_reconnect(false);
    assert_eq!(total(&**store, &filtered), 0);

    let day = |day| parse_time(day).unwrap().date_naive();
    let wrong = [
        ("2026-01-01T00:00Z", 1002, 2),
        ("2026-01-02T00:00Z", 7, 0),
        ("2026-01-03T00:00Z", 0, 1),
    ]
    .map(|(at, kept, records)| CountDifference {
        day: day(at),
        kept,
        records,
    });
    let found = check(&**store, "p1");
    assert_eq!(found.differences, wrong);
    assert_eq!((found.records, found.days), (3, 2));
    assert_eq!(check(&**store, "p2").differences, []);
    let repaired = store.count_checks().repair_counts("p1").unwrap();
    assert_eq!(repaired, found);
    assert_eq!(assert_right(&**store), 4);
    assert_eq!(total(&**store, &all), 3);
}

pub(crate) fn a_page_without_a_count_has_no_total(store: &Fixture) {
    let record = bare("a", "2026-01-01T00:00Z");
    store.write(&events(std::slice::from_ref(&record))).unwrap();
    for (offset, expected) in [(0, vec![record]), (1, Vec::new())] {
        let page = Page::new(PageStart::Offset(offset), 20).without_count();
        let page = store.page(&everything("p1"), &page).unwrap();
        assert_eq!((page.total, page.records), (None, expected));
    }
}

pub(crate) fn the_migration_counts_what_is_there(store: &Fixture) {
    let starts = [
        "1969-12-31T23:59:59.999999Z",
        "1970-01-01T00:00Z",
        "2026-02-03T04:05Z",
    ];
    let records: Vec<_> = starts.iter().map(|start| bare(start, start)).collect();
    store.write(&events(&records)).unwrap();
    store.database.execute(
        "DROP TABLE record_counts; DELETE FROM __diesel_schema_migrations WHERE version = '20261128000040'",
    );
    assert_eq!(store.migrate().unwrap().len(), 1);
    assert_eq!(assert_right(&**store), 3);
}

pub(crate) fn repairs_at_once_correct_once_while_others_write(store: &Fixture) {
    store.database.execute(
        "INSERT INTO record_counts (project_id, day, slot, records) VALUES ('p1', 20454, 3, -77)",
    );
    thread::scope(|scope| {
        for seed in 0..2 {
            scope.spawn(move || {
                let mut rng = ChaCha8Rng::seed_from_u64(seed);
                for _ in 0..100 {
                    store.write(&random_batch(&mut rng)).unwrap();
                }
            });
        }
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..20 {
                    store.count_checks().repair_counts("p1").unwrap();
                }
            });
        }
    });
    assert_right(&**store);
}

/// Writers whose sessions the server ends write all of a batch or nothing, and so they count.
pub(crate) fn writers_that_the_server_terminates_leave_the_counts_right(store: &Fixture) {
    assert_eq!(store.kind(), DatabaseKind::Postgres);
    let is_done = AtomicBool::new(false);
    let failures = AtomicU32::new(0);
    thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|seed| {
                let (url, failures) = (store.database.url(), &failures);
                scope.spawn(move || {
                    let own = Database::open(&settings(url)).unwrap().records();
                    let mut rng = ChaCha8Rng::seed_from_u64(seed);
                    for _ in 0..300 {
                        if own.write(&random_batch(&mut rng)).is_err() {
                            failures.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                })
            })
            .collect();
        scope.spawn(|| {
            let mut connection = store.database.postgres_connection();
            while !is_done.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(25));
                connection
                    .batch_execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                        WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle' \
                        ORDER BY random() LIMIT 1",
                    )
                    .unwrap();
            }
        });
        for writer in writers {
            writer.join().unwrap();
        }
        is_done.store(true, Ordering::Relaxed);
    });
    assert!(
        failures.into_inner() > 0,
        "nobody noticed that anything was ended"
    );
    assert!(assert_right(&**store) > 0);
}
