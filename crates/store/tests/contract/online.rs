use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use deskledger_domain::{
    Action, ConnectionRecord, MatchKey, OnlineQuery, OnlineRequest, Policy, Principal,
    RecordFields, parse_time,
};
use deskledger_store::{DatabaseKind, StoreErrorKind};
use rand::{RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

use crate::fixture::{Fixture, events, project, with};
use crate::random::random_user;

const NOW: &str = "2026-03-29T10:30:00Z";

fn request(id: &str, pairs: &[(&str, &str)]) -> OnlineRequest {
    let principal = Principal::new("ann", project(id), ["te_admin"]);
    let scope = Policy::default().authorize(&principal, Action::ListConnections, &project(id));
    OnlineQuery::from_pairs(pairs.iter().copied())
        .unwrap()
        .into_request(scope.unwrap(), parse_time(NOW).unwrap())
        .unwrap()
}

/// What [`RecordStore::users_online`](deskledger_store::RecordStore::users_online) promises, one record after the other.
fn plainly(records: &[ConnectionRecord], request: &OnlineRequest) -> Vec<u64> {
    let span = |bounds: &[DateTime<Utc>]| {
        let users: BTreeSet<_> = records
            .iter()
            .filter(|record| request.filter.matches(record))
            .filter(|record| is_open(record.fields(), bounds[0], bounds[1], request.now))
            .filter_map(|record| record.fields().user_name.as_deref())
            .map(|name| MatchKey::of_name(name).into_string())
            .collect();
        users.len() as u64
    };
    request.grid.bounds().windows(2).map(span).collect()
}

fn is_open(
    fields: &RecordFields,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    now: DateTime<Utc>,
) -> bool {
    let Some(setup) = fields.connection_setup_time else {
        return false;
    };
    let closed = fields.connection_end_time.unwrap_or(now);
    let set_up_in_it = start <= setup && setup < end;
    set_up_in_it || (setup < end && closed > start)
}

fn random_record(rng: &mut ChaCha8Rng, number: u32) -> ConnectionRecord {
    let hours = |rng: &mut ChaCha8Rng, range| TimeDelta::hours(rng.random_range(range));
    let now = parse_time(NOW).unwrap();
    // Whole hours are frequent, so that what begins or ends just then is.
    let mut start = now - TimeDelta::minutes(30) - hours(rng, -5..24 * 50);
    if rng.random_bool(0.5) {
        start += TimeDelta::microseconds(rng.random_range(-3_600_000_000..3_600_000_000));
    }
    let mut fields = RecordFields::new(number.to_string(), start);
    fields.user_name = random_user(rng);
    fields.computer_name = Some(format!("pc{}", rng.random_range(0..3)));
    fields.source_ip = Some(format!("10.0.0.{}", rng.random_range(0..4)));
    let setup = match rng.random_range(0..10) {
        0 => None,
        1 => Some(start - hours(rng, 0..30)),
        2 => Some(start + hours(rng, 0..30)),
        3 => Some(start + TimeDelta::hours(24)),
        _ => Some(start + TimeDelta::seconds(2)),
    };
    fields.connection_setup_time = setup;
    fields.connection_end_time = match rng.random_range(0..10) {
        0 | 1 => None,
        2 => setup,
        3 => Some(start - hours(rng, 0..3)),
        4 => Some(start + TimeDelta::hours(24)),
        5 => Some(start + hours(rng, 24..24 * 30)),
        _ => setup.map(|setup| setup + hours(rng, 0..12)),
    };
    let id = *["p1", "p2"].choose(rng).unwrap();
    ConnectionRecord::new(project(id), fields).unwrap()
}

fn random_request(rng: &mut ChaCha8Rng) -> OnlineRequest {
    let zone = *[
        "UTC",
        "Asia/Kolkata",
        "Europe/Berlin",
        "Asia/Shanghai",
        "Pacific/Chatham",
    ]
    .choose(rng)
    .unwrap();
    let id = *["p1", "p2"].choose(rng).unwrap();
    let period = *["DAY", "WEEK", "MONTH", ""].choose(rng).unwrap();
    let start = parse_time(NOW).unwrap() - TimeDelta::minutes(rng.random_range(0..60 * 24 * 45));
    let length = *[20, 60, 600, 60 * 30, 60 * 24 * 20, 60 * 24 * 300]
        .choose(rng)
        .unwrap();
    let end = start + TimeDelta::minutes(rng.random_range(1..=length));
    let (start, end) = (start.to_rfc3339(), end.to_rfc3339());
    let (at, name) = (
        random_time_of_grid(rng),
        random_user(rng).unwrap_or_default(),
    );
    let filter = *[
        ("", ""),
        ("user_name", &name),
        ("user_name_prefix", "a"),
        ("domain", "local.com"),
        ("computer_name", "PC1"),
        ("min_duration", "7200"),
        ("active_at", &at),
        ("source_ip", "10.0.0.0/31"),
        ("transaction_id", "7"),
    ]
    .choose(rng)
    .unwrap();
    let mut pairs = vec![
        ("query_type", period),
        ("start_time", &start),
        ("end_time", &end),
        ("time_zone", zone),
    ];
    pairs.extend((!filter.0.is_empty()).then_some(filter));
    request(id, &pairs)
}

fn random_time_of_grid(rng: &mut ChaCha8Rng) -> String {
    let minutes = TimeDelta::minutes(rng.random_range(0..60 * 24 * 45));
    (parse_time(NOW).unwrap() - minutes).to_rfc3339()
}

pub(crate) fn random_records_are_counted_as_a_plain_computation_counts_them(store: &Fixture) {
    let mut rng = ChaCha8Rng::seed_from_u64(20_260_329);
    let mut counted = 0;
    let mut records = Vec::new();
    // From few records, where every user shows, to many.
    for written in [10, 30, 160, 800] {
        let more: Vec<_> = (0..written)
            .map(|number| random_record(&mut rng, written * 1000 + number))
            .collect();
        store.write(&events(&more)).unwrap();
        records.extend(more);
        for _ in 0..40 {
            let request = random_request(&mut rng);
            let expected = plainly(&records, &request);
            let found = store.users_online(&request).unwrap();
            assert_eq!(found, expected, "{written} {:?}", request.grid);
            counted += found.iter().sum::<u64>();
        }
    }
    assert!(counted > 5000, "only {counted} users were counted");
}

pub(crate) fn a_connection_counts_from_its_setup_until_before_its_end(store: &Fixture) {
    let of = |id: &str, setup: Option<&str>, end: Option<&str>| {
        with(id, "2026-03-28T09:59Z", |fields| {
            fields.user_name = Some(format!("{id}@local.com"));
            fields.connection_setup_time = setup.map(|time| parse_time(time).unwrap());
            fields.connection_end_time = end.map(|time| parse_time(time).unwrap());
        })
    };
    let spelled = with("again", "2026-03-28T10:10Z", |fields| {
        fields.user_name = Some("INSIDE@Local.com".into());
        fields.connection_setup_time = parse_time("2026-03-28T10:10Z").ok();
        fields.connection_end_time = parse_time("2026-03-28T11:00:00.000001Z").ok();
    });
    store
        .write(&events(&[
            spelled,
            of(
                "inside",
                Some("2026-03-28T10:00Z"),
                Some("2026-03-28T11:00Z"),
            ),
            of(
                "moment",
                Some("2026-03-28T12:00Z"),
                Some("2026-03-28T12:00Z"),
            ),
            of(
                "backwards",
                Some("2026-03-28T13:59Z"),
                Some("2026-03-28T10:30Z"),
            ),
            of("failed", None, None),
            of("failed-and-ended", None, Some("2026-03-28T14:00Z")),
            of("open", Some("2026-03-28T15:00Z"), None),
            of(
                "long",
                Some("2026-03-01T00:00Z"),
                Some("2026-03-28T10:00:00.000001Z"),
            ),
        ]))
        .unwrap();
    let day = [
        ("start_time", "2026-03-28T09:00Z"),
        ("end_time", "2026-03-28T17:00Z"),
    ];
    let counts = store.users_online(&request("p1", &day)).unwrap();
    // From 9 to 17: long; inside (of two connections) and long; inside; moment; backwards; nobody; open; open.
    assert_eq!(counts, [1, 2, 1, 1, 1, 0, 1, 1]);
    // Today: open until now, which is half past ten.
    let counts = store
        .users_online(&request("p1", &[("query_type", "DAY")]))
        .unwrap();
    assert_eq!(counts[..10], [1; 10]);
    assert_eq!(counts[10..], [[1].as_slice(), &[0; 13]].concat());
}

pub(crate) fn users_of_other_projects_do_not_count(store: &Fixture) {
    let names = ["p1", "P1", "p1 ", "p", "p11", "p%"];
    for (number, name) in names.iter().enumerate() {
        let records: Vec<_> = (0..=number)
            .map(|user| {
                let mut fields =
                    RecordFields::new(user.to_string(), parse_time("2026-03-29T08:00Z").unwrap());
                fields.user_name = Some(format!("user{user}"));
                fields.connection_setup_time = Some(fields.connection_start_time);
                ConnectionRecord::new(project(name), fields).unwrap()
            })
            .collect();
        store.write(&events(&records)).unwrap();
    }
    for (number, name) in names.iter().enumerate() {
        let counts = store
            .users_online(&request(name, &[("query_type", "WEEK")]))
            .unwrap();
        assert_eq!(counts, [0, 0, 0, 0, 0, 0, number as u64 + 1], "{name}");
    }
}

pub(crate) fn a_count_of_users_that_takes_too_long_is_timed_out(store: &Fixture) {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let records: Vec<_> = (0..100)
        .map(|number| random_record(&mut rng, number))
        .collect();
    store.write(&events(&records)).unwrap();
    // SQLite counts by the names of indexes, which no view has; it looks at the clock at the first row.
    let timeout = match store.kind() {
        DatabaseKind::Postgres => {
            store.make_endless();
            Duration::from_millis(300)
        }
        _ => Duration::from_nanos(1),
    };
    let impatient = store.reopened(|settings| settings.query_timeout = Some(timeout));
    let begin = Instant::now();
    let error = impatient
        .users_online(&request("p1", &[("query_type", "MONTH")]))
        .unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::TimedOut);
    assert!(begin.elapsed() < Duration::from_secs(60));
}
