//! Events of one connection make one record, however they come.

use std::collections::BTreeMap;
use std::thread;

use deskledger_domain::{ConnectionRecord, ProjectId};
use deskledger_ingest::RecordLine;
use deskledger_tests::{Cell, Database, PROJECT, Service, on_both_databases, sheets};
use rand::seq::{IndexedRandom as _, SliceRandom as _};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value, json};

use super::{JSON, NDJSON, array, lines, recorded};
use crate::record::realistic;

on_both_databases! {
    a_start_a_setup_and_an_end_in_any_order_make_one_record
    a_later_event_erases_nothing
    any_split_sent_by_many_at_once_makes_the_same_record
}

/// The rows of the export without their identifiers, by these.
fn rows(service: &Service) -> BTreeMap<String, Vec<Cell>> {
    let answer = service.export("");
    assert_eq!(answer.status, 200);
    let mut sheet = sheets(&answer.body).remove(0);
    let ids = sheet.texts("Transaction ID");
    let column = sheet
        .header
        .iter()
        .position(|name| name == "Transaction ID");
    for row in &mut sheet.rows {
        row.remove(column.unwrap());
    }
    let count = ids.len();
    let rows: BTreeMap<_, _> = ids.into_iter().zip(sheet.rows).collect();
    assert_eq!(rows.len(), count, "a record is there twice");
    rows
}

fn parts() -> [Value; 3] {
    [
        json!({
            "connection_start_time": "2020-04-13T02:00:00Z", "user_name": "jy01@local.com", "is_reconnect": false,
        }),
        json!({"connection_setup_time": "2020-04-13T02:00:02Z", "desktop_ip": "10.0.0.7", "network_rtt": 35}),
        json!({"connection_end_time": "2020-04-13T10:00:02.5Z", "is_reconnect": true}),
    ]
}

/// A part, as an event of a connection.
fn of(id: &str, part: &Value) -> Value {
    let mut event = part.clone();
    event["transaction_id"] = json!(id);
    event
}

fn a_start_a_setup_and_an_end_in_any_order_make_one_record(database: &Database) {
    let service = Service::start(database);
    let [start, setup, end] = parts();
    let mut whole = start.clone();
    for part in [&setup, &end] {
        for (field, value) in part.as_object().unwrap() {
            whole[field] = value.clone();
        }
    }
    // It is a matter of order which of two answers counts.
    let undisputed = |mut event: Value| {
        event.as_object_mut().unwrap().remove("is_reconnect");
        event
    };
    let parts = [start, setup, end].map(undisputed);
    service.record(JSON, &array(&[of("whole", &undisputed(whole))]));
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let id = format!("{order:?}");
        let mut was_known = false;
        for position in order {
            let event = [of(&id, &parts[position])];
            let answer = recorded(&service.record(JSON, &array(&event)));
            let expected = if was_known { (0, 1) } else { (1, 0) };
            let counts = (answer["inserted"].as_u64(), answer["updated"].as_u64());
            assert_eq!(counts, (Some(expected.0), Some(expected.1)), "{id}");
            was_known = true;
            // It is seen once its start is known.
            let is_started = order
                .iter()
                .take_while(|part| **part != position)
                .any(|part| *part == 0);
            assert_eq!(
                rows(&service).contains_key(&id),
                is_started || position == 0,
                "{id}"
            );
        }
        // All at once, and as lines.
        let together = order.map(|position| of(&format!("{id} together"), &parts[position]));
        let answer = recorded(&service.record(NDJSON, &lines(&together)));
        assert_eq!(answer["inserted"], 1);
    }
    let rows = rows(&service);
    assert_eq!(rows.len(), 13);
    for (id, row) in &rows {
        assert_eq!(row, &rows["whole"], "{id}");
    }
}

fn a_later_event_erases_nothing(database: &Database) {
    let service = Service::start(database);
    let [start, setup, end] = parts();
    service.record(
        JSON,
        &array(&[of("a", &start), of("a", &setup), of("a", &end)]),
    );
    let before = rows(&service);
    let mut empty = Map::new();
    for field in &RecordLine::FIELDS {
        empty.insert((*field).to_owned(), Value::Null);
    }
    for nothing in [json!({}), Value::Object(empty)] {
        let event = [of("a", &nothing)];
        let answer = recorded(&service.record(JSON, &array(&event)));
        assert_eq!(answer, json!({"inserted": 0, "updated": 1}));
        assert_eq!(rows(&service), before);
    }
    // What it knows, it changes.
    service.record(JSON, &array(&[of("a", &json!({"desktop_ip": "10.0.0.8"}))]));
    let changed = rows(&service);
    let differing = changed["a"]
        .iter()
        .zip(&before["a"])
        .filter(|(a, b)| a != b);
    assert_eq!(differing.count(), 1);
}

fn any_split_sent_by_many_at_once_makes_the_same_record(database: &Database) {
    const CLIENTS: usize = 4;

    let mut random = ChaCha8Rng::seed_from_u64(11);
    let service = Service::start_with(database, |settings| {
        settings.limits.record_batch = 7.try_into().unwrap();
        settings.limits.recordings_per_project = 4;
    });
    let project = ProjectId::new(PROJECT).unwrap();
    let mut expected = Vec::new();
    let mut events = Vec::new();
    for fields in realistic(60) {
        let record = ConnectionRecord::new(project.clone(), fields).unwrap();
        let whole = serde_json::to_value(RecordLine::from_record(&record)).unwrap();
        events.extend(split(&mut random, &whole));
        expected.push(of(&format!("whole {}", whole["transaction_id"]), &whole));
    }
    // Each event goes to some of the clients, each of which has its own order.
    let mut shares = vec![Vec::new(); CLIENTS];
    for event in &events {
        let clients: Vec<_> = (0..CLIENTS).collect();
        let times = random.random_range(1..=2);
        for client in clients.sample(&mut random, times) {
            shares[*client].push(event.clone());
        }
    }
    for share in &mut shares {
        share.shuffle(&mut random);
    }
    thread::scope(|scope| {
        for (client, share) in shares.iter().enumerate() {
            let service = &service;
            scope.spawn(move || {
                for part in share.chunks(20) {
                    let answer = if client % 2 == 0 {
                        service.record(JSON, &array(part))
                    } else {
                        service.record(NDJSON, &lines(part))
                    };
                    recorded(&answer);
                }
            });
        }
    });
    let found = rows(&service);
    assert_eq!(found.len(), 60);
    recorded(&service.record(JSON, &array(&expected)));
    let all = rows(&service);
    assert_eq!(all.len(), 120);
    for (id, row) in &found {
        assert_eq!(row, &all[&format!("whole \"{id}\"")], "{id}");
    }
}

/// Events that say together what a record says: each of its fields is in one of them at least.
fn split(random: &mut ChaCha8Rng, whole: &Value) -> Vec<Value> {
    let id = whole["transaction_id"].as_str().unwrap();
    let mut parts = vec![Map::new(); random.random_range(1..=4)];
    for (field, value) in whole.as_object().unwrap() {
        let certain = random.random_range(0..parts.len());
        for (position, part) in parts.iter_mut().enumerate() {
            if position == certain || random.random_bool(0.2) {
                part.insert(field.clone(), value.clone());
            }
        }
    }
    parts
        .into_iter()
        .map(|part| of(id, &Value::Object(part)))
        .collect()
}
