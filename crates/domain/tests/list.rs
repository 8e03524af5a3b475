//! The rules of `contract.md` §3 for the list and for users online, and what each mistake says.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use deskledger_domain::{
    Action, AddressField, AddressFilter, ConnectionRecord, ExactField, ExportFilter, InvalidFilter,
    ListQuery, ListRequest, Marker, NumberRange, OnlineQuery, OnlineRequest, Page, PageStart,
    Parameter, Policy, Principal, ProjectId, ProjectScope, RecordFields, TimeRange, parse_time,
};

fn scope() -> ProjectScope {
    let project = ProjectId::new("p1").unwrap();
    let principal = Principal::new("ann", project.clone(), ["te_admin"]);
    Policy::default()
        .authorize(&principal, Action::ListConnections, &project)
        .unwrap()
}

/// The position of a record, which is written here as the record's identifier.
fn marker(text: &str, project: &ProjectId) -> Option<Marker> {
    let start = parse_time("2020-04-13T01:59Z").unwrap();
    let record = ConnectionRecord::new(project.clone(), RecordFields::new(text, start)).unwrap();
    (text != "forged").then(|| Marker::of(&record))
}

fn list(pairs: &[(&str, &str)]) -> Result<ListRequest, InvalidFilter> {
    ListQuery::from_pairs(pairs.iter().copied())?.into_request(scope(), marker)
}

fn online(pairs: &[(&str, &str)]) -> Result<OnlineRequest, InvalidFilter> {
    let now = parse_time("2020-05-01T08:00Z").unwrap();
    OnlineQuery::from_pairs(pairs.iter().copied())?.into_request(scope(), now)
}

#[test]
fn without_parameters_a_list_is_the_first_20_of_everything() {
    let request = list(&[]).unwrap();
    assert_eq!(request.filter, ExportFilter::new(scope()));
    assert_eq!(request.page, Page::new(PageStart::Offset(0), 20));
}

#[test]
fn every_parameter_of_a_list_is_read() {
    let request = list(&[
        ("start_time", "2020-04-13T01:59Z"),
        ("end_time", "2020-04-30T02:20Z"),
        ("user_name", "JY01@local.com"),
        ("computer_name", "jy011"),
        ("terminal_type", " windows 10 "),
        ("enterprise_project_id", "0"),
        ("public_ip", "198.51.100.7"),
        ("min_network_rtt", "5"),
        ("max_network_rtt", "2147483647"),
        ("domain", "Local.com"),
        ("offset", "2147483647"),
        ("limit", "1000"),
    ])
    .unwrap();
    let time = |text| parse_time(text).unwrap();
    let range = TimeRange::new(time("2020-04-13T01:59Z"), Some(time("2020-04-30T02:20Z"))).unwrap();
    let filter = ExportFilter::new(scope())
        .with_time(range)
        .with_user_name("jy01@local.com")
        .with_computer_name("JY011")
        .with_terminal_type("Windows 10")
        .with_exact(ExactField::EnterpriseProjectId, "0")
        .with_address(
            AddressField::PublicIp,
            AddressFilter::new("198.51.100.7").unwrap(),
        )
        .with_network_rtt(NumberRange::new(Some(5), Some(i32::MAX as u32)).unwrap())
        .with_domain("local.com")
        .unwrap();
    assert_eq!(request.filter, filter);
    assert_eq!(
        request.page,
        Page::new(PageStart::Offset(Page::MAX_OFFSET), 1000)
    );
}

#[test]
fn a_list_goes_on_after_a_marker() {
    let request = list(&[("marker", "55f1"), ("limit", "0"), ("offset", "")]).unwrap();
    let marker = marker("55f1", request.filter.project_id()).unwrap();
    assert_eq!(request.page, Page::new(PageStart::After(marker), 0));
}

#[test]
fn a_marker_may_be_longer_than_other_values() {
    let fits = "é".repeat(2048);
    assert!(ListQuery::from_pairs([("marker", fits.as_str())]).is_ok());
    let error = ListQuery::from_pairs([("marker", format!("{fits}x"))]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "marker has 2049 characters: at most 2048 are allowed"
    );
}

