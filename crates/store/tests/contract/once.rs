//! A connection has one record, in whatever partition it is, and however many write of it at the same time.

use std::sync::{Barrier, Mutex};
use std::thread;

use chrono::{DateTime, TimeDelta, Utc};
use deskledger_domain::{ConnectionEvent, format_time};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};

use crate::counting::assert_right;
use crate::fixture::{Fixture, event, everything};
use crate::retention::{each_connection_is_there_once, made, month, partition, rows};

/// A start, with a latency that only the first event of a connection knows.
fn begun(id: &str, start: DateTime<Utc>) -> ConnectionEvent {
    event(id, Some(&format_time(start)), |fields| {
        fields.network_rtt = Some(4711);
    })
}

/// The starts of all records of a project, newest first.
fn starts(store: &Fixture) -> Vec<DateTime<Utc>> {
    let found = store.all(&everything("p1"));
    let starts = found
        .iter()
        .map(|record| record.fields().connection_start_time);
    starts.collect()
}

/// Partitions of single months, one after the other, with an open one at both ends.
fn months(store: &Fixture) {
    for number in 0..8 {
        made(&**store, month(number));
    }
}

pub(crate) fn a_start_that_changes_moves_its_record(store: &Fixture) {
    months(store);
    let middle = |number: u32| month(number) + TimeDelta::days(14);
    let years = TimeDelta::days(4000);
    let moves = [
        (middle(3), middle(3) + TimeDelta::seconds(1)),
        (middle(3), middle(4)),
        (middle(4), middle(2)),
        (middle(1), middle(7)),
        (middle(6), middle(0)),
        // By a clock that is wrong by years, and back.
        (middle(0) - years, middle(5)),
        (middle(5), middle(0) - years),
        (middle(7) + years, middle(1)),
        (middle(1), middle(7) + years),
    ];
    for (number, (from, to)) in moves.into_iter().enumerate() {
        let id = number.to_string();
        store.write(&[begun(&id, from)]).unwrap();
        let written = store
            .write(&[event(&id, Some(&format_time(to)), |_| ())])
            .unwrap();
        assert_eq!((written.inserted, written.updated), (0, 1), "{from} {to}");
    }
    let mut wanted = moves.map(|(_, to)| to);
    wanted.sort_unstable();
    wanted.reverse();
    assert_eq!(starts(store), wanted);
    let found = store.all(&everything("p1"));
    assert!(
        found
            .iter()
            .all(|record| record.fields().network_rtt == Some(4711))
    );
    each_connection_is_there_once(store);
    assert_eq!(store.count(&everything("p1")).unwrap(), 9);
}

pub(crate) fn an_event_without_a_start_finds_its_record_in_any_month(store: &Fixture) {
    months(store);
    let times: Vec<_> = (0..9)
        .map(month)
        .chain([month(0) - TimeDelta::days(900)])
        .collect();
    for (number, start) in times.iter().enumerate() {
        store.write(&[begun(&number.to_string(), *start)]).unwrap();
    }
    // Some say nothing of a time, some a time near the start, and some another.
    let ends: Vec<_> = (0..times.len())
        .map(|number| {
            event(&number.to_string(), None, |fields| {
                fields.e2e_rtt = Some(5);
                fields.connection_end_time = match number % 3 {
                    0 => None,
                    1 => Some(times[number] + TimeDelta::hours(1)),
                    _ => Some(month(8)),
                };
            })
        })
        .collect();
    let written = store.write(&ends).unwrap();
    assert_eq!((written.inserted, written.updated), (0, 10));
    let found = store.all(&everything("p1"));
    assert_eq!(found.len(), 10);
    assert!(
        found
            .iter()
            .all(|record| record.fields().e2e_rtt == Some(5))
    );
    assert_eq!(rows(store, "incomplete_records"), 0);
}

/// A start and an end, two starts of different months, and two starts of one month: each pair at once, again and again.
pub(crate) fn events_of_one_connection_at_once_make_one_record(store: &Fixture) {
    const ROUNDS: usize = 60;
    months(store);
    let others = [None, Some(month(2)), Some(month(1) + TimeDelta::days(1))];
    let together = Barrier::new(2);
    let written = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for writer in 0..2 {
            let (together, written) = (&together, &written);
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    for (pair, other) in others.into_iter().enumerate() {
                        let id = format!("{round}-{pair}");
                        let start = if writer == 0 { Some(month(1)) } else { other };
                        let start = start.map(format_time);
                        let event = event(&id, start.as_deref(), |fields| {
                            let field = if writer == 0 {
                                &mut fields.network_rtt
                            } else {
                                &mut fields.e2e_rtt
                            };
                            *field = Some(7);
                        });
                        together.wait();
                        let result = store.write(&[event]);
                        written.lock().unwrap().push(result);
                    }
                }
            });
        }
    });
    for result in written.into_inner().unwrap() {
        result.unwrap();
    }
    let found = store.all(&everything("p1"));
    assert_eq!(found.len(), ROUNDS * others.len());
    for record in &found {
        let fields = record.fields();
        assert_eq!((fields.network_rtt, fields.e2e_rtt), (Some(7), Some(7)));
    }
    assert_eq!(rows(store, "incomplete_records"), 0);
    let check = store.count_checks().check_counts("p1").unwrap();
    assert_eq!((check.repeated, check.differences), (0, Vec::new()));
}

