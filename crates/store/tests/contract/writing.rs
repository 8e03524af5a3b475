use std::{slice, thread};

use crate::fixture::{Fixture, bare, event, events, everything, many, project, with};
use chrono::DateTime;
use deskledger_domain::{ConnectionRecord, RecordFields, Written, parse_time, record_fields};
use deskledger_store::{DatabaseKind, StoreErrorKind};
use diesel::connection::SimpleConnection as _;

/// Knows every field: each text is `text`.
fn full(fields: &mut RecordFields, text: &str) {
    let times = ["2020-04-24T03:02:47.000001Z", "1969-12-31T23:59:59.999999Z"];
    let mut times = times.iter().map(|time| parse_time(time).unwrap()).cycle();
    let mut integers = [i32::MIN, i32::MAX].into_iter().cycle();
    macro_rules! fill {
        ($($field:ident: $kind:ident, $example:tt, $meaning:literal;)+) => { $(fill!(@ $kind $field);)+ };
        (@ Text $field:ident) => { fields.$field = Some(text.to_owned()) };
        (@ Time $field:ident) => { fields.$field = times.next() };
        (@ Boolean $field:ident) => { fields.$field = Some(true) };
        (@ Integer $field:ident) => { fields.$field = integers.next() };
        (@ $kind:ident $field:ident) => {};
    }
    record_fields!([fill]);
}

pub(crate) fn written_records_come_back_equal(store: &Fixture) {
    let texts = [
        "",
        " ",
        "jy01@local.com",
        "张三 İstanbul ΟΔΟΣ 😀 e\u{301} \u{202e}",
        "=cmd|' /C calc'!A1",
        "'; DROP TABLE connection_records; --",
        "%s %n \\ \\N \\x00 \" ` $1 ? {} ",
        "\t\r\n\u{1}\u{7f}\u{feff}\u{fffd}\u{10ffff}",
        "_x000D_<a>&amp;]]>",
    ];
    let mut records = vec![
        bare("bare", "2020-04-24T03:02:45Z"),
        bare("year 0", "0000-01-01T00:00Z"),
        bare("year 9999", "9999-12-31T23:59:59.999999Z"),
        with("false", "2020-04-24T03:02:45.123456Z", |fields| {
            fields.is_reconnect = Some(false);
            fields.network_rtt = Some(0);
        }),
    ];
    for (number, text) in texts.iter().enumerate() {
        records.push(with(
            &format!("{number} {text}"),
            "2021-01-01T00:00Z",
            |fields| {
                full(fields, text);
            },
        ));
    }
    let written = store.write(&events(&records)).unwrap();
    assert_eq!(written.inserted, records.len() as u64);

    let mut found = store.all(&everything("p1"));
    let by_id = |record: &ConnectionRecord| record.fields().transaction_id.clone();
    found.sort_by_key(by_id);
    records.sort_by_key(by_id);
    assert_eq!(found, records);
}

pub(crate) fn the_longest_texts_are_kept(store: &Fixture) {
    // Of four bytes each, and all different, so that no index can make them short.
    let longest = |seed: u32| -> String {
        (0..255_u32)
            .map(|index| {
                char::from_u32(0x1_0000 + (index * 7919 + seed * 104_729) % 0xf_0000).unwrap()
            })
            .collect()
    };
    let id = longest(0);
    let mut records = Vec::new();
    for seed in 1..6 {
        let mut fields = RecordFields::new(longest(seed), DateTime::UNIX_EPOCH);
        full(&mut fields, &longest(seed + 10));
        records.push(ConnectionRecord::new(project(&id), fields).unwrap());
    }
    assert_eq!(store.write(&events(&records)).unwrap().inserted, 5);
    for record in &records {
        let name = record.fields().user_name.as_deref().unwrap();
        let found = store.all(&everything(&id).with_user_name(name));
        assert_eq!(found, slice::from_ref(record));
        let found = store.all(&everything(&id).with_terminal_type(&format!(" {name}")));
        assert_eq!(found, slice::from_ref(record));
    }
}

pub(crate) fn writing_again_changes_nothing(store: &Fixture) {
    assert_eq!(store.write(&[]).unwrap(), Written::default());
    let records = many(1000);
    let first = store.write(&events(&records)).unwrap();
    assert_eq!((first.inserted, first.updated), (1000, 0));
    let before = store.all(&everything("p1"));

    let again = store.write(&events(&records)).unwrap();
    assert_eq!((again.inserted, again.updated), (0, 1000));
    assert_eq!(store.all(&everything("p1")), before);
}

