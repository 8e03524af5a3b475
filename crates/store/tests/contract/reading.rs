use std::ops::ControlFlow;

use chrono::{DateTime, TimeDelta, Utc};
use deskledger_domain::{ConnectionRecord, TimeRange, parse_time};
use deskledger_store::{Cancellation, DatabaseKind, ReadOutcome, StoreErrorKind};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::fixture::{Fixture, all, bare, between, events, everything, many, project, with};
use crate::random::{random_filter, random_record};

pub(crate) fn ids(records: &[ConnectionRecord]) -> Vec<&str> {
    records
        .iter()
        .map(|record| record.fields().transaction_id.as_str())
        .collect()
}

pub(crate) fn records_come_newest_first_and_ties_by_transaction(store: &Fixture) {
    // Descending by bytes: after all of ASCII, "é" (c3), "中" (e4), U+E000 (ee), then what is beyond 16 bits (f0).
    let newest_first = [
        "😀", "\u{e000}", "中", "é", "b", "a-", "a", "Z", "B", "10", "1",
    ];
    let mut records = vec![
        bare("oldest", "2020-01-01T00:00:00.000001Z"),
        bare("newest", "2020-01-01T00:00:00.000003Z"),
    ];
    for id in newest_first {
        records.push(bare(id, "2020-01-01T00:00:00.000002Z"));
    }
    store.write(&events(&records)).unwrap();
    let found = store.all(&everything("p1"));
    let mut expected = vec!["newest"];
    expected.extend(newest_first);
    expected.push("oldest");
    assert_eq!(ids(&found), expected);
}

pub(crate) fn a_range_of_time_is_half_open(store: &Fixture) {
    let records = [
        bare("before", "2020-01-01T00:59:59.999999Z"),
        bare("start", "2020-01-01T01:00Z"),
        bare("inside", "2020-01-01T01:59:59.999999Z"),
        bare("end", "2020-01-01T02:00Z"),
    ];
    store.write(&events(&records)).unwrap();
    let range = between("2020-01-01T01:00Z", "2020-01-01T02:00Z");
    let found = store.all(&everything("p1").with_time(range));
    assert_eq!(ids(&found), ["inside", "start"]);

    let open = TimeRange::new(parse_time("2020-01-01T01:00Z").unwrap(), None).unwrap();
    let found = store.all(&everything("p1").with_time(open));
    assert_eq!(ids(&found), ["end", "inside", "start"]);
}

pub(crate) fn a_range_may_begin_before_all_calendars(store: &Fixture) {
    store
        .write(&events(&[bare("t", "0000-01-01T00:00Z")]))
        .unwrap();
    let start = DateTime::<Utc>::MIN_UTC + TimeDelta::days(1);
    let end = DateTime::<Utc>::MAX_UTC - TimeDelta::days(1);
    let range = TimeRange::new(start, Some(end)).unwrap();
    assert_eq!(store.all(&everything("p1").with_time(range)).len(), 1);
    let range = TimeRange::new(start, Some(start + TimeDelta::days(1))).unwrap();
    assert!(store.all(&everything("p1").with_time(range)).is_empty());
}

pub(crate) fn each_filter_finds_what_matches(store: &Fixture) {
    let named = |id: &str, user: &str, computer: &str, terminal: &str| {
        with(id, "2020-01-01T00:00Z", |fields| {
            fields.user_name = Some(user.into());
            fields.computer_name = Some(computer.into());
            fields.terminal_type = Some(terminal.into());
        })
    };
    store
        .write(&events(&[
            named("1", "jy01@local.com", "JY011", "Windows 10 "),
            named("2", "JY01@LOCAL.COM", "JY012", "windows 10"),
            named("3", "jy01@local.com ", "jy011", "Windows 1"),
            named("4", "ŞULE", "电脑", "Linux%"),
            named("5", "", "", " "),
            bare("6", "2020-01-01T00:00Z"),
        ]))
        .unwrap();
    let p1 = || everything("p1");
    for (filter, expected) in [
        (p1(), &["6", "5", "4", "3", "2", "1"][..]),
        (p1().with_user_name("Jy01@Local.com"), &["2", "1"]),
        (p1().with_user_name("jy01@local.com "), &["3"]),
        (p1().with_user_name("jy01%"), &[]),
        (p1().with_user_name("şule"), &["4"]),
        (p1().with_user_name(""), &["5"]),
        (p1().with_computer_name("JY011"), &["3", "1"]),
        (p1().with_computer_name("电脑"), &["4"]),
        (p1().with_terminal_type(" WINDOWS 10"), &["2", "1"]),
        (p1().with_terminal_type("linux%"), &["4"]),
        (p1().with_terminal_type("linux_"), &[]),
        (
            p1().with_user_name("jy01@local.com")
                .with_computer_name("jy011"),
            &["1"],
        ),
        (
            p1().with_user_name("jy01@local.com")
                .with_terminal_type("windows 10"),
            &["2", "1"],
        ),
        (
            p1().with_time(between("2020-01-01T00:00Z", "2020-01-02T00:00Z"))
                .with_user_name("jy01@local.com")
                .with_computer_name("jy012")
                .with_terminal_type("windows 10"),
            &["2"],
        ),
        (
            p1().with_time(between("2020-01-02T00:00Z", "2020-01-03T00:00Z"))
                .with_computer_name("jy012"),
            &[],
        ),
    ] {
        assert_eq!(ids(&store.all(&filter)), expected, "{filter:?}");
        assert_eq!(
            store.count(&filter).unwrap(),
            expected.len() as u64,
            "{filter:?}"
        );
    }
}

