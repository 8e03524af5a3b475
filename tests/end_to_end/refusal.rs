//! The rules of `contract.md` §1 and §5 that refuse a request: status, code, message and headers, over HTTP.

use deskledger_api::ErrorCode;
use deskledger_tests::{Answer, Database, PROJECT, Service, TOKEN, secret, token};

pub(crate) const EXPORT: &str = "/v2/8dc9c40a06574a598941b254d4b63b43/connections/desktops/export";

pub(crate) fn service() -> (Database, Service) {
    let database = Database::sqlite();
    let service = Service::start_with(&database, |settings| {
        settings
            .identity
            .tokens
            .push(token(&secret("reader"), PROJECT, &["reader"]));
        settings
            .identity
            .tokens
            .push(token(&secret("foreign"), "another", &["te_admin"]));
    });
    (database, service)
}

/// An error must have this code with its status, say this, and carry what every answer carries.
pub(crate) fn assert_refused(answer: &Answer, code: ErrorCode, message: &str, what: &str) {
    let (error_code, error_msg) = answer.error();
    assert_eq!(answer.status, code.status(), "{what}: {error_msg}");
    assert_eq!(error_code, code.code(), "{what}: {error_msg}");
    assert!(error_msg.contains(message), "{what}: {error_msg}");
    assert!(error_msg.chars().count() <= 1000, "{what}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{what}");
    assert!(
        answer
            .header("x-request-id")
            .is_some_and(|id| !id.is_empty()),
        "{what}"
    );
}

/// [`assert_refused`], whatever is said.
pub(crate) fn assert_code(answer: &Answer, code: ErrorCode, what: &str) {
    assert_refused(answer, code, "", what);
}

