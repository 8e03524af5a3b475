//! Nothing leaks: what is secret is in no line of the log at any level, in no answer, no error and no debug output,
//! whatever is asked. This has a process of its own, since a process has one log.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod provider;

use std::time::Duration;

use actix_web::rt::System;
use deskledger_api::Application;
use deskledger_domain::{RecordFields, error_chain, parse_time};
use deskledger_settings::{SealingKeySettings, Settings};
use deskledger_tests::{
    Answer, Database, Keystone, Log, PROJECT, Proxy, SECRET_MARK, Scope, Service, Signer, TOKEN,
    Treatment, access_key, secret, token,
};
use serde_json::{Value, json};

const DECODE: &str = "/v5/decode-authorization-message";

/// A key in base64. Decoded, it holds the mark too.
const KEY: &str = "bmV2ZXItdG8tYmUtc2hvd24ta2V5LW9mLXRlc3RzISE=";

/// An access key.
const SIGNER: Signer<'_> = Signer {
    id: "AK",
    secret: "never-to-be-shown-secret",
};

#[test]
fn no_secret_is_logged_answered_or_shown() {
    let log = Log::capture();
    let mut secrets = vec![
        SECRET_MARK.to_owned(),
        KEY[..20].to_owned(),
        token(TOKEN, "", &[]).sha256,
    ];
    let keystone = Keystone::of_the_tests();
    let of_iam = keystone.token(Scope::Project(keystone.project()));
    secrets.push(of_iam.clone());
    for database in [Database::postgres(), Database::sqlite()] {
        fill(&database);
        let iam = Proxy::to_url(keystone.url());
        let service = start(&database, &iam);
        let mut answers = refusals(&service);
        answers.push(service.export("language=zh_CN&user_name=jy01"));
        // It asks for no token, and so takes no notice of one.
        let metrics = service.get(&format!("/metrics?token={}", secret("wrong")), &[]);
        assert_eq!(metrics.status, 200);
        answers.push(metrics);
        let sign = |signer: Signer<'_>| {
            let request = signer.sign(
                "GET",
                &Service::export_path("").replace('?', ""),
                &[],
                &[],
                "",
            );
            service.raw(&request.bytes())
        };
        let (signed, forged) = (
            sign(SIGNER),
            sign(Signer {
                secret: "never-to-be-shown-guess",
                ..SIGNER
            }),
        );
        assert_eq!((signed.status, forged.status), (200, 401));
        answers.extend([signed, forged]);
        // IAM knows this token, and is unavailable when it is asked about the next.
        let asked = |token: &str| service.get(&export_of(keystone), &[("X-Auth-Token", token)]);
        let exported = asked(&of_iam);
        iam.treat(Treatment::Cut);
        let unknown = asked(&secret("unknown"));
        assert_eq!((exported.status, unknown.status), (200, 503));
        answers.extend([exported, unknown]);
        let denial = service.get(
            &Service::export_path(""),
            &[("X-Auth-Token", &secret("reader"))],
        );
        let audits = format!("/v2/{PROJECT}/connections/export-audits/export?format=csv");
        answers.push(service.get(&audits, &[("X-Auth-Token", TOKEN)]));
        assert_eq!(answers.last().unwrap().status, 200);
        let (link, followed) = follow_link(&service);
        answers.push(followed);
        secrets.extend([link, make_key(&service)]);
        let message = denial.authorization_message();
        let decoded = service.post(DECODE, TOKEN, &json!({"encoded_message": message}));
        assert_eq!(decoded.status, 200);
        let reason: Value = serde_json::from_slice(&decoded.body).unwrap();
        secrets.push(message);
        secrets.push(reason["decoded_message"].as_str().unwrap().to_owned());
        record(&service);
        let (of_provider, signed_in) = provider::sign_in(&database);
        secrets.extend(of_provider);
        answers.extend(signed_in);
        if database.url().starts_with("sqlite:") {
            database.corrupt();
            let broken = service.export("");
            assert_eq!(broken.status, 500);
            answers.push(broken);
        }
        answers.extend([denial, decoded]);
        for answer in &answers {
            assert_shows_none(&format!("{:?}", answer.headers));
            assert_shows_none(&String::from_utf8_lossy(&answer.body));
        }
    }
    assert_shows_none(&start_failure());

    let log = log.text();
    // It is the log of all that.
    for line in [
        "export asked for",
        "export ended",
        "export of audits ended",
        "recording ended",
        "export link made",
        "access key made",
        "/v2/exports/…",
        "request answered",
        "request refused",
        "request failed",
        "authorization message decoded",
        "IAM did not answer",
        "signed in",
        " DEBUG ",
        "not in the policy: ",
    ] {
        assert!(log.contains(line), "the log lacks {line}");
    }
    for secret in secrets {
        let leak = log.lines().find(|line| line.contains(&secret));
        assert_eq!(leak, None, "a secret was logged: {secret}");
    }
}

