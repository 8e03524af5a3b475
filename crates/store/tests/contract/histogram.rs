//! Histograms and values, which count what a filter finds.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use deskledger_domain::chrono::{DateTime, Utc};
use deskledger_domain::chrono_tz::Tz;
use deskledger_domain::{
    ConnectionRecord, ConnectionState, ExactField, ExportFilter, Histogram, HistogramRequest,
    Interval, InvalidFilter, MatchKey, ValueField, ValuesRequest, format_time, parse_time,
};
use deskledger_store::StoreErrorKind;
use rand::{RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

use crate::fixture::{Fixture, bare, between, events, everything, with};
use crate::random::{random_filter, random_record};

fn histogram(store: &Fixture, request: &HistogramRequest) -> Histogram {
    store.histogram(request).unwrap().unwrap()
}

fn matching<'r>(
    records: &'r [ConnectionRecord],
    filter: &ExportFilter,
) -> Vec<&'r ConnectionRecord> {
    let matches = |record: &&ConnectionRecord| filter.matches(record);
    records.iter().filter(matches).collect()
}

fn failed(record: &ConnectionRecord) -> bool {
    ConnectionState::of(record) == ConnectionState::Failed
}

/// Holds a histogram against a scan in memory.
fn check(found: &Histogram, matching: &[&ConnectionRecord], filter: &ExportFilter) {
    assert_eq!(found.total, matching.len() as u64, "{filter:?}");
    let failures = matching.iter().filter(|record| failed(record)).count();
    assert_eq!(found.failed, failures as u64, "{filter:?}");
    let users: BTreeSet<_> = matching
        .iter()
        .filter_map(|record| record.fields().user_name.as_deref())
        .map(|name| MatchKey::of_name(name).into_string())
        .collect();
    assert_eq!(found.users, users.len() as u64, "{filter:?}");
    let sum = |of: fn(&deskledger_domain::HistogramBucket) -> u64| -> u64 {
        found.buckets.iter().map(of).sum()
    };
    assert_eq!(sum(|bucket| bucket.total), found.total, "{filter:?}");
    assert_eq!(sum(|bucket| bucket.failed), found.failed, "{filter:?}");
    for (index, bucket) in found.buckets.iter().enumerate() {
        let next = found.buckets.get(index + 1).map(|bucket| bucket.start);
        let inside = |record: &&&ConnectionRecord| {
            let start = record.fields().connection_start_time;
            bucket.start <= start && next.is_none_or(|next| start < next)
        };
        let inside: Vec<_> = matching.iter().filter(inside).collect();
        let failures = inside.iter().filter(|record| failed(record)).count();
        let expected = (inside.len() as u64, failures as u64);
        assert_eq!((bucket.total, bucket.failed), expected, "{filter:?}");
        assert!(next.is_none_or(|next| bucket.start < next));
    }
}

pub(crate) fn histograms_of_random_filters_are_what_a_scan_in_memory_counts(store: &Fixture) {
    let mut rng = ChaCha8Rng::seed_from_u64(20_261_128);
    let records: Vec<_> = (0..1000)
        .map(|number| random_record(&mut rng, number))
        .collect();
    store.write(&events(&records)).unwrap();
    let mut several = 0;
    for round in 0..200 {
        let mut filter = random_filter(&mut rng);
        if round % 5 == 0 {
            // A range of time alone is counted in another way.
            filter = everything(filter.project_id().as_str()).with_time(filter.time());
        }
        let zone: Tz = ["UTC", "Asia/Kolkata", "Pacific/Chatham"]
            .choose(&mut rng)
            .unwrap()
            .parse()
            .unwrap();
        let interval = [None, Some(Interval::Minute), Some(Interval::Day)];
        let interval = *interval.choose(&mut rng).unwrap();
        let found = histogram(
            store,
            &HistogramRequest::new(filter.clone(), interval, zone),
        );
        check(&found, &matching(&records, &filter), &filter);
        assert_eq!(found.total, store.count(&filter).unwrap());
        several += usize::from(found.buckets.len() > 2 && found.total > 5);
    }
    assert!(
        several > 15,
        "only {several} of the histograms had several buckets"
    );
}

