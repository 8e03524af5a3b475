//! What commands do that ask a running service: files, refusals, waits, tokens.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use crate::list::assert_tame;
use crate::sandbox::{Sandbox, said};
use crate::service::{Impostor, Service, answer};
use crate::{LINES, rows};

pub(crate) const LIST: [&str; 3] = ["list", "--project", "p1"];

pub(crate) fn filled() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("records.ndjson", LINES);
    sandbox.ok(&["import", "records.ndjson", "--project", "p1"]);
    sandbox
}

#[test]
fn an_export_of_a_service_is_that_of_the_database_and_is_audited() {
    let sandbox = filled();
    let service = Service::start(&sandbox);
    let export = |name: &'static str, of_service: bool| {
        let arguments = [
            &["export", "--project", "p1", "--output", name][..],
            &["--user-name-prefix", "JY", "--language", "zh_CN"],
        ]
        .concat();
        let output = if of_service {
            service.run(&sandbox, &arguments)
        } else {
            sandbox.run(&arguments)
        };
        assert!(output.status.success(), "{}", said(&output));
        assert!(said(&output).starts_with("wrote "), "{}", said(&output));
        fs::read(sandbox.path(name)).unwrap()
    };
    assert_eq!(export("s.csv", true), export("d.csv", false));
    assert_eq!(export("s.jsonl", true), export("d.jsonl", false));
    export("s.xlsx", true);
    assert_eq!(rows(&sandbox.path("s.xlsx")).len(), 3);
    let audits = service.run(
        &sandbox,
        &["audits", "list", "--project", "p1", "--user", "ann"],
    );
    let printed = String::from_utf8(audits.stdout).unwrap();
    assert_eq!(
        printed.matches("user_name_prefix=JY").count(),
        3,
        "{printed}"
    );

    let stdout = [
        "export",
        "--project",
        "p1",
        "--output",
        "-",
        "--format",
        "jsonl",
    ];
    let output = service.run(&sandbox, &stdout);
    assert_eq!(output.stdout, sandbox.run(&stdout).stdout);
}

#[test]
fn a_broken_transfer_leaves_what_was_there_and_nothing_else() {
    let sandbox = filled();
    sandbox.write("old.csv", "what was there");
    let before = sandbox.files();
    let csv = "content-type: text/csv\r\n";
    for (head, body) in [
        (
            format!("{csv}transfer-encoding: chunked\r\n"),
            "5\r\na,b\r\n\r\n",
        ),
        (format!("{csv}transfer-encoding: chunked\r\n"), "5\r\na,"),
        (
            format!("{csv}transfer-encoding: chunked\r\n"),
            "zz\r\na,b\r\n",
        ),
        (format!("{csv}content-length: 100\r\n"), "a,b\r\n"),
        // Nobody could tell its end from a break.
        (csv.to_owned(), "a,b\r\n"),
        // The page of something that stands between.
        (
            "content-type: text/html\r\ncontent-length: 5\r\n".to_owned(),
            "login",
        ),
        ("content-length: 5\r\n".to_owned(), "login"),
    ] {
        let whole = format!("HTTP/1.1 200 OK\r\n{head}connection: close\r\n\r\n{body}");
        for name in ["old.csv", "new.csv"] {
            let impostor = Impostor::start(&[&whole]);
            let arguments = ["export", "--project", "p1", "--output", name];
            let output = impostor.run(&sandbox, &arguments);
            assert!(!output.status.success(), "{head}");
            assert!(!said(&output).contains("wrote"), "{}", said(&output));
            assert!(!said(&output).contains("panicked"), "{}", said(&output));
            assert_eq!(sandbox.files(), before, "{head}");
        }
    }
    let kept = fs::read_to_string(sandbox.path("old.csv")).unwrap();
    assert_eq!(kept, "what was there");
}