pub(crate) fn a_batch_of_what_is_known_changed_and_new_is_written_as_each_needs(store: &Fixture) {
    store.write(&events(&many(30))).unwrap();
    let mut batch = events(&many(40));
    // Of those that are known, some end and one starts at another time; of those that are new, one has no start yet.
    let ended =
        |id: &str, start: Option<&str>| event(id, start, |fields| fields.network_rtt = Some(4711));
    let known = |number: usize| many(30)[number].fields().transaction_id.clone();
    let (ends, moves) = (known(3), known(7));
    batch.push(ended(&ends, None));
    batch.push(ended(&moves, Some("2031-05-06T07:08Z")));
    batch.push(ended("incomplete", None));
    let written = store.write(&batch).unwrap();
    assert_eq!((written.inserted, written.updated), (11, 30));

    let found = store.all(&everything("p1"));
    assert_eq!(found.len(), 40);
    assert_eq!(store.count(&everything("p1")).unwrap(), 40);
    let changed: Vec<_> = found
        .iter()
        .filter(|record| record.fields().network_rtt == Some(4711))
        .map(|record| record.fields().transaction_id.as_str())
        .collect();
    // The newest one comes first.
    assert_eq!(changed, [moves.as_str(), ends.as_str()]);
    let check = store.count_checks().check_counts("p1").unwrap();
    assert_eq!((check.records, check.repeated), (40, 0));
    assert_eq!(check.differences, []);
}

pub(crate) fn what_is_new_has_its_numbers_its_identities_and_its_incomplete_records(
    store: &Fixture,
) {
    let mut batch = events(&many(20));
    batch.push(event("incomplete", None, |fields| {
        fields.network_rtt = Some(7);
    }));
    let written = store.write(&batch).unwrap();
    assert_eq!((written.inserted, written.updated), (21, 0));
    let check = store.count_checks().check_counts("p1").unwrap();
    assert_eq!((check.records, check.repeated), (20, 0));
    assert_eq!(check.differences, []);

    // Its start comes later.
    let written = store
        .write(&[event("incomplete", Some("2020-01-01T00:00Z"), |_| ())])
        .unwrap();
    assert_eq!((written.inserted, written.updated), (0, 1));
    let found = store.all(&everything("p1"));
    let complete = with("incomplete", "2020-01-01T00:00Z", |fields| {
        fields.network_rtt = Some(7);
    });
    assert!(found.contains(&complete));
    assert_eq!(found.len(), 21);
}

pub(crate) fn what_changes_nothing_is_not_written(store: &Fixture) {
    let records = many(100);
    store.write(&events(&records)).unwrap();
    if store.kind() == DatabaseKind::Postgres {
        for table in ["connection_records", "connection_identities"] {
            let (mut connection, table) = store.table_that_is_written(table);
            for command in [
                "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'written'; END $$",
                &format!(
                    "CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse()"
                ),
            ] {
                connection.batch_execute(command).unwrap();
            }
        }
    } else {
        store.database.execute(
            "CREATE TRIGGER refuse BEFORE UPDATE ON connection_records BEGIN SELECT RAISE(ABORT, 'written'); END",
        );
    }
    let written = store.write(&events(&records)).unwrap();
    assert_eq!((written.inserted, written.updated), (0, 100));
    // A part of what is known, without the start.
    let id = &records[5].fields().transaction_id;
    let part = event(id, None, |fields| {
        fields.user_name.clone_from(&records[5].fields().user_name);
    });
    assert_eq!(store.write(&[part]).unwrap().updated, 1);
    // What does change something is written, and here refused.
    let change = event(id, None, |fields| fields.user_name = Some("another".into()));
    assert!(store.write(&[change]).is_err());
}

pub(crate) fn what_a_later_event_knows_replaces_and_the_rest_stays(store: &Fixture) {
    let known = with("t", "2020-01-01T00:00Z", |fields| full(fields, "Known"));
    let other = bare("other", "2020-01-01T00:00Z");
    store.write(&events(&[known, other.clone()])).unwrap();

    // A start that changes moves the record to another position in the order.
    let later = with("t", "2020-01-02T00:00Z", |fields| {
        fields.computer_name = Some("New".into());
        fields.is_reconnect = Some(false);
        fields.network_rtt = Some(0);
    });
    let new = bare("new", "2020-01-01T00:00Z");
    let written = store.write(&events(&[later, new.clone()])).unwrap();
    assert_eq!((written.inserted, written.updated), (1, 1));
    let merged = with("t", "2020-01-02T00:00Z", |fields| {
        full(fields, "Known");
        fields.computer_name = Some("New".into());
        fields.is_reconnect = Some(false);
        fields.network_rtt = Some(0);
    });
    let found = store.all(&everything("p1"));
    assert_eq!(found, [merged.clone(), other, new]);

    // So do the keys of the names.
    for (filter, expected) in [
        (everything("p1").with_user_name("known"), 1),
        (everything("p1").with_computer_name("NEW"), 1),
        (everything("p1").with_computer_name("known"), 0),
    ] {
        assert_eq!(store.all(&filter), vec![merged.clone(); expected]);
    }
}