pub(crate) fn a_histogram_shows_empty_buckets_and_the_hour_that_comes_twice(store: &Fixture) {
    let at = [
        "2026-10-24T23:30Z",
        "2026-10-25T00:30Z",
        "2026-10-25T01:30Z",
        "2026-10-25T04:00Z",
    ];
    let records = at.map(|start| {
        with(start, start, |fields| {
            fields.user_name = Some(
                if start < "2026-10-25T01" {
                    "Ann"
                } else {
                    "ANN"
                }
                .into(),
            );
            fields.connection_failure_reason = start.contains("T01").then(|| "400200".into());
        })
    });
    store.write(&events(&records)).unwrap();
    let berlin: Tz = "Europe/Berlin".parse().unwrap();
    let starts = |found: &Histogram| -> Vec<_> {
        let buckets = found.buckets.iter();
        buckets
            .map(|bucket| (format_time(bucket.start), bucket.total, bucket.failed))
            .collect()
    };
    let expect = |found: &Histogram, expected: &[(&str, u64, u64)]| {
        let expected: Vec<_> = expected
            .iter()
            .map(|(start, total, failed)| ((*start).to_owned(), *total, *failed))
            .collect();
        assert_eq!(starts(found), expected);
    };
    let hours = HistogramRequest::new(everything("p1"), Some(Interval::Hour), berlin);
    let found = histogram(store, &hours);
    // The third and the fourth are both 02:00 on the wall.
    expect(
        &found,
        &[
            ("2026-10-24T23:00:00Z", 1, 0),
            ("2026-10-25T00:00:00Z", 1, 0),
            ("2026-10-25T01:00:00Z", 1, 1),
            ("2026-10-25T02:00:00Z", 0, 0),
            ("2026-10-25T03:00:00Z", 0, 0),
            ("2026-10-25T04:00:00Z", 1, 0),
        ],
    );
    assert_eq!((found.total, found.failed, found.users), (4, 1, 1));
    // A range that is given is where the buckets begin and end.
    let range = between("2026-10-24T23:45Z", "2026-10-25T02:10Z");
    let of_range = HistogramRequest::new(
        everything("p1").with_time(range),
        Some(Interval::Hour),
        berlin,
    );
    expect(
        &histogram(store, &of_range),
        &[
            ("2026-10-24T23:45:00Z", 0, 0),
            ("2026-10-25T00:00:00Z", 1, 0),
            ("2026-10-25T01:00:00Z", 1, 1),
            ("2026-10-25T02:00:00Z", 0, 0),
        ],
    );
    let days = HistogramRequest::new(everything("p1"), Some(Interval::Day), berlin);
    // All of them are in the one day of 25 hours.
    expect(&histogram(store, &days), &[("2026-10-24T22:00:00Z", 4, 1)]);

    let nothing = HistogramRequest::new(everything("p2"), None, Tz::UTC);
    let found = histogram(store, &nothing);
    assert_eq!((found.buckets.len(), found.total, found.users), (0, 0, 0));
    let range = everything("p2").with_time(between("2026-10-24T23:45Z", "2026-10-25T02:00Z"));
    let found = histogram(
        store,
        &HistogramRequest::new(range, Some(Interval::Hour), Tz::UTC),
    );
    assert_eq!(found.buckets.len(), 3);
}

pub(crate) fn a_histogram_of_an_open_range_has_a_bound(store: &Fixture) {
    let records = [("1", "1990-01-31T23:00Z"), ("2", "2026-01-01T00:00Z")];
    store
        .write(&events(&records.map(|(id, start)| bare(id, start))))
        .unwrap();
    let ask = |interval, filter: ExportFilter| {
        let request = HistogramRequest::new(filter, interval, Tz::UTC);
        store.histogram(&request).unwrap()
    };
    for interval in [None, Some(Interval::Month), Some(Interval::Minute)] {
        assert_eq!(
            ask(interval, everything("p1")),
            Err(InvalidFilter::TooManyBuckets {
                interval: interval.unwrap_or(Interval::Month)
            })
        );
    }
    let start = |text: &str| {
        let time = deskledger_domain::TimeRange::new(parse_time(text).unwrap(), None).unwrap();
        everything("p1").with_time(time)
    };
    let found = ask(None, start("1995-01-01T00:00Z")).unwrap();
    // 31 years, and the month of the newest record.
    assert_eq!(
        (found.buckets.len(), found.interval),
        (31 * 12 + 1, Interval::Month)
    );
    let found = ask(None, start("2025-12-31T22:30Z")).unwrap();
    assert_eq!(
        (found.buckets.len(), found.interval),
        (91, Interval::Minute)
    );
}

pub(crate) fn what_is_counted_for_too_long_is_timed_out(store: &Fixture) {
    let endless = store.make_endless();
    let impatient = store.reopened(|settings| {
        settings.query_timeout = Some(Duration::from_millis(300));
    });
    let begin = Instant::now();
    let request = HistogramRequest::new(endless.clone(), None, Tz::UTC);
    let error = impatient.histogram(&request).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::TimedOut);
    let request = ValuesRequest::new(endless, ValueField::UserName);
    let error = impatient.values(&request).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::TimedOut);
    assert!(begin.elapsed() < Duration::from_secs(60));
}