#[test]
fn a_refusal_is_shown_with_its_code_message_and_request_and_has_an_exit_code() {
    let sandbox = filled();
    let service = Service::start(&sandbox);
    let show = ["tasks", "show", "nosuch", "--project", "p1"];
    let download = [
        "tasks",
        "download",
        "nosuch",
        "--project",
        "p1",
        "--output",
        "x",
    ];
    for (arguments, token, code, texts) in [
        (
            &LIST[..],
            "wrong",
            6,
            &["401", "APIGW.0301", "is not valid", "(request "][..],
        ),
        (
            &["list", "--project", "p2"],
            "foo",
            6,
            &["403", "(request "],
        ),
        (
            &["tasks", "delete", "a", "--project", "p1"],
            "bar",
            6,
            &["403"],
        ),
        (
            &show,
            "foo",
            7,
            &["the project p1 has no export task nosuch"],
        ),
        (&download, "foo", 7, &["404", "nosuch"]),
        (
            &["list", "--project", "p1", "--marker", "x"],
            "foo",
            2,
            &["400", "marker"],
        ),
    ] {
        let output = service
            .command(&sandbox, arguments, token)
            .output()
            .unwrap();
        let said = said(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        for text in texts {
            assert!(said.contains(text), "{arguments:?}: {said}");
        }
        assert!(output.stdout.is_empty());
    }
    assert!(!sandbox.path("x").exists());

    let hostile = answer(
        "400 Bad Request",
        "x-request-id: r-1\r\n",
        "{\"error_code\":\"\\u001b[31mX\",\"error_msg\":\"\\u202e\\u009bwrong\"}",
    );
    let moved = answer("302 Found", "location: https://evil.example.com/\r\n", "");
    let of_proxy = answer("502 Bad Gateway", "", "<html>\u{1b}[31m</html>");
    for (answer, code, text) in [
        (&hostile, 2, "wrong (request r-1)"),
        (&moved, 1, "is not followed"),
        (&of_proxy, 4, "the service answered 502 Bad Gateway"),
        (&answer("500 Internal Server Error", "", "{}"), 1, "500"),
        (&answer("410 Gone", "", "{}"), 7, "410"),
        (&answer("409 Conflict", "", "{}"), 1, "409"),
        (&answer("200 OK", "", "<html>"), 2, "is --url the address"),
        (
            &answer("200 OK", "", "{\"records\":[{}]}"),
            2,
            "is --url the address",
        ),
    ] {
        let output = Impostor::start(&[answer]).run(&sandbox, &LIST);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(text), "{said}");
        assert!(!said.contains("s3cret"), "{said}");
        assert_tame(&said);
    }
}