/// Makes an export link, and sends its secret in many ways. Returns most of the secret, and the answer that is the file.
fn follow_link(service: &Service) -> (String, Answer) {
    let link = format!("/v2/{PROJECT}/connections/desktops/export-links");
    let link = service
        .send("POST", &link, &[("X-Auth-Token", TOKEN)], b"")
        .json();
    let url = link["url"].as_str().unwrap();
    let file = service.get(url, &[]);
    assert_eq!(file.status, 200);
    // Asked for again, with a slash behind it, with more before it, and encoded in part; and what is no secret.
    for path in [
        url.to_owned(),
        format!("{url}/"),
        format!("/desk{url}"),
        url.replace("/exports/", "/%65xports/"),
        url.replace("/exports/", "//exports/"),
        url[..url.len() - 1].to_owned(),
        format!("{url}?x"),
        format!("/v2/exports/{}", secret("link")),
    ] {
        assert_eq!(service.get(&path, &[]).status, 404, "{path}");
    }
    assert_eq!(service.send("POST", url, &[], b"").status, 405);
    let most = url["/v2/exports/".len()..url.len() - 1].to_owned();
    (most, file)
}

/// Makes an access key, and lists keys by a request that it signs. Returns its secret.
fn make_key(service: &Service) -> String {
    let keys = format!("/v2/{PROJECT}/access-keys");
    let made = service.post(&keys, TOKEN, &json!({})).json();
    let text = |name: &str| made[name].as_str().unwrap();
    let signer = Signer {
        id: text("id"),
        secret: text("secret"),
    };
    let list = service.raw(&signer.sign("GET", &keys, &[], &[], "").bytes());
    assert_eq!(list.status, 200);
    assert!(!String::from_utf8_lossy(&list.body).contains(signer.secret));
    text("secret").to_owned()
}

fn assert_shows_none(text: &str) {
    assert!(
        ![SECRET_MARK, &KEY[..20]]
            .iter()
            .any(|secret| text.contains(secret)),
        "{text}"
    );
}

fn fill(database: &Database) {
    let start = parse_time("2020-04-13T02:00Z").unwrap();
    let mut record = RecordFields::new("1", start);
    record.user_name = Some("jy01".to_owned());
    database.fill(PROJECT, [record]);
}

/// Records with secrets wherever a client might send one. The answers show clients what they sent; the log must not.
fn record(service: &Service) {
    let hidden = secret("record");
    let event = |field: &str, value: &str| json!({"transaction_id": "2", field: value, "connection_start_time": "2020-04-13T02:00Z"});
    for (event, status) in [
        (event("user_name", &hidden), 200),
        (event("connection_end_time", &hidden), 400),
        (event("network_rtt", &hidden), 400),
        (event("tenantId", &hidden), 400),
        (event(&hidden, "x"), 400),
        (json!(hidden), 400),
    ] {
        let array = json!([event]).to_string();
        let answer = service.record("application/json", array.as_bytes());
        assert_eq!(answer.status, status, "{event}");
        let answer = service.record("application/x-ndjson", event.to_string().as_bytes());
        assert_eq!(answer.status, 200, "{event}");
    }
    for body in [&hidden, &format!("[{hidden}]")] {
        let answer = service.record("application/json", body.as_bytes());
        assert_eq!(answer.status, 400);
        let answer = service.record_encoded("application/json", "gzip", body.as_bytes());
        assert_eq!(answer.status, 400);
    }
}

fn export_of(keystone: &Keystone) -> String {
    format!("/v2/{}/connections/desktops/export", keystone.project())
}

/// A service all of whose secrets bear the mark. Its settings show none of them.
fn start(database: &Database, iam: &Proxy) -> Service {
    Service::start_with(database, |settings| {
        set_secrets(settings, database);
        settings.identity.iam.url = iam.url(Keystone::of_the_tests().url());
        settings.identity.iam.request_timeout_seconds = 60;
        let tokens = [token(&secret("reader"), PROJECT, &["reader"])];
        settings.identity.tokens.extend(tokens);
        assert_shows_none(&format!("{settings:?}"));
    })
}

