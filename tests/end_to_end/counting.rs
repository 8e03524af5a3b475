//! Histograms and values over HTTP: what they say, what they refuse, and that nothing of another project is in them.

use deskledger_api::ErrorCode;
use deskledger_tests::{
    Answer, Database, PROJECT, Service, TOKEN, on_both_databases, secret, token,
};
use serde_json::{Value, json};

use crate::list::list;
use crate::record::{bare, realistic};
use crate::refusal::assert_refused;

on_both_databases! {
    a_histogram_and_a_list_of_one_filter_count_the_same
    values_are_counted_by_their_keys_and_shown_as_last_written
    nothing_of_another_project_is_counted
}

const OTHER: &str = "another";

fn ask(service: &Service, resource: &str, query: &str) -> Answer {
    let path = format!("/v2/{PROJECT}/connections/{resource}?{query}");
    service.get(&path, &[("X-Auth-Token", TOKEN)])
}

fn found(service: &Service, resource: &str, query: &str) -> Value {
    let answer = ask(service, resource, query);
    let text = String::from_utf8_lossy(&answer.body);
    assert_eq!(answer.status, 200, "{resource}?{query}: {text}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    answer.json()
}

fn a_histogram_and_a_list_of_one_filter_count_the_same(database: &Database) {
    database.fill(PROJECT, realistic(3_000));
    let service = Service::start(database);
    for filter in [
        "",
        "state=failed",
        "start_time=2020-04-13&end_time=2020-04-20&time_zone=Asia/Shanghai",
        "start_time=2020-04-13&min_network_rtt=10",
        "failure_reason=400200",
        "public_ip=0.0.0.0/0&is_reconnect=false",
        "user_name=nobody",
    ] {
        let histogram = found(&service, "histogram", filter);
        let listed =
            |more: &str| list(&service, &format!("limit=0&{filter}{more}"))["total_count"].clone();
        assert_eq!(histogram["total"], listed(""), "{filter}");
        if !filter.contains("state") {
            assert_eq!(histogram["failed"], listed("&state=failed"), "{filter}");
        }
        let buckets = histogram["buckets"].as_array().unwrap().iter();
        let sum: u64 = buckets
            .map(|bucket| bucket["total"].as_u64().unwrap())
            .sum();
        assert_eq!(histogram["total"], sum, "{filter}");
    }
    let days = found(
        &service,
        "histogram",
        "interval=day&start_time=2020-04-13&end_time=2020-04-15&time_zone=Asia/Kolkata",
    );
    assert_eq!(days["interval"], "day");
    let buckets = days["buckets"].as_array().unwrap().iter();
    let starts: Vec<_> = buckets.map(|bucket| &bucket["start"]).collect();
    assert_eq!(starts, ["2020-04-12T18:30:00Z", "2020-04-13T18:30:00Z"]);

    let refused = |query: &str, code, says: &str| {
        assert_refused(&ask(&service, "histogram", query), code, says, query);
    };
    refused(
        "interval=year",
        ErrorCode::UnknownValue,
        "not one of auto, minute, hour, day, month",
    );
    refused(
        "end_time=2020-04-13",
        ErrorCode::EndWithoutStart,
        "start_time",
    );
    refused("limit=1", ErrorCode::UnknownParameter, "\"limit\"");
    // Of a range that is given, and of one that the records have.
    let range = "start_time=2020-04-13&end_time=2020-05-13&interval=hour";
    refused(range, ErrorCode::TooManyBuckets, "interval is hour");
    refused(
        "interval=minute",
        ErrorCode::TooManyBuckets,
        "interval is minute",
    );
}

fn values_are_counted_by_their_keys_and_shown_as_last_written(database: &Database) {
    let of = |id: &str, user: Option<&str>, version: &str| {
        let mut record = bare(id, &format!("2020-04-13T02:0{id}Z"));
        record.user_name = user.map(str::to_owned);
        record.client_version = Some(version.to_owned());
        record
    };
    database.fill(
        PROJECT,
        [
            of("1", Some("Ann@Local.com"), "1.8"),
            of("2", Some("ANN@local.com"), "1.8"),
            of("3", Some("bob@local.com"), "1.8b"),
            of("4", None, "1.9"),
        ],
    );
    let service = Service::start(database);
    let value = |value: &str, count: u32| json!({"value": value, "count": count});
    for (query, field, values) in [
        (
            "field=user_name",
            "user_name",
            json!([value("ANN@local.com", 2), value("bob@local.com", 1)]),
        ),
        (
            "field=user_name&prefix=aNN@",
            "user_name",
            json!([value("ANN@local.com", 2)]),
        ),
        (
            "field=user_name&limit=1",
            "user_name",
            json!([value("ANN@local.com", 2)]),
        ),
        ("field=domain", "domain", json!([value("local.com", 3)])),
        (
            "field=client_version&prefix=1.8",
            "client_version",
            json!([value("1.8", 2), value("1.8b", 1)]),
        ),
        (
            "field=client_version&prefix=1.8B",
            "client_version",
            json!([]),
        ),
        (
            "field=client_version&user_name=bob@local.com",
            "client_version",
            json!([value("1.8b", 1)]),
        ),
        ("field=failure_reason", "failure_reason", json!([])),
    ] {
        let expected = json!({"field": field, "values": values, "exact": true});
        assert_eq!(found(&service, "values", query), expected, "{query}");
    }
    let refused = |query: &str, code, says: &str| {
        assert_refused(&ask(&service, "values", query), code, says, query);
    };
    refused(
        "",
        ErrorCode::UnknownValue,
        "field is \"\", not one of user_name, ",
    );
    refused("field=network_rtt", ErrorCode::UnknownValue, "field");
    for limit in ["0", "101", "-1", "ten"] {
        let query = format!("field=sid&limit={limit}");
        refused(&query, ErrorCode::InvalidNumber, "from 1 to 100");
    }
    refused(
        "field=sid&offset=1",
        ErrorCode::UnknownParameter,
        "\"offset\"",
    );
}

fn nothing_of_another_project_is_counted(database: &Database) {
    let of = |id: &str, user: &str| {
        let mut record = bare(id, "2020-04-13T02:00Z");
        record.user_name = Some(user.to_owned());
        record
    };
    database.fill(PROJECT, [of("1", "ann")]);
    database.fill(OTHER, ["1", "2", "3"].map(|id| of(id, &format!("spy{id}"))));
    let other = secret(OTHER);
    let service = Service::start_with(database, |settings| {
        let other = token(&other, OTHER, &["te_admin"]);
        settings.identity.tokens.push(other);
    });
    let histogram = found(&service, "histogram", "");
    assert_eq!(
        (&histogram["total"], &histogram["users"]),
        (&json!(1), &json!(1))
    );
    let values = found(&service, "values", "field=user_name&prefix=");
    assert_eq!(values["values"], json!([{"value": "ann", "count": 1}]));
    for attack in [
        "field=user_name&prefix=spy",
        "field=user_name&prefix=%25",
        "field=user_name&prefix=_",
        "field=user_name&prefix=x'%20OR%20'1'='1",
        "field=user_name&user_name=spy1",
    ] {
        assert_eq!(
            found(&service, "values", attack)["values"],
            json!([]),
            "{attack}"
        );
    }
    for resource in ["histogram?", "values?field=user_name", "desktops/1?"] {
        let path = format!("/v2/{OTHER}/connections/{resource}");
        let answer = service.get(&path, &[("X-Auth-Token", TOKEN)]);
        assert_refused(&answer, ErrorCode::Forbidden, "", resource);
        let answer = service.get(&path, &[]);
        assert_refused(&answer, ErrorCode::Unauthenticated, "", resource);
    }
}
