use std::thread;

use chrono::{DateTime, TimeDelta};
use deskledger_domain::{
    ConnectionEvent, ConnectionRecord, EventFields, RecordFields, record_fields,
};
use rand::seq::{IndexedMutRandom as _, IndexedRandom as _, SliceRandom as _};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::fixture::{Fixture, everything, project};

/// Does `$each` for the name of every field that need not be known.
macro_rules! each_field {
    ({$each:ident} $($field:ident: $kind:ident, $example:tt, $meaning:literal;)+) => { $(each_field!(@ $kind $each $field);)+ };
    (@ Key $each:ident $field:ident) => {};
    (@ Start $each:ident $field:ident) => {};
    (@ $kind:ident $each:ident $field:ident) => { $each!($field) };
}

fn random_text(rng: &mut ChaCha8Rng) -> Option<String> {
    let texts = ["", "jy01@Local.com", "JY01@local.com", "张三", "=1+1", "x"];
    rng.random_bool(0.7)
        .then(|| (*texts.choose(rng).unwrap()).to_owned())
}

fn random_fields(rng: &mut ChaCha8Rng, transaction_id: &str) -> EventFields {
    // Over five years, so that a start that changes changes its partition too.
    let start = DateTime::from_timestamp(rng.random_range(1_700_000_000..1_860_000_000), 0);
    let mut seconds = [2, rng.random_range(3..100_000)].into_iter().cycle();
    let mut fields = EventFields::new(transaction_id, start);
    macro_rules! draw {
        ($($field:ident: $kind:ident, $example:tt, $meaning:literal;)+) => { $(draw!(@ $kind $field);)+ };
        (@ Text $field:ident) => { fields.$field = random_text(rng) };
        (@ Time $field:ident) => { fields.$field = start.zip(seconds.next()).map(|(start, later)| start + TimeDelta::seconds(later)) };
        (@ Boolean $field:ident) => { fields.$field = rng.random_bool(0.7).then(|| rng.random()) };
        (@ Integer $field:ident) => { fields.$field = rng.random_bool(0.7).then(|| rng.random_range(-1..300)) };
        (@ $kind:ident $field:ident) => {};
    }
    record_fields!([draw]);
    fields
}

fn record(fields: EventFields) -> ConnectionRecord {
    event(fields).to_record().unwrap()
}

fn event(fields: EventFields) -> ConnectionEvent {
    ConnectionEvent::new(project("p1"), fields).unwrap()
}

/// Each field in one of three events, and some in several; the start in one of them.
fn split(rng: &mut ChaCha8Rng, record: &ConnectionRecord) -> Vec<ConnectionEvent> {
    let RecordFields {
        transaction_id,
        connection_start_time,
        ..
    } = record.fields();
    let mut parts = [(); 3].map(|()| EventFields::new(transaction_id, None));
    parts.choose_mut(rng).unwrap().connection_start_time = Some(*connection_start_time);
    macro_rules! deal {
        ($field:ident) => {{
            let first = rng.random_range(0..3);
            for (number, part) in parts.iter_mut().enumerate() {
                if number == first || rng.random_bool(0.1) {
                    part.$field.clone_from(&record.fields().$field);
                }
            }
        }};
    }
    record_fields!([each_field] {deal});
    parts.into_iter().map(event).collect()
}

/// Cuts events into batches of any length.
fn batches(rng: &mut ChaCha8Rng, mut events: Vec<ConnectionEvent>) -> Vec<Vec<ConnectionEvent>> {
    let mut batches = Vec::new();
    while !events.is_empty() {
        let length = rng.random_range(1..=events.len().min(40));
        batches.push(events.split_off(events.len() - length));
    }
    batches
}

fn sorted(mut records: Vec<ConnectionRecord>) -> Vec<ConnectionRecord> {
    records.sort_by(|a, b| a.fields().transaction_id.cmp(&b.fields().transaction_id));
    records
}

pub(crate) fn parts_of_records_end_in_the_same_records_however_they_come(store: &Fixture) {
    const WRITERS: usize = 4;
    let mut rng = ChaCha8Rng::seed_from_u64(20_261_123);
    let mut expected = Vec::new();
    for round in 0..12 {
        let records: Vec<_> = (0..rng.random_range(1..60))
            .map(|number| record(random_fields(&mut rng, &format!("{round}-{number}"))))
            .collect();
        let mut events: Vec<_> = records
            .iter()
            .flat_map(|record| split(&mut rng, record))
            .collect();
        // Some twice.
        let again: Vec<_> = events.sample(&mut rng, events.len() / 2).cloned().collect();
        events.extend(again);
        events.shuffle(&mut rng);
        let batches = batches(&mut rng, events);
        let updates: u64 = thread::scope(|scope| {
            let writers: Vec<_> = (0..WRITERS)
                .map(|writer| {
                    let mine = batches.iter().skip(writer).step_by(WRITERS);
                    let write = move || -> u64 {
                        mine.map(|batch| store.write(batch).unwrap().inserted).sum()
                    };
                    scope.spawn(write)
                })
                .collect();
            writers
                .into_iter()
                .map(|writer| writer.join().unwrap())
                .sum()
        });
        assert_eq!(updates, records.len() as u64, "round {round}");
        expected.extend(records);
        let found = sorted(store.all(&everything("p1")));
        assert_eq!(found, sorted(expected.clone()), "round {round}");
    }
}

pub(crate) fn random_events_end_in_what_the_domain_merges(store: &Fixture) {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut all = Vec::new();
    for round in 0..30 {
        // They contradict each other, and so the last one counts.
        let events: Vec<_> = (0..rng.random_range(1..80))
            .map(|_| {
                let id = rng.random_range(0..300);
                let mut fields = random_fields(&mut rng, &id.to_string());
                macro_rules! forget {
                    ($field:ident) => {
                        if rng.random_bool(0.6) {
                            fields.$field = None;
                        }
                    };
                }
                record_fields!([each_field] {forget});
                if rng.random_bool(0.8) {
                    fields.connection_start_time = None;
                }
                event(fields)
            })
            .collect();
        store.write(&events).unwrap();
        all.extend(events);
        let expected: Vec<_> = ConnectionEvent::merge(&all)
            .iter()
            .filter_map(|event| event.to_record())
            .collect();
        let found = sorted(store.all(&everything("p1")));
        assert_eq!(found, sorted(expected), "round {round}");
    }
    // Some have a record by now, and some do not.
    let records = store.count(&everything("p1")).unwrap();
    assert!((10..300).contains(&records), "{records}");
}