fn set_secrets(settings: &mut Settings, database: &Database) {
    let key = SealingKeySettings {
        id: "a".to_owned(),
        key: Some(KEY.into()),
        key_file: None,
    };
    settings.access.messages.keys = vec![key.clone()];
    settings.identity.sealing_keys = vec![key];
    settings.identity.access_keys =
        vec![access_key(SIGNER.id, SIGNER.secret, PROJECT, &["te_admin"])];
    // The server of the tests asks for no password, so any will do.
    let password = secret("password");
    settings.database.url = database.url().replacen('@', &format!(":{password}@"), 1);
    assert_eq!(
        settings.database.url.contains(&password),
        database.url().starts_with("postgres:")
    );
}

/// Why a service does not serve: there is no such database, or its key is not valid.
fn start_failure() -> String {
    let database = Database::postgres();
    let waiting = {
        let mut settings = Settings::defaults().unwrap();
        set_secrets(&mut settings, &database);
        settings.database.url.push_str("_which_is_not_there");
        settings.server.listen = ([127, 0, 0, 1], 0).into();
        System::new().block_on(async {
            let application = Application::build(&settings).unwrap();
            let reason = application.readiness().wait(Duration::from_secs(5));
            // It never ran, so there is nothing to stop.
            drop(application);
            reason.unwrap_err()
        })
    };
    let failure = |change: fn(&mut Settings)| {
        let mut settings = Settings::defaults().unwrap();
        set_secrets(&mut settings, &database);
        change(&mut settings);
        let error = Application::build(&settings).err().unwrap();
        format!("{error:?} {}", error_chain(&error))
    };
    [
        waiting,
        failure(|settings| settings.access.messages.keys[0].key = Some(secret("no-key").into())),
        failure(|settings| settings.identity.sealing_keys[0].key = Some(secret("no-key").into())),
    ]
    .concat()
}

/// Requests that are refused, with secrets wherever somebody might send one by mistake.
fn refusals(service: &Service) -> Vec<Answer> {
    let wrong = secret("wrong");
    let export = Service::export_path("");
    let authorized = ("X-Auth-Token", TOKEN);
    let with_query = |query: &str| {
        let query = query.replace("SECRET", &wrong);
        service.get(&Service::export_path(&query), &[authorized])
    };
    let with_body = |body: Value| service.post(DECODE, TOKEN, &body);
    let raw = |headers: &str, body: &str| {
        let length = body.len();
        let headers = headers.replace("SECRET", &wrong);
        service.raw(
            format!(
                "GET {export} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
                 content-length: {length}\r\n{headers}\r\n{body}"
            )
            .as_bytes(),
        )
    };
    let answers = vec![
        // A token that nobody knows, two, one that is too long, and credentials of other kinds.
        service.get(&export, &[("X-Auth-Token", &wrong)]),
        raw("x-auth-token: SECRET\r\nx-auth-token: SECRET\r\n", ""),
        service.get(&export, &[("X-Auth-Token", &wrong.repeat(5_000))]),
        service.get(&export, &[("Authorization", &format!("Bearer {wrong}"))]),
        service.get(&export, &[("Cookie", &format!("token={wrong}"))]),
        raw(
            "authorization: SDK-HMAC-SHA256 Access=a, SignedHeaders=host, Signature=SECRET\r\n",
            "",
        ),
        // In the query instead of in a header.
        with_query("X-Auth-Token=SECRET"),
        with_query("token=SECRET&user_name=jy01"),
        with_query("user_name=jy01&token=%zz&x=SECRET"),
        with_query("user_name=jy01&user_name=SECRET"),
        service.get(&format!("/nowhere?token={wrong}"), &[authorized]),
        // In a body.
        raw(
            &format!("x-auth-token: {TOKEN}\r\ncontent-type: text/plain\r\n"),
            &wrong,
        ),
        with_body(json!(wrong)),
        with_body(json!({"encoded_message": [wrong]})),
        with_body(json!({"encoded_message": "AAAA", "token": wrong})),
        with_body(json!({"encoded_message": wrong})),
        with_body(json!({"encoded_message": wrong.repeat(1_000)})),
        with_body(json!({"encoded_message": wrong.repeat(5_000)})),
        // By a method that is not taken.
        service.post(&export, TOKEN, &json!(wrong)),
    ];
    for answer in &answers {
        assert!((400..500).contains(&answer.status), "{answer:?}");
    }
    answers
}
