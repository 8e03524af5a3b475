//! The filters that ask for the course of a connection and for parts of its names and addresses (`contract.md` §8).

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use deskledger_domain::{
    Action, ConnectionRecord, ExportFilter, ExportQuery, ListQuery, Parameter, Policy, Principal,
    ProjectId, ProjectScope, RecordFields, TaskExportQuery, parse_time,
};

fn scope() -> ProjectScope {
    let project = ProjectId::new("p1").unwrap();
    let principal = Principal::new("ann", project.clone(), ["te_admin"]);
    Policy::default()
        .authorize(&principal, Action::ExportConnections, &project)
        .unwrap()
}

/// The filter of each of the three ways to ask for records.
fn filters(pairs: &[(&str, &str)]) -> [ExportFilter; 3] {
    let pairs = || pairs.iter().copied();
    [
        ExportQuery::from_pairs(pairs())
            .and_then(|query| query.into_request(scope()))
            .unwrap()
            .filter,
        ListQuery::from_pairs(pairs())
            .and_then(|query| query.into_request(scope(), |_, _| None))
            .unwrap()
            .filter,
        TaskExportQuery::from_pairs(pairs())
            .and_then(|query| query.into_request(scope()))
            .unwrap()
            .filter,
    ]
}

fn record(change: impl FnOnce(&mut RecordFields)) -> ConnectionRecord {
    let start = parse_time("2020-04-24T03:02:45Z").unwrap();
    let mut fields = RecordFields::new("55f1", start);
    fields.user_name = Some("JY01@local.com".to_owned());
    fields.computer_name = Some("PC-7".to_owned());
    fields.terminal_ip = Some("192.168.1.15".to_owned());
    fields.desktop_id = Some("d1".to_owned());
    fields.is_reconnect = Some(false);
    change(&mut fields);
    ConnectionRecord::new(ProjectId::new("p1").unwrap(), fields).unwrap()
}

/// A connection that failed, one that is open, and one that ended after 90 seconds and a half.
fn records() -> [ConnectionRecord; 3] {
    let time = |text| Some(parse_time(text).unwrap());
    let setup = time("2020-04-24T03:02:47Z");
    [
        record(|fields| {
            fields.connection_failure_reason = Some("400200:The desktop is being prepared.".into());
        }),
        record(|fields| {
            fields.connection_setup_time = setup;
            fields.user_name = Some("ann".to_owned());
            fields.is_reconnect = None;
        }),
        record(|fields| {
            fields.connection_setup_time = setup;
            fields.connection_end_time = time("2020-04-24T03:04:17.500Z");
            fields.terminal_ip = Some("192.168.2.15".to_owned());
            fields.is_reconnect = Some(true);
        }),
    ]
}

#[test]
fn each_filter_finds_what_it_says_in_every_query() {
    let (failed, open, ended) = (
        [true, false, false],
        [false, true, false],
        [false, false, true],
    );
    for (pair, expected) in [
        (("state", "failed"), failed),
        (("state", "open"), open),
        (("state", "ended"), ended),
        (("failure_reason", "400200"), failed),
        (
            ("failure_reason", "400200:The desktop is being prepared."),
            failed,
        ),
        (("failure_reason", "40020"), [false; 3]),
        (("failure_reason", "400200:"), [false; 3]),
        (("user_name_prefix", "jy"), [true, false, true]),
        (("user_name_prefix", "JY01@LOCAL.com"), [true, false, true]),
        (("user_name_prefix", "%"), [false; 3]),
        (("computer_name_prefix", "pc-"), [true; 3]),
        (("terminal_ip", "192.168.1.0/24"), [true, true, false]),
        (("terminal_ip", "192.168.1.99/22"), [true; 3]),
        (("terminal_ip", "192.168.2.15"), ended),
        (("desktop_id", "d1"), [true; 3]),
        (("desktop_id", "D1"), [false; 3]),
        (("transaction_id", "55f1"), [true; 3]),
        (("is_reconnect", "true"), ended),
        (("is_reconnect", "false"), failed),
        (("min_duration", "90"), ended),
        (("min_duration", "91"), [false; 3]),
        (("max_duration", "90"), [false; 3]),
        (("max_duration", "91"), ended),
        (("active_at", "2020-04-24T03:02:46Z"), [false; 3]),
        (("active_at", "2020-04-24T03:02:47Z"), [false, true, true]),
        (("active_at", "2020-04-24T03:04:17.500Z"), open),
        (
            ("active_at", "2020-04-24T03:00Z/2020-04-24T03:02:47Z"),
            [false; 3],
        ),
        (
            ("active_at", "2020-04-24T03:02:47Z/2020-04-24T03:02:48Z"),
            [false, true, true],
        ),
        (
            ("active_at", "2020-04-24T03:04:17.499Z/2020-04-24T04:00Z"),
            [false, true, true],
        ),
        (
            ("active_at", "2020-04-24T03:04:17.500Z/2020-04-24T04:00Z"),
            open,
        ),
        (("active_at", "2020-04-24/2020-04-25"), [false, true, true]),
    ] {
        for filter in filters(&[pair]) {
            let found = records().map(|record| filter.matches(&record));
            assert_eq!(found, expected, "{pair:?}");
        }
    }
}

