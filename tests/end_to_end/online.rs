//! Users online (`contract.md` §3), over HTTP. What they are in every case, the contract of the store shows.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use deskledger_api::ErrorCode;
use deskledger_domain::{ConnectionRecord, RecordFields};
use deskledger_tests::{Answer, Database, PROJECT, Service, TOKEN, on_both_databases};
use serde_json::json;

use crate::record::{bare, realistic, time};
use crate::refusal::assert_refused;

on_both_databases! {
    realistic_records_are_counted_as_a_plain_scan_counts_them
    today_is_counted_by_the_hour_of_the_zone
}

fn ask(service: &Service, query: &str) -> Answer {
    let path = format!("/v2/{PROJECT}/connections/online-users?{query}");
    service.get(&path, &[("X-Auth-Token", TOKEN)])
}

fn time_counts(service: &Service, query: &str) -> Vec<String> {
    let answer = ask(service, query);
    let text = String::from_utf8_lossy(&answer.body);
    assert_eq!(answer.status, 200, "{query}: {text}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let mut body: serde_json::Value = serde_json::from_str(&text).unwrap();
    let counts = body["time_counts"].take();
    assert_eq!(body, json!({"time_counts": null}));
    serde_json::from_value(counts).unwrap()
}

/// The users with a connection that was open in a span, where the service's clock says 2020-05-01T08:00Z.
fn users(records: &[ConnectionRecord], start: DateTime<Utc>, end: DateTime<Utc>) -> usize {
    let open = |fields: &&RecordFields| {
        fields.connection_setup_time.is_some_and(|setup| {
            let closed = fields
                .connection_end_time
                .unwrap_or_else(|| time("2020-05-01T08:00Z"));
            setup < end && (closed > start || setup >= start)
        })
    };
    let fields = records.iter().map(ConnectionRecord::fields);
    fields
        .filter(open)
        .filter_map(|fields| Some(fields.user_name.as_ref()?.to_lowercase()))
        .collect::<BTreeSet<_>>()
        .len()
}

fn realistic_records_are_counted_as_a_plain_scan_counts_them(database: &Database) {
    let records = database.fill(PROJECT, realistic(2000));
    database.fill("another", realistic(500));
    let service = Service::start(database);
    // Days of Shanghai begin at 16:00 of the day before.
    let expected: Vec<_> = (0..30)
        .map(|day| {
            let start = time("2020-03-31T16:00Z") + TimeDelta::days(day);
            let users = users(&records, start, start + TimeDelta::days(1));
            format!("2020-04-{:02} : {users}", day + 1)
        })
        .collect();
    let range = "start_time=2020-03-31T16:00Z&end_time=2020-04-30T16:00Z&time_zone=Asia/Shanghai";
    assert_eq!(time_counts(&service, range), expected);
    assert!(
        expected
            .iter()
            .filter(|count| !count.ends_with(" : 0"))
            .count()
            > 20
    );

    let expected: Vec<_> = (0..24)
        .map(|hour| {
            let start = time("2020-04-28T00:00Z") + TimeDelta::hours(hour);
            let users = users(&records, start, start + TimeDelta::hours(1));
            format!("{hour:02}:00 : {users}")
        })
        .collect();
    let range = "start_time=2020-04-28T00:00Z&end_time=2020-04-29T00:00Z";
    assert_eq!(time_counts(&service, range), expected);
}

fn today_is_counted_by_the_hour_of_the_zone(database: &Database) {
    let of = |id: &str, user: &str, setup: &str, end: Option<&str>| RecordFields {
        user_name: Some(user.into()),
        connection_setup_time: Some(time(setup)),
        connection_end_time: end.map(time),
        ..bare(id, setup)
    };
    database.fill(
        PROJECT,
        [
            // From 05:30 to 06:30 of UTC, which in Kolkata is 11:00 to 12:00.
            of("1", "ann", "2020-05-01T05:30Z", Some("2020-05-01T06:30Z")),
            of("2", "ANN", "2020-05-01T06:00Z", Some("2020-05-01T06:10Z")),
            of("3", "bob", "2020-05-01T06:29Z", None),
            bare("4", "2020-05-01T06:00Z"),
        ],
    );
    let service = Service::start(database);
    let of_hours = |counted: &[(usize, usize)]| {
        let mut counts: Vec<_> = (0..24).map(|hour| format!("{hour:02}:00 : 0")).collect();
        for (hour, count) in counted {
            counts[*hour] = format!("{hour:02}:00 : {count}");
        }
        counts
    };
    // Bob's is open until now, which is 08:00, or 13:30.
    assert_eq!(
        time_counts(&service, "query_type=DAY"),
        of_hours(&[(5, 1), (6, 2), (7, 1)])
    );
    assert_eq!(
        time_counts(&service, "query_type=DAY&time_zone=Asia/Kolkata"),
        of_hours(&[(11, 2), (12, 1), (13, 1)])
    );
    for filter in ["user_name=BOB", "user_name_prefix=bo", "transaction_id=3"] {
        let counts = time_counts(&service, &format!("query_type=DAY&{filter}"));
        assert_eq!(counts, of_hours(&[(6, 1), (7, 1)]), "{filter}");
    }
    let nobody = time_counts(&service, "query_type=DAY&source_ip=10.0.0.0/8");
    assert_eq!(nobody, of_hours(&[]));
    let week = time_counts(&service, "query_type=WEEK&start_time=2019-01-01T00:00Z");
    assert_eq!(week.len(), 7);
    assert_eq!(week[5..], ["2020-04-30 : 0", "2020-05-01 : 2"]);
    let month = time_counts(&service, "query_type=MONTH");
    assert_eq!((month.len(), month[0].as_str()), (30, "2020-04-02 : 0"));
}

#[test]
fn every_mistake_about_users_online_has_its_code_and_names_the_parameter() {
    use ErrorCode as Code;

    let database = Database::sqlite();
    let service = Service::start(&database);
    for (query, code, message) in [
        ("", Code::NoPeriod, "give query_type (DAY, WEEK, MONTH)"),
        ("query_type=", Code::NoPeriod, "query_type"),
        ("start_time=2020-04-13T00:00Z", Code::NoPeriod, "both times"),
        (
            "end_time=2020-04-13T00:00Z",
            Code::EndWithoutStart,
            "start_time",
        ),
        (
            "query_type=YEAR",
            Code::UnknownQueryType,
            "DAY, WEEK, MONTH",
        ),
        (
            "query_type=DAY&time_zone=Moon",
            Code::UnknownTimeZone,
            "time_zone",
        ),
        (
            "query_type=DAY&end_time=soon",
            Code::InvalidTime,
            "end_time",
        ),
        // What makes no sense here is no parameter.
        (
            "query_type=DAY&state=failed",
            Code::UnknownParameter,
            "\"state\": the parameters are query_type, start_time",
        ),
        (
            "query_type=DAY&failure_reason=400200",
            Code::UnknownParameter,
            "\"failure_reason\"",
        ),
        ("query_type=DAY&domain=a@b", Code::InvalidDomain, "domain"),
        (
            "start_time=2020-04-13T00:00Z&end_time=2020-04-13T00:00Z",
            Code::EmptyTimeRange,
            "start_time",
        ),
        (
            "start_time=2019-04-13T00:00Z&end_time=2020-04-14T00:00Z",
            Code::TooManyDays,
            "367 days: at most 366",
        ),
    ] {
        assert_refused(&ask(&service, query), code, message, query);
    }
    let path = format!("/v2/{PROJECT}/connections/online-users?query_type=DAY");
    let answer = service.post(&path, TOKEN, &json!({}));
    assert_refused(&answer, Code::MethodNotAllowed, "GET", "POST");
}