/// What the time does: the identities that are new are now those of the generation before, and those of before are gone.
fn rotate(store: &Fixture) {
    store
        .database
        .execute("UPDATE identity_generation SET began = now() - interval '93 days'");
    made(&**store, month(0));
    let fresh = "identity_generation WHERE now() - began < interval '1 minute'";
    assert_eq!(rows(store, fresh), 1);
}

fn written(store: &Fixture, events: &[ConnectionEvent]) -> (u64, u64) {
    let written = store.write(events).unwrap();
    (written.inserted, written.updated)
}

pub(crate) fn identities_of_the_generation_before_count(store: &Fixture) {
    months(store);
    let first = [
        begun("leaps", month(1)),
        begun("same", month(2)),
        event("incomplete", None, |fields| fields.network_rtt = Some(3)),
    ];
    assert_eq!(written(store, &first), (3, 0));
    rotate(store);
    assert_eq!(rows(store, "earlier_identities"), 3);
    assert_eq!(rows(store, "connection_identities"), 0);
    assert_eq!(written(store, &first), (0, 3));
    let next = [
        event("leaps", Some(&format_time(month(6))), |_| ()),
        event("same", None, |fields| fields.e2e_rtt = Some(9)),
        event("incomplete", Some(&format_time(month(3))), |_| ()),
        begun("new", month(4)),
    ];
    assert_eq!(written(store, &next), (1, 3));
    assert_eq!(starts(store), [6, 4, 3, 2].map(month));
    assert_eq!(rows(store, "connection_identities"), 1);
    // What moved is known where it is now.
    assert_eq!(written(store, &[begun("leaps", month(5))]), (0, 1));
    assert_eq!(starts(store), [5, 4, 3, 2].map(month));
    assert_eq!(rows(store, "incomplete_records"), 0);
    each_connection_is_there_once(store);
}

pub(crate) fn what_is_older_than_any_identity_is_found(store: &Fixture) {
    months(store);
    let first = [
        begun("a", month(1)),
        begun("b", month(2)),
        begun("c", month(3)),
        event("incomplete", None, |fields| fields.network_rtt = Some(3)),
    ];
    assert_eq!(written(store, &first), (4, 0));
    rotate(store);
    rotate(store);
    // What has no start keeps its identity.
    assert_eq!(rows(store, "connection_identities"), 1);
    assert_eq!(rows(store, "earlier_identities"), 0);
    rotate(store);
    rotate(store);

    // The same again, an end without a start, and an end with the start that is known.
    let next = [
        begun("a", month(1)),
        event("b", None, |fields| fields.e2e_rtt = Some(9)),
        event("c", Some(&format_time(month(3))), |fields| {
            fields.e2e_rtt = Some(9);
        }),
        event("incomplete", Some(&format_time(month(4))), |_| ()),
        begun("new", month(5)),
    ];
    for event in next.chunks(1) {
        let id = &event[0].fields().transaction_id;
        assert_eq!(
            written(store, event),
            if id == "new" { (1, 0) } else { (0, 1) },
            "{id}"
        );
    }
    assert_eq!(written(store, &next), (0, 5));
    assert_eq!(starts(store), [5, 4, 3, 2, 1].map(month));
    let ends = store.all(&everything("p1"));
    let ends = ends.iter().map(|record| record.fields().e2e_rtt);
    assert_eq!(
        ends.collect::<Vec<_>>(),
        [None, None, Some(9), Some(9), None]
    );
    assert_eq!(rows(store, "incomplete_records"), 0);
    each_connection_is_there_once(store);

    // What was heard of again has an identity again, and so its start can be corrected.
    assert_eq!(written(store, &[begun("b", month(7))]), (0, 1));
    rotate(store);
    rotate(store);
    // Else it cannot: there are two records, as a check says, and neither is in the way of what comes.
    assert_eq!(written(store, &[begun("b", month(6))]), (1, 0));
    let check = store.count_checks().check_counts("p1").unwrap();
    assert_eq!((check.records, check.repeated), (6, 1));
    assert_eq!(check.differences, []);
    assert_eq!(written(store, &[begun("b", month(7))]), (0, 1));
    assert_eq!(written(store, &[begun("b", month(6))]), (0, 1));
    assert_eq!(store.count(&everything("p1")).unwrap(), 6);
}

