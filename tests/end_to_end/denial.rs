//! A denial carries its sealed reason, and only the right people can open it (`contract.md` §5).

use deskledger_api::ErrorCode;
use deskledger_tests::{Answer, Database, PROJECT, Service, TOKEN, sealing_key, secret, token};
use serde_json::{Value, json};

use crate::refusal::assert_refused;

const DECODE: &str = "/v5/decode-authorization-message";

/// Another project, whose administrator may decode too.
const OTHER: &str = "another";

fn start(database: &Database, keys: &[(&str, u8)]) -> Service {
    Service::start_with(database, |settings| {
        settings.access.messages.keys = keys
            .iter()
            .map(|(id, byte)| sealing_key(id, *byte))
            .collect();
        settings.identity.tokens.extend([
            token(&secret("reader"), PROJECT, &["reader"]),
            token(&secret("auditor"), PROJECT, &["wks_auditor", "reader"]),
            token(&secret("foreign"), OTHER, &["te_admin"]),
        ]);
    })
}

fn denied(service: &Service, token: &str, project: &str) -> Answer {
    let path = format!("/v2/{project}/connections/desktops/export");
    service.get(&path, &[("X-Auth-Token", token)])
}

pub(crate) fn decode(service: &Service, token: &str, message: &str) -> Answer {
    service.post(DECODE, token, &json!({"encoded_message": message}))
}

pub(crate) fn decoded(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(body.as_object().unwrap().len(), 1, "{body}");
    serde_json::from_str(body["decoded_message"].as_str().unwrap()).unwrap()
}

#[test]
fn a_denial_decodes_to_its_reason() {
    let database = Database::sqlite();
    let service = start(&database, &[("a", b'a')]);

    let answer = denied(&service, &secret("reader"), PROJECT);
    assert_refused(&answer, ErrorCode::Forbidden, "do not allow", "reader");
    let reason = decoded(&decode(&service, TOKEN, &answer.authorization_message()));
    assert_eq!(
        reason,
        json!({
            "allowed": false,
            "rule": "no_role",
            "explanation": "no role of the user allows workspace:connections:securityExport \
                            (without it: none; not in the policy: \"reader\")",
            "principal": {"user": token(&secret("reader"), "", &[]).user, "project_id": PROJECT},
            "action": "workspace:connections:securityExport",
            "project_id": PROJECT,
            "roles": {"lacking": [], "unknown": ["reader"], "left_out": 0},
            "time": "2020-05-01T08:00:00Z",
            "request_id": answer.header("x-request-id").unwrap(),
        })
    );

    // So does that of a denial to record.
    let path = Service::record_path(PROJECT);
    let answer = service.post(&path, &secret("auditor"), &json!([]));
    assert_refused(&answer, ErrorCode::Forbidden, "do not allow", "auditor");
    let reason = decoded(&decode(&service, TOKEN, &answer.authorization_message()));
    assert_eq!(reason["action"], "workspace:connections:record");
    assert_eq!(reason["rule"], "no_role");

    // A user who asks for another project is helped by the administrator of their own project, not by that of the other.
    let answer = denied(&service, &secret("foreign"), PROJECT);
    let message = answer.authorization_message();
    let reason = decoded(&decode(&service, &secret("foreign"), &message));
    assert_eq!(reason["rule"], "other_project");
    assert_eq!(reason["principal"]["project_id"], OTHER);
    assert_eq!(reason["project_id"], PROJECT);
    let answer = decode(&service, TOKEN, &message);
    assert_eq!(answer.error().0, ErrorCode::UndecodableMessage.code());
}

#[test]
fn a_caller_that_may_not_decode_is_denied_with_a_reason_of_their_own() {
    let database = Database::sqlite();
    let service = start(&database, &[]);
    let message = denied(&service, &secret("reader"), PROJECT).authorization_message();
    for name in ["reader", "auditor"] {
        let answer = decode(&service, &secret(name), &message);
        assert_refused(&answer, ErrorCode::Forbidden, "do not allow", name);
        let reason = decoded(&decode(&service, TOKEN, &answer.authorization_message()));
        assert_eq!(reason["action"], "sts::decodeAuthorizationMessage");
        assert_eq!(reason["rule"], "no_role");
    }
    for token in ["", &secret("nobody")] {
        let answer = decode(&service, token, &message);
        assert_eq!(answer.error().0, ErrorCode::Unauthenticated.code());
    }
}

#[test]
fn whatever_does_not_open_gets_the_same_answer() {
    let database = Database::sqlite();
    let service = start(&database, &[("a", b'a')]);
    let elsewhere = start(&database, &[("a", b'b')]);
    let good = denied(&service, &secret("reader"), PROJECT).authorization_message();
    assert_eq!(decode(&service, TOKEN, &good).status, 200);

    let changed = |position: usize| {
        let mut digits = good.clone().into_bytes();
        digits[position] = if digits[position] == b'A' { b'B' } else { b'A' };
        String::from_utf8(digits).unwrap()
    };
    let foreign = denied(&service, &secret("foreign"), PROJECT).authorization_message();
    let mut bad = vec![
        foreign,
        denied(&elsewhere, &secret("reader"), PROJECT).authorization_message(),
        good[..good.len() - 4].to_owned(),
        good[4..].to_owned(),
        good.repeat(2),
        format!("{good}\n"),
        "no base64!".to_owned(),
        "王".repeat(10_240),
        "A".repeat(10_240),
        "x".to_owned(),
        secret("typed-by-mistake"),
    ];
    bad.extend((0..good.len()).step_by(37).map(changed));
    let mut bodies: Vec<_> = bad
        .iter()
        .map(|message| {
            let answer = decode(&service, TOKEN, message);
            assert_refused(
                &answer,
                ErrorCode::UndecodableMessage,
                "cannot be decoded",
                message,
            );
            answer.body
        })
        .collect();
    bodies.dedup();
    assert_eq!(
        bodies.len(),
        1,
        "an answer shows what is wrong with a message"
    );
}

