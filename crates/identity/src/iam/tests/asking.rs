use std::time::{Duration, Instant};

use super::server::{Reply, Server, closed_url};
use super::*;

/// Short, where a test waits for it.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(1);

fn client(server: &Server) -> IamClient {
    IamClient::new(&options(&server.url()))
}

fn impatient_client(server: &Server) -> IamClient {
    IamClient::new(&IamOptions {
        request_timeout: REQUEST_TIMEOUT,
        ..options(&server.url())
    })
}

fn ask(client: &IamClient) -> Result<Verdict, IamError> {
    client.ask(&value("foo"))
}

/// How an answer ends.
fn name(answer: Result<Verdict, IamError>) -> String {
    match answer {
        Ok(Verdict::Valid(_)) => "valid".to_owned(),
        Ok(Verdict::Refused) => "refused".to_owned(),
        Err(IamError::Transport(ureq::Error::Timeout(_))) => "time-out".to_owned(),
        Err(IamError::Transport(_)) => "broken".to_owned(),
        Err(IamError::Status(status)) => status.to_string(),
        Err(IamError::TooLong(_)) => "too long".to_owned(),
        Err(IamError::Json(..) | IamError::Field(_)) => "rubbish".to_owned(),
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn a_token_vouches_for_itself_and_the_connection_is_used_again() {
    let server = Server::start(|number| match number {
        0 => Reply::new(200, &token_body()),
        1 => Reply::new(401, "{\"error\": {}}"),
        _ => Reply::new(404, "{\"error\": {}}"),
    });
    let client = client(&server);
    for expected in ["valid", "refused", "refused"] {
        assert_eq!(name(ask(&client)), expected);
    }
    assert_eq!(server.connections(), 1);
    for request in server.requests() {
        assert!(request.starts_with("get /v3/auth/tokens http/1.1\r\n"));
        assert!(request.contains("\r\nx-auth-token: foo\r\n"), "{request}");
        assert!(
            request.contains("\r\nx-subject-token: foo\r\n"),
            "{request}"
        );
    }
}

#[test]
fn a_long_token_is_asked_about_whole() {
    let server = Server::start(|_| Reply::new(200, &token_body()));
    for length in [40_000, 65_000] {
        let token = "t".repeat(length);
        let answer = client(&server).ask(&value(&token));
        assert_eq!(name(answer), "valid");
        let request = server.requests().pop().unwrap();
        for header in ["x-auth-token", "x-subject-token"] {
            assert!(request.contains(&format!("\r\n{header}: {token}\r\n")));
        }
    }
}

#[test]
fn a_failure_is_tried_twice_and_an_answer_is_not() {
    type Replies = fn(usize) -> Reply;
    let cases: [(Replies, &str, usize); 9] = [
        (|_| Reply::new(200, &token_body()), "valid", 1),
        (|_| Reply::new(401, ""), "refused", 1),
        (|_| Reply::new(403, ""), "403", 1),
        (|_| Reply::new(429, ""), "429", 1),
        (|_| Reply::new(200, "no token"), "rubbish", 1),
        (|_| Reply::new(503, ""), "503", 2),
        (|_| Reply::Last(Vec::new()), "broken", 2),
        (
            |number| match number {
                0 => Reply::new(500, ""),
                _ => Reply::new(200, &token_body()),
            },
            "valid",
            2,
        ),
        (
            |number| match number {
                0 => Reply::Last(Vec::new()),
                _ => Reply::new(401, ""),
            },
            "refused",
            2,
        ),
    ];
    for (reply, expected, requests) in cases {
        let server = Server::start(reply);
        assert_eq!(name(ask(&client(&server))), expected);
        assert_eq!(server.requests().len(), requests, "{expected}");
    }
}

#[test]
fn a_connection_that_was_closed_meanwhile_does_no_harm() {
    let server = Server::start(|_| {
        Reply::Last(match Reply::new(200, &token_body()) {
            Reply::Bytes(bytes) => bytes,
            _ => unreachable!(),
        })
    });
    let client = client(&server);
    for _ in 0..5 {
        assert_eq!(name(ask(&client)), "valid");
    }
    assert_eq!(server.connections(), 5);
}

#[test]
fn who_is_not_there_is_no_answer() {
    let client = IamClient::new(&options(&closed_url()));
    assert_eq!(name(ask(&client)), "broken");
    let client = IamClient::new(&options("http://nobody.invalid"));
    assert_eq!(name(ask(&client)), "broken");
}

#[test]
fn who_is_slow_is_waited_for_once_and_not_for_longer_than_the_settings_say() {
    let slow: [fn(usize) -> Reply; 3] = [
        // Nothing at all, an answer that never ends, and one whose body never does.
        |_| Reply::Bytes(Vec::new()),
        |_| {
            let mut bytes = b"HTTP/1.1 200 X\r\nx: ".to_vec();
            bytes.resize(10_000, b'x');
            Reply::Trickle(bytes)
        },
        |_| {
            let mut bytes = b"HTTP/1.1 200 X\r\ncontent-length: 9000\r\n\r\n".to_vec();
            bytes.resize(10_000, b' ');
            Reply::Trickle(bytes)
        },
    ];
    for reply in slow {
        let server = Server::start(reply);
        let client = impatient_client(&server);
        let started = Instant::now();
        assert_eq!(name(ask(&client)), "time-out");
        let waited = started.elapsed();
        // Ten times as long, for a slow machine.
        assert!(waited >= REQUEST_TIMEOUT && waited < 10 * REQUEST_TIMEOUT);
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn a_redirect_is_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let other = Server::start(|_| Reply::new(200, &token_body()));
        let location = format!("{}/v3/auth/tokens", other.url());
        let server = Server::start(move |_| {
            let head = format!("HTTP/1.1 {status} X\r\nlocation: {location}\r\n");
            Reply::Bytes(format!("{head}content-length: 0\r\n\r\n").into_bytes())
        });
        assert_eq!(name(ask(&client(&server))), status.to_string());
        assert_eq!(server.requests().len(), 1);
        assert_eq!(other.connections(), 0);
    }
}

#[test]
fn what_is_too_long_is_not_read_to_its_end() {
    let declared = |_| Reply::new(200, &" ".repeat(2 * 1024 * 1024));
    assert_eq!(name(ask(&client(&Server::start(declared)))), "too long");
    let chunked = |_| {
        let mut bytes = b"HTTP/1.1 200 X\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
        for _ in 0..300 {
            bytes.extend_from_slice(b"2000\r\n");
            bytes.resize(bytes.len() + 0x2000, b' ');
            bytes.extend_from_slice(b"\r\n");
        }
        // It goes on, but nobody listens.
        Reply::Bytes(bytes)
    };
    assert_eq!(name(ask(&client(&Server::start(chunked)))), "too long");
    let head = |_| {
        let mut bytes = b"HTTP/1.1 200 X\r\nx: ".to_vec();
        bytes.resize(300_000, b'x');
        bytes.extend_from_slice(b"\r\ncontent-length: 0\r\n\r\n");
        Reply::Bytes(bytes)
    };
    assert_eq!(name(ask(&client(&Server::start(head)))), "broken");
}

#[test]
fn what_is_cut_or_no_http_is_no_answer() {
    let cut = |_| {
        let body = token_body();
        let head = format!(
            "HTTP/1.1 200 X\r\ncontent-length: {}\r\n\r\n",
            body.len() + 1
        );
        Reply::Last([head.into_bytes(), body.into_bytes()].concat())
    };
    assert_eq!(name(ask(&client(&Server::start(cut)))), "broken");
    let strange = |_| Reply::Last(b"\x16\x03\x01 nonsense\r\n\r\n".to_vec());
    assert_eq!(name(ask(&client(&Server::start(strange)))), "broken");
}

#[test]
fn no_error_shows_the_token() {
    let token = "gAAAAABsecret";
    let echo: [fn(usize) -> Reply; 4] = [
        |_| Reply::new(200, r#"{"token": "gAAAAABsecret"}"#),
        |_| Reply::new(500, "gAAAAABsecret"),
        |_| Reply::Last(b"HTTP/1.1 gAAAAABsecret\r\n\r\n".to_vec()),
        |_| Reply::Last(b"HTTP/1.1 200 X\r\ncontent-length: gAAAAABsecret\r\n\r\n".to_vec()),
    ];
    for reply in echo {
        let error = client(&Server::start(reply))
            .ask(&value(token))
            .unwrap_err();
        let shown = format!("{} {error:?}", deskledger_domain::error_chain(&error));
        assert!(!shown.contains("secret"), "{shown}");
    }
    assert!(!format!("{:?}", value(token)).contains("secret"));
}