#[test]
fn every_mistake_in_a_query_has_its_code_and_names_the_parameter() {
    use ErrorCode as Code;

    let (_database, service) = service();
    let long = format!("user_name={}", "x".repeat(256));
    for (query, code, message) in [
        ("usr_name=x", Code::UnknownParameter, "\"usr_name\""),
        ("User_name=x", Code::UnknownParameter, "\"User_name\""),
        (
            "limit=10",
            Code::UnknownParameter,
            "start_time, end_time, user_name",
        ),
        ("=x", Code::UnknownParameter, "\"\""),
        (
            "user_name=a&user_name=b",
            Code::RepeatedParameter,
            "user_name",
        ),
        (
            "user_name=&user_name=",
            Code::RepeatedParameter,
            "user_name",
        ),
        (
            &long,
            Code::ParameterTooLong,
            "user_name has 256 characters: at most 255",
        ),
        (
            "computer_name=a%00b",
            Code::ForbiddenCharacter,
            "computer_name",
        ),
        (
            "start_time=2020-02-30",
            Code::InvalidTime,
            "start_time is \"2020-02-30\"",
        ),
        (
            "start_time=2020-13-13T00:00Z",
            Code::InvalidTime,
            "2016-08-20T21:11Z",
        ),
        (
            "start_time=2020-04-13T00:00Z&end_time=soon",
            Code::InvalidTime,
            "end_time is \"soon\"",
        ),
        (
            "start_time=2020-04-13T00:00",
            Code::InvalidTime,
            "start_time",
        ),
        (
            "end_time=2020-04-13T00:00Z",
            Code::EndWithoutStart,
            "start_time",
        ),
        (
            "start_time=&end_time=2020-04-13T00:00Z",
            Code::EndWithoutStart,
            "start_time",
        ),
        (
            "start_time=2020-04-13T00:00Z&end_time=2020-04-13T00:00Z",
            Code::EmptyTimeRange,
            "start_time is 2020-04-13T00:00:00Z",
        ),
        (
            "start_time=2020-04-14T00:00Z&end_time=2020-04-13T00:00Z",
            Code::EmptyTimeRange,
            "not before end_time",
        ),
        ("language=nl_NL", Code::UnknownLanguage, "en_US, zh_CN"),
        ("language=en_us", Code::UnknownLanguage, "en_US, zh_CN"),
        (
            "time_zone=Moon/Base",
            Code::UnknownTimeZone,
            "Asia/Shanghai",
        ),
        ("format=pdf", Code::UnknownFormat, "xlsx, csv, jsonl"),
        ("format=CSV", Code::UnknownFormat, "format is \"CSV\""),
        ("summary=1", Code::InvalidBoolean, "summary is \"1\""),
        (
            "summary=true&format=jsonl",
            Code::NoSummary,
            "summary is true and format is jsonl",
        ),
        ("user_name=%zz", Code::InvalidRequest, "parameter 1"),
        (
            "language=en_US&user_name=%ff",
            Code::InvalidRequest,
            "parameter 2",
        ),
    ] {
        assert_refused(&service.export(query), code, message, query);
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "it is a table")]
fn every_mistake_in_a_request_has_its_status_and_code() {
    use ErrorCode as Code;

    let (_database, service) = service();
    let post = "content-type: text/plain\r\ncontent-length: 2\r\n";
    let chunked = "content-type: application/json\r\ntransfer-encoding: chunked\r\n";
    let authorized = format!("x-auth-token: {TOKEN}\r\n");
    let long_url = format!("{EXPORT}?user_name={}", "x".repeat(9_000));
    let long_header = format!("x-auth-token: {}\r\n", secret(&"t".repeat(70_000)));
    let long_project = format!("/v2/{}/connections/desktops/export", "p".repeat(256));
    for (method, path, headers, body, code, message) in [
        ("GET", EXPORT, "", "", Code::Unauthenticated, "X-Auth-Token"),
        (
            "GET",
            EXPORT,
            "x-auth-token: \r\n",
            "",
            Code::Unauthenticated,
            "X-Auth-Token",
        ),
        (
            "GET",
            EXPORT,
            &format!("x-auth-token: {}\r\n", secret("nobody")),
            "",
            Code::Unauthenticated,
            "not valid",
        ),
        (
            "GET",
            EXPORT,
            "x-auth-token: a\r\nx-auth-token: b\r\n",
            "",
            Code::Unauthenticated,
            "one",
        ),
        (
            "GET",
            EXPORT,
            &format!("x-auth-token: {}\r\n", secret("foreign")),
            "",
            Code::Forbidden,
            "do not allow",
        ),
        (
            "GET",
            EXPORT,
            &format!("x-auth-token: {}\r\n", secret("reader")),
            "",
            Code::Forbidden,
            "do not allow",
        ),
        ("GET", "/", &authorized, "", Code::NotFound, "no such path"),
        (
            "GET",
            "/v2/p/connections/desktops/export/s",
            &authorized,
            "",
            Code::NotFound,
            "path",
        ),
        (
            "GET",
            &format!("/{EXPORT}"),
            &authorized,
            "",
            Code::NotFound,
            "path",
        ),
        (
            "GET",
            "/v2//connections/desktops/export",
            &authorized,
            "",
            Code::NotFound,
            "path",
        ),
        (
            "POST",
            EXPORT,
            &authorized,
            "",
            Code::MethodNotAllowed,
            "POST",
        ),
        ("DELETE", EXPORT, "", "", Code::MethodNotAllowed, "DELETE"),
        ("BREW", EXPORT, "", "", Code::MethodNotAllowed, "use GET"),
        (
            "PUT",
            "/health/live",
            "",
            "",
            Code::MethodNotAllowed,
            "use GET",
        ),
        (
            "GET",
            &long_url,
            &authorized,
            "",
            Code::UrlTooLong,
            "at most 8192",
        ),
        (
            "GET",
            EXPORT,
            &long_header,
            "",
            Code::HeadersTooLarge,
            "at most 65536",
        ),
        (
            "GET",
            EXPORT,
            &format!("{authorized}{post}"),
            "hi",
            Code::UnsupportedMediaType,
            "json",
        ),
        (
            "GET",
            EXPORT,
            &format!("{authorized}content-length: 70000\r\n"),
            &"x".repeat(70_000),
            Code::BodyTooLarge,
            "65536",
        ),
        (
            "GET",
            EXPORT,
            &format!("{authorized}{chunked}"),
            &format!("11170\r\n{}\r\n0\r\n\r\n", "x".repeat(70_000)),
            Code::BodyTooLarge,
            "65536",
        ),
        (
            "GET",
            &long_project,
            &authorized,
            "",
            Code::InvalidProjectId,
            "256 characters",
        ),
        (
            "GET",
            "/v2/%ff/connections/desktops/export",
            &authorized,
            "",
            Code::InvalidProjectId,
            "UTF-8",
        ),
        (
            "GET",
            "/v2/a%00b/connections/desktops/export",
            &authorized,
            "",
            Code::InvalidProjectId,
            "U+0000",
        ),
    ] {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n{body}"
        );
        let answer = service.raw(request.as_bytes());
        let what = &request[..request.len().min(120)];
        assert_refused(&answer, code, message, what);
        let allow = (code == Code::MethodNotAllowed).then_some("GET, HEAD");
        assert_eq!(answer.header("allow"), allow, "{what}");
    }
}