#[test]
fn every_mistake_in_a_request_to_decode_has_its_code() {
    use ErrorCode as Code;

    let database = Database::sqlite();
    let service = start(&database, &[]);
    let text = |length: usize| json!({"encoded_message": "A".repeat(length)}).to_string();
    let (empty, long) = (text(0), text(10_241));
    let wide = json!({"encoded_message": "王".repeat(10_241)}).to_string();
    let json = "content-type: application/json\r\n";
    for (headers, body, code, message) in [
        (json, "", Code::InvalidBody, "it is empty"),
        (json, "{", Code::InvalidBody, "no JSON at line 1, column 1"),
        (json, "[]", Code::InvalidBody, "one field, encoded_message"),
        (json, "[\"AAAA\"]", Code::InvalidBody, "something else"),
        (json, "{}", Code::InvalidBody, "one field, encoded_message"),
        (
            json,
            "\"never-to-be-shown\"",
            Code::InvalidBody,
            "something else",
        ),
        (
            json,
            r#"{"encoded_message": 5}"#,
            Code::InvalidBody,
            "which is a text",
        ),
        (
            json,
            r#"{"encoded_message": null}"#,
            Code::InvalidBody,
            "text",
        ),
        (
            json,
            r#"{"encodedMessage": "AAAA"}"#,
            Code::InvalidBody,
            "encoded_message",
        ),
        (
            json,
            r#"{"encoded_message": "AAAA", "never-to-be-shown": 1}"#,
            Code::InvalidBody,
            "one",
        ),
        (
            json,
            r#"{"encoded_message": "AAAA", "encoded_message": "A"}"#,
            Code::InvalidBody,
            "one",
        ),
        (
            json,
            r#"{"encoded_message": "AAAA"} {}"#,
            Code::InvalidBody,
            "no JSON at line 1",
        ),
        (
            json,
            &empty,
            Code::FieldLength,
            "has 0 characters: it must have 1 to 10240",
        ),
        (json, &long, Code::FieldLength, "has 10241 characters"),
        (json, &wide, Code::FieldLength, "has 10241 characters"),
        (
            "content-type: text/plain\r\n",
            &text(4),
            Code::UnsupportedMediaType,
            "json",
        ),
        (
            "content-type: application/x-www-form-urlencoded\r\n",
            "a=b",
            Code::UnsupportedMediaType,
            "json",
        ),
        ("", &text(4), Code::UnsupportedMediaType, "json"),
        (json, &text(70_000), Code::BodyTooLarge, "65536"),
    ] {
        let answer = raw(
            &service,
            "POST",
            &format!("x-auth-token: {TOKEN}\r\n{headers}"),
            body,
        );
        assert_refused(
            &answer,
            code,
            message,
            &body.chars().take(60).collect::<String>(),
        );
        let shown = String::from_utf8_lossy(&answer.body);
        assert!(!shown.contains("never-to-be-shown"), "{shown}");
    }
    for method in ["GET", "PUT", "DELETE", "OPTIONS", "HEAD"] {
        let answer = raw(&service, method, "", "");
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header("allow"), Some("POST"), "{method}");
    }
}

fn raw(service: &Service, method: &str, headers: &str, body: &str) -> Answer {
    let length = body.len();
    let request = format!(
        "{method} {DECODE} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    );
    service.raw(request.as_bytes())
}

#[test]
fn a_media_type_may_name_its_characters() {
    let database = Database::sqlite();
    let service = start(&database, &[]);
    let message = denied(&service, &secret("reader"), PROJECT).authorization_message();
    let body = json!({"encoded_message": message}).to_string();
    let headers =
        format!("x-auth-token: {TOKEN}\r\ncontent-type: Application/JSON; charset=UTF-8\r\n");
    assert_eq!(raw(&service, "POST", &headers, &body).status, 200);
}

#[test]
fn older_keys_still_decode_and_a_key_that_is_gone_does_not() {
    let database = Database::sqlite();
    let message =
        |service: &Service| denied(service, &secret("reader"), PROJECT).authorization_message();
    let status = |service: &Service, message: &str| decode(service, TOKEN, message).status;

    let before = start(&database, &[("a", b'a')]);
    let old = message(&before);
    let rotated = start(&database, &[("b", b'b'), ("a", b'a')]);
    let new = message(&rotated);
    assert_eq!(
        [&old, &new].map(|message| status(&rotated, message)),
        [200, 200]
    );
    // A process that does not know the new key yet.
    assert_eq!(status(&before, &new), 400);
    let after = start(&database, &[("b", b'b')]);
    assert_eq!(
        [&old, &new].map(|message| status(&after, message)),
        [400, 200]
    );

    // Without a key in the settings, each process has its own.
    let own = start(&database, &[]);
    let message = message(&own);
    assert_eq!(status(&own, &message), 200);
    assert_eq!(status(&start(&database, &[]), &message), 400);
}