pub(crate) fn a_connection_is_a_record_once_its_start_is_known(store: &Fixture) {
    let end = parse_time("2020-01-01T08:00Z").unwrap();
    let ended = event("t", None, |fields| {
        fields.connection_end_time = Some(end);
        fields.user_name = Some("Known".into());
    });
    let set_up = event("t", None, |fields| fields.network_rtt = Some(7));
    let nothing = event("t", None, |_| ());
    for (events, inserted) in [
        (vec![ended], 1),
        (vec![set_up.clone(), nothing.clone()], 0),
        (vec![nothing.clone()], 0),
        (vec![set_up], 0),
    ] {
        let written = store.write(&events).unwrap();
        let updated = 1 - inserted;
        assert_eq!(written, Written { inserted, updated });
        assert_eq!(store.count(&everything("p1")).unwrap(), 0);
        assert!(store.all(&everything("p1")).is_empty());
    }

    let started = event("t", Some("2020-01-01T00:00Z"), |_| ());
    for _ in 0..2 {
        let written = store.write(slice::from_ref(&started)).unwrap();
        assert_eq!((written.inserted, written.updated), (0, 1));
        let whole = with("t", "2020-01-01T00:00Z", |fields| {
            fields.connection_end_time = Some(end);
            fields.user_name = Some("Known".into());
            fields.network_rtt = Some(7);
        });
        assert_eq!(
            store.all(&everything("p1").with_user_name("known")),
            [whole]
        );
        // Whatever comes now without a start is of that record.
        store.write(slice::from_ref(&nothing)).unwrap();
    }
    assert_eq!(store.count(&everything("p1")).unwrap(), 1);
}

pub(crate) fn the_events_of_a_batch_are_merged(store: &Fixture) {
    let of_user = |id: &str, name: &str| {
        with(id, "2020-01-01T00:00Z", |fields| {
            fields.user_name = Some(name.into());
        })
    };
    let written = store
        .write(&events(&[
            of_user("b", "first"),
            of_user("a", "only"),
            of_user("b", "second"),
            of_user("b", "last"),
        ]))
        .unwrap();
    assert_eq!((written.inserted, written.updated), (2, 0));
    let found = store.all(&everything("p1"));
    assert_eq!(found, [of_user("b", "last"), of_user("a", "only")]);

    // The same identity in another project is another record.
    let elsewhere = ConnectionRecord::new(project("p2"), of_user("b", "x").into_parts().1).unwrap();
    let written = store
        .write(&events(&[of_user("b", "y"), elsewhere]))
        .unwrap();
    assert_eq!((written.inserted, written.updated), (1, 1));
}

pub(crate) fn nothing_is_written_when_one_record_cannot_be(store: &Fixture) {
    let before = many(10);
    store.write(&events(&before)).unwrap();
    store.database.execute(match store.kind() {
        DatabaseKind::Postgres => {
            "ALTER TABLE connection_records ADD CHECK (user_name <> 'forbidden')"
        }
        _ => {
            "CREATE TRIGGER refuse BEFORE INSERT ON connection_records WHEN NEW.user_name = 'forbidden'
             BEGIN SELECT RAISE(ABORT, 'forbidden'); END"
        }
    });
    let mut batch = many(200);
    batch.push(with("z", "2020-01-01T00:00Z", |fields| {
        fields.user_name = Some("forbidden".into());
    }));
    let error = store.write(&events(&batch)).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Other);
    assert_eq!(error.to_string(), "write records: the database refused");
    assert_eq!(store.all(&everything("p1")).len(), before.len());

    // The connection is as good as before.
    assert_eq!(
        store.write(&events(&many(20))).unwrap(),
        Written {
            inserted: 10,
            updated: 10
        }
    );
}

pub(crate) fn writers_at_once_lose_nothing(store: &Fixture) {
    let records = many(2000);
    let totals: Vec<Written> = thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let mut mine = records.clone();
                // Each in another order, all the same records.
                let len = mine.len();
                mine.rotate_left(writer * len / 4);
                if writer % 2 == 0 {
                    mine.reverse();
                }
                scope.spawn(move || store.write(&events(&mine)).unwrap())
            })
            .collect();
        writers
            .into_iter()
            .map(|writer| writer.join().unwrap())
            .collect()
    });
    assert_eq!(
        totals.iter().map(|written| written.inserted).sum::<u64>(),
        2000
    );
    assert_eq!(
        totals.iter().map(|written| written.updated).sum::<u64>(),
        6000
    );
    assert_eq!(store.all(&everything("p1")).len(), 2000);
}
