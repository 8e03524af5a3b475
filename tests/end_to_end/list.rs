//! The list of records (`contract.md` §3): its pages, its records, and what it refuses. That it holds the rows of the export is
//! in `agreement.rs`.

use deskledger_api::ErrorCode;
use deskledger_domain::format_time;
use deskledger_tests::{
    Answer, Database, PROJECT, Service, TOKEN, on_both_databases, percent_encode, secret, token,
};
use serde_json::{Value, json};

use crate::record::{bare, time};
use crate::refusal::assert_refused;

on_both_databases! {
    a_record_is_sent_with_all_its_fields_and_never_its_tenant
    a_page_has_as_many_as_asked_for
    a_marker_of_another_project_is_refused
    a_page_says_how_many_there_are_unless_asked_not_to
}

fn list_path(project: &str, query: &str) -> String {
    format!(
        "/v2/{}/connections/desktops?{query}",
        percent_encode(project)
    )
}

fn ask(service: &Service, query: &str) -> Answer {
    service.get(&list_path(PROJECT, query), &[("X-Auth-Token", TOKEN)])
}

/// A page of the records of [`PROJECT`].
pub(crate) fn list(service: &Service, query: &str) -> Value {
    let answer = ask(service, query);
    let text = String::from_utf8_lossy(&answer.body);
    assert_eq!(answer.status, 200, "{query}: {text}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    serde_json::from_str(&text).unwrap()
}

fn ids(page: &Value) -> Vec<String> {
    let records = page["records"].as_array().unwrap().iter();
    records
        .map(|record| record["transaction_id"].as_str().unwrap().to_owned())
        .collect()
}

fn a_record_is_sent_with_all_its_fields_and_never_its_tenant(database: &Database) {
    let mut known = bare("known", "2020-04-24T03:02:45.000001Z");
    known.sid = Some("S-1-5-21".into());
    known.user_name = Some("jy01@local.com".into());
    known.connection_setup_time = Some(time("2020-04-24T03:02:47Z"));
    known.connection_end_time = Some(time("2020-04-24T03:32:47.5Z"));
    known.is_reconnect = Some(false);
    known.network_rtt = Some(7);
    database.fill(PROJECT, [known, bare("unknown", "2020-04-24T03:02:44Z")]);
    let page = list(&Service::start(database), "");
    let of = |id: &str, start: &str| {
        let mut record: serde_json::Map<_, _> = deskledger_ingest::RecordLine::FIELDS
            .into_iter()
            .filter(|field| *field != "tenantId")
            .map(|field| (field.to_owned(), Value::Null))
            .collect();
        record["transaction_id"] = json!(id);
        record["connection_start_time"] = json!(start);
        record
    };
    let mut known = of("known", "2020-04-24T03:02:45.000001Z");
    known["sid"] = json!("S-1-5-21");
    known["user_name"] = json!("jy01@local.com");
    known["connection_setup_time"] = json!("2020-04-24T03:02:47Z");
    known["connection_end_time"] = json!("2020-04-24T03:32:47.500Z");
    known["is_reconnect"] = json!(false);
    known["network_rtt"] = json!(7);
    let unknown = of("unknown", "2020-04-24T03:02:44Z");
    assert_eq!(page, json!({"total_count": 2, "records": [known, unknown]}));
}

fn a_page_has_as_many_as_asked_for(database: &Database) {
    let start = time("2020-04-13T00:00Z");
    database.fill(
        PROJECT,
        (0..1010).map(|number| {
            let start = start + chrono::TimeDelta::seconds(number);
            bare(&number.to_string(), &format_time(start))
        }),
    );
    let service = Service::start(database);
    for (query, count, first) in [
        ("", 20, Some("1009")),
        ("limit=&offset=", 20, Some("1009")),
        ("limit=0", 0, None),
        ("limit=1", 1, Some("1009")),
        ("limit=1000", 1000, Some("1009")),
        ("limit=1000&offset=1000", 10, Some("9")),
        ("offset=1009", 1, Some("0")),
        ("offset=1010", 0, None),
        ("offset=2147483647&limit=1000", 0, None),
    ] {
        let page = list(&service, query);
        let ids = ids(&page);
        assert_eq!(page["total_count"], 1010, "{query}");
        assert_eq!(ids.len(), count, "{query}");
        assert_eq!(ids.first().map(String::as_str), first, "{query}");
    }
}

fn a_page_says_how_many_there_are_unless_asked_not_to(database: &Database) {
    database.fill(
        PROJECT,
        ["1", "2", "3"].map(|id| bare(id, "2020-04-13T02:00Z")),
    );
    let service = Service::start(database);
    for (query, total) in [
        ("limit=1", Some(3)),
        ("limit=1&count=", Some(3)),
        ("limit=1&count=true", Some(3)),
        ("limit=1&count=true&transaction_id=2", Some(1)),
        ("limit=0&count=true", Some(3)),
        ("limit=1&count=false", None),
        ("limit=1&count=false&user_name=nobody", None),
        ("limit=0&count=false", None),
        ("limit=1&count=false&offset=2", None),
        ("limit=1&count=false&offset=3", None),
    ] {
        let page = list(&service, query);
        let found = page.get("total_count").map(|total| total.as_u64().unwrap());
        assert_eq!(found, total, "{query}");
        let is_found = !["limit=0", "offset=3", "user_name=nobody"]
            .iter()
            .any(|none| query.contains(none));
        assert_eq!(ids(&page).len(), usize::from(is_found), "{query}");
    }
    // After a marker nothing is counted, whatever is asked for.
    let first = list(&service, "limit=1&count=false");
    let marker = first["next_marker"].as_str().unwrap();
    for count in ["", "&count=true", "&count=false"] {
        let page = list(&service, &format!("marker={marker}{count}"));
        assert_eq!(page.get("total_count"), None, "{count}");
        assert_eq!(ids(&page), ["2", "1"], "{count}");
    }
}

#[test]
fn a_count_that_takes_too_long_is_503_and_says_what_is_faster() {
    let database = Database::sqlite();
    database.execute(
        "ALTER TABLE connection_records RENAME TO records;
         INSERT INTO records (project_id, transaction_id, connection_start_time) VALUES ('p2', 't', 0);
         CREATE VIEW connection_records AS
            WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers)
            SELECT records.* FROM numbers CROSS JOIN records;",
    );
    let service = Service::start_with(&database, |settings| {
        settings.database.query_timeout_seconds = 1;
    });
    for (query, said) in [
        (
            "user_name=ann",
            "narrow the range of time, or ask with count=false",
        ),
        (
            "user_name=ann&count=false",
            "narrow the range of time, or ask with another filter",
        ),
    ] {
        let answer = ask(&service, query);
        assert_refused(&answer, ErrorCode::Unavailable, said, query);
        assert!(answer.header("retry-after").is_some());
    }
}