#[test]
fn a_connection_without_length_was_open_when_it_was_set_up() {
    let setup = parse_time("2020-04-24T03:02:47Z").unwrap();
    let record = record(|fields| {
        fields.connection_setup_time = Some(setup);
        fields.connection_end_time = Some(setup);
    });
    let [filter, ..] = filters(&[("active_at", "2020-04-24T03:02:47Z")]);
    assert!(filter.matches(&record));
}

#[test]
fn a_date_alone_is_its_first_moment_in_the_time_zone() {
    for (zone, start, end) in [
        ("", "2020-04-24T00:00Z", "2020-04-25T00:00Z"),
        ("Asia/Shanghai", "2020-04-23T16:00Z", "2020-04-24T16:00Z"),
    ] {
        let pairs = [
            ("start_time", "2020-04-24"),
            ("end_time", "2020-04-25"),
            ("time_zone", zone),
        ];
        for filter in filters(&pairs) {
            assert_eq!(
                filter.time().start(),
                Some(parse_time(start).unwrap()),
                "{zone}"
            );
            assert_eq!(
                filter.time().end(),
                Some(parse_time(end).unwrap()),
                "{zone}"
            );
        }
    }
}

#[test]
fn a_mistake_is_named_with_what_would_be_right() {
    for ((name, value), expected) in [
        (
            ("state", "broken"),
            "state is \"broken\", not one of failed, open, ended",
        ),
        (
            ("source_ip", "10.0.0.0/33"),
            "source_ip is \"10.0.0.0/33\", not a network such as 10.1.16.0/20: give one, or an address without a slash",
        ),
        (
            ("is_reconnect", "yes"),
            "is_reconnect is \"yes\", neither true nor false",
        ),
        (
            ("min_duration", "1m"),
            "min_duration is \"1m\", not a whole number from 0 to 2147483647",
        ),
        (
            ("start_time", "2020-02-30"),
            "start_time is \"2020-02-30\", not a time such as",
        ),
        (
            ("start_time", "2020-2-3"),
            "start_time is \"2020-2-3\", not a time such as",
        ),
        (
            ("active_at", "now"),
            "active_at is \"now\", not a time such as",
        ),
        (
            ("active_at", "2020-04-24T03:00Z/"),
            "active_at is \"\", not a time such as",
        ),
        (
            ("active_at", "2020-04-24T03:00Z/2020-04-24T03:00Z"),
            "active_at is \"2020-04-24T03:00Z/2020-04-24T03:00Z\", whose first time is not before the second one",
        ),
    ] {
        let error = ExportQuery::from_pairs([(name, value)])
            .and_then(|query| query.into_request(scope()))
            .unwrap_err()
            .to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    let error = ExportQuery::from_pairs([("min_duration", "61"), ("max_duration", "60")])
        .and_then(|query| query.into_request(scope()))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "min_duration is 61, which is more than max_duration, 60"
    );
}

#[test]
fn every_way_to_ask_for_records_knows_every_filter() {
    for known in [
        &ExportQuery::PARAMETERS[..],
        &ListQuery::PARAMETERS,
        &TaskExportQuery::PARAMETERS,
    ] {
        for filter in Parameter::FILTERS {
            assert!(known.contains(&filter), "{filter}");
        }
    }
}