#[test]
fn each_mistake_in_a_list_names_the_parameter_and_says_what_would_be_right() {
    let unknown_parameter = format!(
        "unknown parameter \"language\": the parameters are {}, time_zone, offset, limit, marker, count",
        Parameter::FILTERS.map(Parameter::name).join(", ")
    );
    for (pairs, message) in [
        (vec![("language", "en_US")], &*unknown_parameter),
        (
            vec![("limit", "1001")],
            "limit is \"1001\", not a whole number from 0 to 1000",
        ),
        (
            vec![("limit", "-1")],
            "limit is \"-1\", not a whole number from 0 to 1000",
        ),
        (
            vec![("limit", "+1")],
            "limit is \"+1\", not a whole number from 0 to 1000",
        ),
        (
            vec![("limit", "1.0")],
            "limit is \"1.0\", not a whole number from 0 to 1000",
        ),
        (
            vec![("limit", " 1")],
            "limit is \" 1\", not a whole number from 0 to 1000",
        ),
        (
            vec![("offset", "2147483648")],
            "offset is \"2147483648\", not a whole number from 0 to 2147483647",
        ),
        (
            vec![("min_network_rtt", "fast")],
            "min_network_rtt is \"fast\", not a whole number from 0 to 2147483647",
        ),
        (
            vec![("min_network_rtt", "11"), ("max_network_rtt", "10")],
            "min_network_rtt is 11, which is more than max_network_rtt, 10",
        ),
        (
            vec![("domain", "jy01@local.com")],
            "domain is \"jy01@local.com\", which holds an @: give what stands after it",
        ),
        (
            vec![("marker", "forged")],
            "marker is \"forged\", which no list of this project returned: give a next_marker, unchanged",
        ),
        (
            vec![("marker", "55f1"), ("offset", "0")],
            "marker and offset are given together: give one of them",
        ),
        (
            vec![("end_time", "2020-04-30T02:20Z")],
            "end_time is given without start_time: give start_time too",
        ),
    ] {
        assert_eq!(list(&pairs).unwrap_err().to_string(), message);
    }
}

#[test]
fn the_type_of_a_query_wins_over_its_times() {
    let labels = |pairs: &[(&str, &str)]| online(pairs).unwrap().grid.labels().to_vec();
    let times = [
        ("start_time", "2020-04-30T00:00Z"),
        ("end_time", "2020-04-13T00:00Z"),
    ];
    for (name, spans) in [("DAY", 24), ("WEEK", 7), ("MONTH", 30)] {
        let alone = labels(&[("query_type", name)]);
        assert_eq!(alone.len(), spans);
        assert_eq!(labels(&[("query_type", name), times[0], times[1]]), alone);
    }
    let both = [
        ("start_time", "2020-04-13T00:00Z"),
        ("end_time", "2020-04-15T00:00Z"),
    ];
    assert_eq!(labels(&both), ["2020-04-13", "2020-04-14"]);
    let zone = ("time_zone", "Asia/Shanghai");
    assert_eq!(
        labels(&[both[0], both[1], zone]),
        ["2020-04-13", "2020-04-14", "2020-04-15"]
    );
}

#[test]
fn each_mistake_about_users_online_names_the_parameter_and_says_what_would_be_right() {
    let nothing = "query_type is not given, nor are both start_time and end_time: \
                   give query_type (DAY, WEEK, MONTH), or both times";
    // Who failed was never online, and has no reason that would do.
    let filters: Vec<_> = Parameter::FILTERS
        .map(Parameter::name)
        .into_iter()
        .filter(|name| !["state", "failure_reason"].contains(name))
        .collect();
    let unknown_parameter = format!(
        "unknown parameter \"state\": the parameters are query_type, {}, time_zone",
        filters.join(", ")
    );
    for (pairs, message) in [
        (vec![], nothing),
        (
            vec![("start_time", "2020-04-13T00:00Z"), ("end_time", "")],
            nothing,
        ),
        (vec![("time_zone", "UTC")], nothing),
        (
            vec![("end_time", "2020-04-13T00:00Z")],
            "end_time is given without start_time: give start_time too",
        ),
        (
            vec![("query_type", "day")],
            "query_type is \"day\", not one of DAY, WEEK, MONTH",
        ),
        (
            vec![("query_type", "DAY"), ("start_time", "soon")],
            "start_time is \"soon\", not a time such as 2016-08-20T21:11Z, \
             or 2016-08-20T21:11:05+08:00 with seconds and an offset",
        ),
        (
            vec![
                ("start_time", "2020-04-13T00:00Z"),
                ("end_time", "2020-04-13T00:00Z"),
            ],
            "start_time is 2020-04-13T00:00:00Z, which is not before end_time, 2020-04-13T00:00:00Z",
        ),
        (
            vec![
                ("start_time", "2019-04-13T00:00Z"),
                ("end_time", "2020-04-14T00:00Z"),
            ],
            "from start_time to end_time there are 367 days: at most 366 are counted at once",
        ),
        (
            vec![("query_type", "DAY"), ("time_zone", "Moon/Base")],
            "time_zone is \"Moon/Base\", not a time zone: give its IANA name, such as UTC or Asia/Shanghai",
        ),
        (vec![("state", "failed")], &*unknown_parameter),
    ] {
        assert_eq!(online(&pairs).unwrap_err().to_string(), message);
    }
}