fn a_marker_of_another_project_is_refused(database: &Database) {
    for project in [PROJECT, "another"] {
        database.fill(project, ["1", "2"].map(|id| bare(id, "2020-04-13T02:00Z")));
    }
    let administrator = secret("another");
    let service = Service::start_with(database, |settings| {
        let administrator = token(&administrator, "another", &["te_admin"]);
        settings.identity.tokens.push(administrator);
    });
    let marker = list(&service, "limit=1")["next_marker"].clone();
    let marker = marker.as_str().unwrap();
    assert_eq!(ids(&list(&service, &format!("marker={marker}"))), ["1"]);
    let foreign = list_path("another", &format!("marker={marker}"));
    let answer = service.get(&foreign, &[("X-Auth-Token", &administrator)]);
    assert_refused(&answer, ErrorCode::InvalidMarker, "marker is", "foreign");
    for forged in [
        &marker[1..],
        &marker[..marker.len() - 1],
        "AAAA",
        "%00",
        "x+y",
    ] {
        let answer = ask(&service, &format!("marker={forged}"));
        let code = if forged == "%00" {
            ErrorCode::ForbiddenCharacter
        } else {
            ErrorCode::InvalidMarker
        };
        assert_refused(&answer, code, "marker", forged);
    }
}

#[test]
fn every_mistake_in_a_list_has_its_code_and_names_the_parameter() {
    use ErrorCode as Code;

    let database = Database::sqlite();
    let service = Service::start(&database);
    let long = format!("marker={}", "x".repeat(2049));
    for (query, code, message) in [
        ("language=en_US", Code::UnknownParameter, "\"language\""),
        (
            "time_zone=here",
            Code::UnknownTimeZone,
            "time_zone is \"here\"",
        ),
        ("state=broken", Code::UnknownValue, "failed, open, ended"),
        (
            "desktop_ip=10.0.0.0/33",
            Code::InvalidNetwork,
            "10.1.16.0/20",
        ),
        ("is_reconnect=yes", Code::InvalidBoolean, "is_reconnect"),
        ("count=no", Code::InvalidBoolean, "count is \"no\""),
        ("limit=1&limit=1", Code::RepeatedParameter, "limit"),
        ("limit=1001", Code::InvalidNumber, "from 0 to 1000"),
        ("limit=-1", Code::InvalidNumber, "limit is \"-1\""),
        ("limit=ten", Code::InvalidNumber, "limit is \"ten\""),
        ("offset=2147483648", Code::InvalidNumber, "offset"),
        (
            "min_network_rtt=1.5",
            Code::InvalidNumber,
            "min_network_rtt",
        ),
        (
            "min_network_rtt=2&max_network_rtt=1",
            Code::EmptyNumberRange,
            "min_network_rtt is 2",
        ),
        ("domain=@local.com", Code::InvalidDomain, "domain is"),
        (
            "marker=AAAA&offset=0",
            Code::MarkerWithOffset,
            "marker and offset",
        ),
        ("marker=AAAA", Code::InvalidMarker, "marker is \"AAAA\""),
        (&long, Code::ParameterTooLong, "at most 2048"),
        ("start_time=soon", Code::InvalidTime, "start_time"),
        (
            "end_time=2020-04-13T00:00Z",
            Code::EndWithoutStart,
            "start_time",
        ),
        ("user_name=%ff", Code::InvalidRequest, "parameter 1"),
    ] {
        assert_refused(&ask(&service, query), code, message, query);
    }
}