pub(crate) fn tenants_never_mix(store: &Fixture) {
    let names = ["p1", "P1", "p1 ", "p", "p11", "p%", "' OR 1=1 --"];
    let of = |name: &str| {
        let fields = with("t", "2020-01-01T00:00Z", |fields| {
            fields.user_name = Some("ann".into());
            fields.sid = Some(name.into());
        });
        ConnectionRecord::new(project(name), fields.into_parts().1).unwrap()
    };
    let records: Vec<_> = names.iter().map(|name| of(name)).collect();
    assert_eq!(
        store.write(&events(&records)).unwrap().inserted,
        names.len() as u64
    );
    for name in names {
        assert_eq!(store.all(&everything(name)), [of(name)]);
        assert_eq!(
            store.all(&everything(name).with_user_name("ANN")),
            [of(name)]
        );
        assert_eq!(store.count(&everything(name)).unwrap(), 1);
    }
    assert_eq!(store.count(&everything("nobody")).unwrap(), 0);
}

pub(crate) fn random_filters_find_what_a_scan_in_memory_finds(store: &Fixture) {
    let mut rng = ChaCha8Rng::seed_from_u64(20_260_101);
    let mut records: Vec<_> = (0..2000)
        .map(|number| random_record(&mut rng, number))
        .collect();
    store.write(&events(&records)).unwrap();
    records.sort_by(|a, b| {
        let key = |record: &ConnectionRecord| {
            let fields = record.fields();
            (fields.connection_start_time, fields.transaction_id.clone())
        };
        key(b).cmp(&key(a))
    });
    let mut found_any = 0;
    for _ in 0..300 {
        let filter = random_filter(&mut rng);
        let expected: Vec<_> = records
            .iter()
            .filter(|record| filter.matches(record))
            .cloned()
            .collect();
        assert_eq!(store.all(&filter), expected, "{filter:?}");
        assert_eq!(
            store.count(&filter).unwrap(),
            expected.len() as u64,
            "{filter:?}"
        );
        found_any += usize::from(!expected.is_empty());
    }
    assert!(
        found_any > 100,
        "only {found_any} of the filters found anything"
    );
}

pub(crate) fn a_read_sees_one_snapshot(store: &Fixture) {
    let records = many(20_000);
    store.write(&events(&records)).unwrap();
    let mut expected = records.clone();
    expected.reverse();

    // The same again, all changed, and what is newer and older.
    let mut changed: Vec<_> = records
        .iter()
        .map(|record| {
            let (project_id, mut fields) = record.clone().into_parts();
            fields.user_name = Some("changed".into());
            ConnectionRecord::new(project_id, fields).unwrap()
        })
        .collect();
    changed.push(bare("newer", "2027-01-01T00:00Z"));
    changed.push(bare("older", "2025-01-01T00:00Z"));

    let mut found = Vec::new();
    let outcome = store.read(&everything("p1"), &Cancellation::new(), &mut |record| {
        found.push(record.to_record().unwrap());
        if found.len() == 10 {
            store.write(&events(&changed)).unwrap();
        }
        ControlFlow::Continue(())
    });
    assert_eq!(outcome.unwrap(), ReadOutcome::Complete);
    assert!(found == expected);
    assert_eq!(
        store
            .count(&everything("p1").with_user_name("changed"))
            .unwrap(),
        20_000
    );
    assert_eq!(store.all(&everything("p1")).len(), 20_002);
}

pub(crate) fn an_invalid_row_is_corrupt(store: &Fixture) {
    store.write(&events(&many(3))).unwrap();
    store.database.execute(match store.kind() {
        DatabaseKind::Postgres => {
            "UPDATE connection_records SET transaction_id = '' WHERE transaction_id = 't00000001'"
        }
        _ => {
            "UPDATE connection_records SET connection_start_time = -9223372036854775808 WHERE transaction_id = 't00000001'"
        }
    });
    let error = all(&**store, &everything("p1")).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Corrupt);
    assert_eq!(
        error.to_string(),
        "read records: what is stored is not valid"
    );
    assert!(std::error::Error::source(&error).is_some());
    // The connection is as good as before.
    assert_eq!(store.count(&everything("p1")).unwrap(), 3);
}