#[test]
fn a_command_waits_as_long_as_the_service_says_a_few_times() {
    let sandbox = Sandbox::new();
    let list = answer("200 OK", "", r#"{"total_count":0,"records":[]}"#);
    let busy = answer(
        "429 Too Many Requests",
        "retry-after: 1\r\n",
        r#"{"error_code":"WKS.00000429","error_msg":"too many"}"#,
    );
    let away = answer("503 Service Unavailable", "retry-after: 0\r\n", "{}");
    let impostor = Impostor::start(&[&busy, &away, &list]);
    let output = impostor.run(&sandbox, &LIST);
    assert!(output.status.success(), "{}", said(&output));
    let waited = said(&output);
    assert!(
        waited.contains("(WKS.00000429): too many: trying again in 1 s (1 of 5)"),
        "{waited}"
    );
    assert!(waited.contains("trying again in 0 s (2 of 5)"), "{waited}");
    assert_eq!(impostor.requests().len(), 3);

    let code = |impostor: &Impostor, arguments: &[&str]| {
        let output = impostor.run(&sandbox, arguments);
        (output.status.code().unwrap(), impostor.requests().len())
    };
    let impostor = Impostor::start(&[&*away; 10]);
    assert_eq!(code(&impostor, &LIST), (4, 6));
    let impostor = Impostor::start(&[&*away; 2]);
    assert_eq!(
        code(&impostor, &[&LIST[..], &["--no-retry"]].concat()),
        (4, 1)
    );
    // Whether a task was started is not known then, and two of them would be one too many.
    let start = ["tasks", "start", "--project", "p1"];
    let impostor = Impostor::start(&[&*away; 2]);
    assert_eq!(code(&impostor, &start), (4, 1));
    let started = answer("200 OK", "", r#"{"task_id":"a-1"}"#);
    let impostor = Impostor::start(&[&busy, &started]);
    assert_eq!(code(&impostor, &start), (0, 2));
    // Longer than anybody waits.
    let long = answer("503 Service Unavailable", "retry-after: 86400\r\n", "{}");
    let impostor = Impostor::start(&[&*long; 2]);
    assert_eq!(code(&impostor, &LIST), (4, 1));
}

#[test]
fn a_request_goes_to_its_address_alone_whatever_the_environment_and_the_answer_say() {
    let sandbox = Sandbox::new();
    let list = answer("200 OK", "", r#"{"total_count":0,"records":[]}"#);
    let elsewhere = Impostor::start(&[&*list; 2]);
    let location = format!("location: {}/\r\n", elsewhere.url());
    let moved = answer("307 Temporary Redirect", &location, "");
    for (answer, code) in [(&list, 0), (&moved, 1)] {
        let impostor = Impostor::start(&[answer]);
        let url = format!("{}/ledger/", impostor.url());
        let arguments = [
            "list",
            "--project",
            "a/b ?#周",
            "--state",
            "failed",
            "--url",
            &url,
        ];
        let mut command = sandbox.command(&arguments);
        for proxy in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
            command.env(proxy, elsewhere.url());
        }
        let output = command.env("DESKLEDGER_TOKEN", "s3cret").output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{}", said(&output));
        let requests = impostor.requests();
        assert_eq!(requests.len(), 1);
        let path = "GET /ledger/v2/a%2Fb%20%3F%23%E5%91%A8/connections/desktops?state=failed&";
        assert!(requests[0].starts_with(path), "{}", requests[0]);
        assert!(
            requests[0].contains("x-auth-token: s3cret\r\n"),
            "{}",
            requests[0]
        );
    }
    assert_eq!(elsewhere.requests(), [""; 0]);
}

#[test]
fn a_service_that_is_silent_or_not_there_is_given_up() {
    let sandbox = Sandbox::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let ask = || {
        let arguments = [&LIST[..], &["--url", &url, "--silence", "1"]].concat();
        let mut command = sandbox.command(&arguments);
        command.env("DESKLEDGER_TOKEN", "s3cret").output().unwrap()
    };
    let silent = ask();
    assert_eq!(silent.status.code(), Some(4));
    assert!(
        said(&silent).contains("was silent for 1 seconds"),
        "{}",
        said(&silent)
    );
    drop(listener);
    let gone = ask();
    assert_eq!(gone.status.code(), Some(4));
    assert!(
        said(&gone).contains("cannot ask http://127.0.0.1"),
        "{}",
        said(&gone)
    );
}

#[test]
fn a_signal_ends_a_download_at_once_and_removes_what_there_is_of_it() {
    let sandbox = Sandbox::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let arguments = [
        "export",
        "--project",
        "p1",
        "--output",
        "a.csv",
        "--url",
        &url,
    ];
    let mut child = sandbox
        .command(&arguments)
        .env("DESKLEDGER_TOKEN", "s3cret")
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (mut stream, _) = listener.accept().unwrap();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/csv\r\ntransfer-encoding: chunked\r\n\r\n";
    stream
        .write_all(format!("{head}5\r\na,b\r\n\r\n").as_bytes())
        .unwrap();
    std::thread::sleep(std::time::Duration::from_millis(300));
    let begun = std::time::Instant::now();
    let id = child.id().to_string();
    let sent = std::process::Command::new("kill")
        .args(["-INT", &id])
        .status();
    assert!(sent.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(begun.elapsed() < std::time::Duration::from_secs(5));
    assert_eq!(sandbox.files(), [""; 0]);
}