#[test]
fn the_right_to_list_is_not_the_right_to_export() {
    let database = Database::sqlite();
    let (lister, exporter) = (secret("lister"), secret("exporter"));
    let service = Service::start_with(&database, |settings| {
        for (token_of, role) in [(&lister, "lister"), (&exporter, "exporter")] {
            settings
                .identity
                .tokens
                .push(token(token_of, PROJECT, &[role]));
        }
        for (role, action) in [
            ("lister", "workspace:connections:securityList"),
            ("exporter", "workspace:connections:securityExport"),
        ] {
            let actions = vec![action.to_owned()];
            settings.access.roles.insert(role.to_owned(), actions);
        }
    });
    let online = format!("/v2/{PROJECT}/connections/online-users?query_type=DAY");
    for (path, may, may_not) in [
        (list_path(PROJECT, ""), &lister, &exporter),
        (online, &lister, &exporter),
        (Service::export_path(""), &exporter, &lister),
    ] {
        assert_eq!(
            service.get(&path, &[("X-Auth-Token", may)]).status,
            200,
            "{path}"
        );
        let answer = service.get(&path, &[("X-Auth-Token", may_not)]);
        assert_refused(&answer, ErrorCode::Forbidden, "", &path);
        let answer = service.get(&path, &[]);
        assert_refused(&answer, ErrorCode::Unauthenticated, "", &path);
    }
}

#[test]
fn what_is_refused_of_any_request_is_refused_of_a_list_and_users_online() {
    use ErrorCode as Code;

    let database = Database::sqlite();
    let service = Service::start(&database);
    let authorized = format!("x-auth-token: {TOKEN}\r\n");
    let body = format!("{authorized}content-type: text/plain\r\ncontent-length: 2\r\n\r\nhi");
    let other = format!("{authorized}x-project-id: another\r\n");
    for resource in ["desktops?", "online-users?query_type=DAY&"] {
        let ours = format!("/v2/{PROJECT}/connections/{resource}");
        let none = format!("/v2/a%00b/connections/{resource}");
        for (method, path, rest, code) in [
            ("DELETE", &ours, &authorized, Code::MethodNotAllowed),
            ("GET", &ours, &body, Code::UnsupportedMediaType),
            ("GET", &ours, &other, Code::Forbidden),
            ("GET", &none, &authorized, Code::InvalidProjectId),
        ] {
            let request =
                format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{rest}\r\n");
            assert_refused(&service.raw(request.as_bytes()), code, "", &request);
        }
    }
}