/// A start and another one of each connection, before, while and after the generations change.
pub(crate) fn generations_change_while_others_write(store: &Fixture) {
    const ROUNDS: usize = 60;
    months(store);
    let done = Mutex::new(0);
    thread::scope(|scope| {
        for writer in 0..2 {
            let done = &done;
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    let starts = (0..10_u32).map(|number| {
                        let month = month((number + u32::from(writer == 1)) % 8);
                        let id = format!(
                            "{}-{number}",
                            if writer == 0 { round } else { round + ROUNDS }
                        );
                        (id, month)
                    });
                    for (id, start) in starts {
                        store.write(&[begun(&id, start)]).unwrap();
                        let later = start + TimeDelta::days(40);
                        store.write(&[begun(&id, later)]).unwrap();
                    }
                    *done.lock().unwrap() += 1;
                }
            });
        }
        while *done.lock().unwrap() < ROUNDS {
            thread::yield_now();
        }
        rotate(store);
        assert!(
            *done.lock().unwrap() < 2 * ROUNDS,
            "all had been written before"
        );
    });
    assert_eq!(
        store.count(&everything("p1")).unwrap(),
        2 * 10 * ROUNDS as u64
    );
    assert!(rows(store, "earlier_identities") > 0 && rows(store, "connection_identities") > 0);
    each_connection_is_there_once(store);
    assert_right(&**store);
}

pub(crate) fn a_clock_that_was_ahead_keeps_no_generation_for_ever(store: &Fixture) {
    store
        .database
        .execute("UPDATE identity_generation SET began = now() + interval '10 years'");
    made(&**store, month(0));
    assert_eq!(rows(store, "identity_generation WHERE began <= now()"), 1);
}

/// Indexes by transaction are made while others write, also where a process had begun to make them, and the identities of before
/// are those of the first generation.
pub(crate) fn the_migration_indexes_what_is_there(store: &Fixture) {
    if store.is_in_real_shards() {
        return;
    }
    months(store);
    let known: Vec<_> = (0..9)
        .map(|number| begun(&number.to_string(), month(number)))
        .chain([event("incomplete", None, |fields| {
            fields.network_rtt = Some(1);
        })])
        .collect();
    store.write(&known).unwrap();
    let before = store.all(&everything("p1"));
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations/postgres");
    let mut connection = store.database.postgres_connection();
    // Some have lost their identity, and some that are known are gone.
    rotate(store);
    rotate(store);
    let later = begun("later", month(2));
    store.write(&[known[3].clone(), later]).unwrap();
    store
        .database
        .execute("DELETE FROM connection_records WHERE transaction_id = 'later'");
    connection
        .revert_last_migration(FileBasedMigrations::from_path(folder).unwrap())
        .unwrap();
    assert_eq!(rows(store, "connection_identities"), 10);
    let indexes = "(SELECT FROM pg_indexes WHERE indexname LIKE 'connection_records_%_by_transaction') AS index";
    assert_eq!(rows(store, indexes), 0);
    // A process ended in the middle of this one, after that one.
    for number in [3, 4] {
        let partition = partition(month(number));
        store.database.execute(&format!(
            "CREATE INDEX {partition}_by_transaction ON {partition} (project_id, transaction_id)"
        ));
    }
    store.database.execute(&format!(
        "UPDATE pg_index SET indisvalid = FALSE WHERE indexrelid = '{}_by_transaction'::regclass",
        partition(month(3))
    ));

    assert_eq!(store.migrate().unwrap().len(), 1);
    let valid = "pg_inherits JOIN pg_index ON indrelid = inhrelid JOIN pg_class ON pg_class.oid = indexrelid \
        WHERE inhparent = 'connection_records'::regclass AND relname = inhrelid_name AND indisvalid";
    let valid = valid.replace(
        "inhrelid_name",
        "(inhrelid::regclass::text || '_by_transaction')",
    );
    let partitions = "pg_inherits WHERE inhparent = 'connection_records'::regclass";
    assert_eq!(rows(store, &valid), rows(store, partitions));
    let attached = "pg_inherits WHERE inhparent = 'connection_records_by_transaction'::regclass";
    assert_eq!(rows(store, attached), rows(store, partitions));
    assert_eq!(store.all(&everything("p1")), before);
    assert_eq!(written(store, &known), (0, 10));
    each_connection_is_there_once(store);
}