/// The key and the text of a value, as the filters of the field tell values apart.
fn value_of(field: ValueField, record: &ConnectionRecord) -> Option<(String, String)> {
    let fields = record.fields();
    let by_key =
        |key: Option<MatchKey>, value: &Option<String>| Some((key?.into_string(), value.clone()?));
    let same = |value: &Option<String>| value.clone().map(|value| (value.clone(), value));
    match field {
        ValueField::UserName => by_key(record.user_name_key(), &fields.user_name),
        ValueField::ComputerName => by_key(record.computer_name_key(), &fields.computer_name),
        ValueField::TerminalType => by_key(record.terminal_type_key(), &fields.terminal_type),
        ValueField::Domain => same(&record.user_name_key()?.domain().map(MatchKey::into_string)),
        ValueField::TerminalName => same(&fields.terminal_name),
        ValueField::ClientVersion => same(&fields.client_version),
        ValueField::AgentVersion => same(&fields.agent_version),
        ValueField::FailureReason => same(&fields.connection_failure_reason),
        ValueField::TerminalIp => same(&fields.terminal_ip),
        ValueField::SourceIp => same(&fields.source_ip),
        ValueField::DesktopIp => same(&fields.desktop_ip),
        ValueField::PublicIp => same(&fields.public_ip),
        ValueField::DesktopId => same(&fields.desktop_id),
        ValueField::Sid => same(&fields.sid),
        ValueField::TerminalMac => same(&fields.terminal_mac),
        ValueField::EnterpriseProjectId => same(&fields.enterprise_project_id),
    }
}

/// What [`RecordStore::values`](deskledger_store::RecordStore::values) promises, one record after the other.
fn plainly(records: &[&ConnectionRecord], request: &ValuesRequest) -> Vec<(String, u64)> {
    let mut counts: BTreeMap<String, (u64, DateTime<Utc>, String)> = BTreeMap::new();
    let prefix = request.key_prefix().unwrap_or_default();
    for record in records {
        let Some((key, value)) = value_of(request.field, record) else {
            continue;
        };
        if !key.starts_with(&prefix) {
            continue;
        }
        let start = record.fields().connection_start_time;
        let count = counts.entry(key).or_insert((0, start, value.clone()));
        count.0 += 1;
        if start > count.1 || start == count.1 && value < count.2 {
            (count.1, count.2) = (start, value);
        }
    }
    let mut values: Vec<_> = counts
        .into_values()
        .map(|(count, _, value)| (value, count))
        .collect();
    values.sort_by(|(a, few), (b, many)| many.cmp(few).then_with(|| a.cmp(b)));
    values.truncate(request.limit as usize);
    values
}

pub(crate) fn values_of_random_filters_are_what_a_scan_in_memory_counts(store: &Fixture) {
    let mut rng = ChaCha8Rng::seed_from_u64(20_261_129);
    let records: Vec<_> = (0..1000)
        .map(|number| random_record(&mut rng, number))
        .collect();
    store.write(&events(&records)).unwrap();
    let mut several = 0;
    for round in 0..200 {
        let filter = if round % 3 == 0 {
            everything("p1")
        } else {
            random_filter(&mut rng)
        };
        let mut request =
            ValuesRequest::new(filter, ValueField::ALL[round % ValueField::ALL.len()]);
        request.limit = ValuesRequest::MAX_LIMIT;
        let matching = matching(&records, &request.filter);
        let found = store.values(&request).unwrap();
        assert!(found.exact);
        assert_eq!(found.values, plainly(&matching, &request), "{request:?}");
        let counted: u64 = found.values.iter().map(|(_, count)| count).sum();
        let there = |record: &&&ConnectionRecord| value_of(request.field, record).is_some();
        assert_eq!(counted, matching.iter().filter(there).count() as u64);
        several += usize::from(found.values.len() > 1);

        let prefix = [
            "a", "AN", " ", "张", "%", "_", "198.51", "2001:D", "400200:", "lo", "\\", "Σ",
        ];
        request.prefix = Some((*prefix.choose(&mut rng).unwrap()).to_owned());
        request.limit = rng.random_range(1..4);
        let found = store.values(&request).unwrap();
        assert_eq!(found.values, plainly(&matching, &request), "{request:?}");
    }
    assert!(
        several > 60,
        "only {several} of the fields had several values"
    );
}

pub(crate) fn values_are_those_of_the_newest_where_there_are_too_many(store: &Fixture) {
    let records: Vec<_> = (0..30)
        .map(|number| {
            with(
                &format!("{number}"),
                &format!("2026-01-01T00:{number:02}Z"),
                |fields| {
                    fields.user_name = Some(if number < 20 { "old" } else { "new" }.into());
                    fields.sid = Some((number % 2).to_string());
                },
            )
        })
        .collect();
    store.write(&events(&records)).unwrap();
    let mut request = ValuesRequest::new(everything("p1"), ValueField::UserName);
    let ask = |request: &ValuesRequest| {
        let found = store.values(request).unwrap();
        (found.values, found.exact)
    };
    let value = |value: &str, count: u64| (value.to_owned(), count);
    request.most_records = 31;
    assert_eq!(
        ask(&request),
        (vec![value("old", 20), value("new", 10)], true)
    );
    request.most_records = 12;
    assert_eq!(
        ask(&request),
        (vec![value("new", 10), value("old", 2)], false)
    );
    // What no index holds narrows what is looked at, and not where it is looked.
    request.filter = everything("p1").with_exact(ExactField::Sid, "0");
    assert_eq!(
        ask(&request),
        (vec![value("new", 5), value("old", 1)], false)
    );
    request.filter = everything("p1").with_user_name("OLD");
    assert_eq!(ask(&request), (vec![value("old", 12)], false));
    request.filter = everything("p2");
    assert_eq!(ask(&request), (vec![], true));
}
