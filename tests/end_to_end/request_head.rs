//! What a head may be, and what the HTTP layer refuses before any handler reads it.

use std::process::Command;

use deskledger_api::ErrorCode;
use deskledger_tests::{Answer, Database, PROJECT, Service, TOKEN, percent_encode, secret, token};

use super::refusal::{EXPORT, assert_refused, service};

/// The HTTP layer refuses what is no request before any of our code sees it, and the answer is that of all refusals.
#[test]
fn what_is_no_http_request_is_refused_and_the_connection_closed() {
    use ErrorCode as Code;

    let (_database, service) = service();
    let huge = format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "x".repeat(70_000));
    let endless = format!(
        "GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n",
        "x".repeat(300_000)
    );
    let spoken = format!("GET {EXPORT}?user_name=\u{5468}\u{4e3d} HTTP/1.1\r\nhost: x\r\n\r\n");
    let coding = "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: gzip\r\n\r\n";
    let two = "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx";
    for (request, code, message) in [
        (
            "GET / HTTP/1.1\r\nbad header\r\n\r\n",
            Code::InvalidRequest,
            "not well-formed",
        ),
        (
            "\u{0}\u{1}\u{2}\r\n\r\n",
            Code::InvalidRequest,
            "not well-formed",
        ),
        (
            "GET  / HTTP/9.9\r\n\r\n",
            Code::InvalidRequest,
            "not well-formed",
        ),
        (coding, Code::InvalidRequest, "not well-formed"),
        (two, Code::InvalidRequest, "not well-formed"),
        (&spoken, Code::InvalidRequest, "percent-encode"),
        (&huge, Code::InvalidRequest, "not well-formed"),
        (&endless, Code::HeadersTooLarge, "too large"),
    ] {
        let answer = service.raw(request.as_bytes());
        let what: String = request.chars().take(40).collect();
        assert_refused(&answer, code, message, &what);
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-store"),
            ("connection", "close"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{what}");
        }
        assert_eq!(answer.header("x-request-id").unwrap().len(), 32, "{what}");
    }
    let metrics = service.get("/metrics", &[]);
    let metrics = String::from_utf8(metrics.body).unwrap();
    for line in [
        r#"deskledger_http_refusals_total{status="400"} 7"#,
        r#"deskledger_http_refusals_total{status="431"} 1"#,
    ] {
        assert!(
            metrics.lines().any(|found| found == line),
            "{line} in {metrics}"
        );
    }
}

/// As people type it into a shell, where curl sends the bytes of a name as they are.
#[test]
fn curl_learns_why_a_name_as_it_is_typed_is_refused() {
    let (_database, service) = service();
    let url = |name: &str| {
        let port = service.port();
        format!("http://127.0.0.1:{port}{EXPORT}?format=csv&user_name={name}")
    };
    let curl = |url: &str| {
        let token = format!("X-Auth-Token: {TOKEN}");
        let output = Command::new("curl")
            .args(["--silent", "--show-error", "--include", "--noproxy", "*"])
            .args(["--max-time", "60", "--header", &token, url])
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        Answer::parse(&output.stdout)
    };
    let name = "\u{5468}\u{4e3d}";
    let answer = curl(&url(name));
    assert_refused(
        &answer,
        ErrorCode::InvalidRequest,
        "percent-encode",
        "a name",
    );
    assert_eq!(answer.header("x-request-id").unwrap().len(), 32);
    assert_eq!(curl(&url(&percent_encode(name))).status, 200);
}

/// The server cannot know where such a body ends, so the connection is closed; the client learns why.
#[test]
fn a_body_whose_chunks_are_malformed_is_refused_with_a_reason() {
    let (_database, service) = service();
    let length = "ffffffffffffffffff\r\nhello\r\n";
    for (number, body) in [
        "zz\r\nhello\r\n",
        "5\r\nhelloXX\r\n0\r\n\r\n",
        length,
        "-1\r\nhello\r\n",
    ]
    .into_iter()
    .enumerate()
    {
        let head = format!(
            "POST /v2/{PROJECT}/connections/desktops HTTP/1.1\r\nhost: x\r\nx-auth-token: {TOKEN}\r\n\
             content-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n"
        );
        let answer = service.raw(format!("{head}{body}").as_bytes());
        assert_refused(&answer, ErrorCode::InvalidRequest, "chunks", body);
        assert_eq!(answer.header("x-request-id").unwrap().len(), 32, "{body}");
        // The handler or the connection answers, whichever learns it first, and either counts it.
        let metrics = String::from_utf8(service.get("/metrics", &[]).body).unwrap();
        let counted: usize = metrics
            .lines()
            .filter(|line| line.starts_with("deskledger_http_re") && line.contains("\"400\""))
            .filter_map(|line| line.rsplit_once(' '))
            .map(|(_, count)| count.parse::<usize>().unwrap())
            .sum();
        assert_eq!(counted, number + 1, "{metrics}");
    }
}

#[test]
fn a_bodys_type_matters_only_where_there_is_a_body() {
    let (_database, service) = service();
    for headers in [
        "content-type: text/plain\r\n",
        "content-type: application/json\r\ncontent-length: 2\r\n\r\n{}",
        "content-type: Application/JSON; charset=UTF-8\r\ncontent-length: 0\r\n",
    ] {
        let request = format!(
            "GET {EXPORT} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-auth-token: {TOKEN}\r\n{headers}\r\n"
        );
        assert_eq!(service.raw(request.as_bytes()).status, 200, "{headers}");
    }
}

#[test]
fn a_request_id_is_taken_from_the_client_only_where_it_is_plain() {
    let (_database, service) = service();
    let long = "x".repeat(129);
    for (sent, taken) in [
        ("abc-DEF_1.2", true),
        ("with blank", false),
        ("<script>", false),
        (&long, false),
    ] {
        let answer = service.get("/nowhere", &[("X-Request-Id", sent)]);
        let id = answer.header("x-request-id").unwrap();
        assert_eq!(id == sent, taken, "{sent}");
        assert!(!id.is_empty());
    }
    let fresh = || {
        service
            .get("/nowhere", &[])
            .header("x-request-id")
            .unwrap()
            .to_owned()
    };
    assert_ne!(fresh(), fresh());
}

#[test]
fn a_token_of_40000_characters_is_taken() {
    let database = Database::sqlite();
    let mut long = secret(&"t".repeat(40_000));
    long.truncate(40_000);
    let service = Service::start_with(&database, |settings| {
        settings
            .identity
            .tokens
            .push(token(&long, PROJECT, &["wks_adm"]));
    });
    let answer = service.get(&Service::export_path(""), &[("X-Auth-Token", &long)]);
    assert_eq!(answer.status, 200);
}
