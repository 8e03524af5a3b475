//! Requests that are signed with an access key (`contract.md` §7), over HTTP.

use deskledger_api::ErrorCode;
use deskledger_domain::{Principal, ProjectId, parse_time};
use deskledger_identity::GeneratedAccessKey;
use deskledger_settings::Settings;
use deskledger_store::{AccessKeyStore, NewAccessKey};
use deskledger_tests::{
    Answer, Database, PROJECT, Request, Service, Signer, TOKEN, access_key, on_both_databases,
    sealing_key, secret, sheets, token,
};
use secrecy::ExposeSecret as _;

use crate::denial::{decode, decoded};
use crate::record::bare;
use crate::refusal::assert_code;

on_both_databases! {
    a_key_of_the_database_works_until_it_is_revoked
}

/// A key that may export [`PROJECT`].
pub(crate) const OURS: Signer<'_> = Signer {
    id: "OURSOURSOURSOURSOURS",
    secret: "never-to-be-shown-secret-of-ours",
};

/// A key that may export another project.
pub(crate) const THEIRS: Signer<'_> = Signer {
    id: "THEIRSTHEIRSTHEIRSTH",
    secret: "never-to-be-shown-secret-of-theirs",
};

/// The project of [`THEIRS`].
pub(crate) const OTHER: &str = "another";

/// A service that knows [`OURS`], [`THEIRS`] and a token for each project.
pub(crate) fn service(database: &Database) -> Service {
    Service::start_with(database, |settings| {
        let identity = &mut settings.identity;
        identity.access_keys = vec![
            access_key(OURS.id, OURS.secret, PROJECT, &["te_admin"]),
            access_key(THEIRS.id, THEIRS.secret, OTHER, &["te_admin"]),
        ];
        identity
            .tokens
            .push(token(&secret("theirs"), OTHER, &["te_admin"]));
    })
}

/// The path of the export of a project.
pub(crate) fn path(project: &str) -> String {
    format!("/v2/{project}/connections/desktops/export")
}

/// The headers that the vendor's Python SDK signs.
pub(crate) const PYTHON: [(&str, &str); 4] = [
    ("Content-Type", "application/json"),
    ("Host", "127.0.0.1:8080"),
    ("User-Agent", "huaweicloud-usdk-python/3.0; Linux"),
    ("X-Project-Id", PROJECT),
];

fn send(service: &Service, request: &Request) -> Answer {
    service.raw(&request.bytes())
}

#[test]
fn what_each_sdk_signs_is_let_in() {
    let database = Database::sqlite();
    database.fill(
        PROJECT,
        [
            bare("1", "2020-04-13T02:00Z"),
            bare("2", "2020-04-14T02:00Z"),
        ],
    );
    let service = service(&database);
    let query = [
        ("start_time", "2020-04-13T10:00:00+08:00"),
        ("end_time", "2020-04-14T02:00Z"),
        ("time_zone", "Asia/Shanghai"),
        ("user_name", ""),
    ];
    // With content-type, without it, and without host too; and the least that there can be.
    for headers in [&PYTHON[..], &PYTHON[1..], &PYTHON[2..], &[]] {
        let request = OURS.sign("GET", &path(PROJECT), &query, headers, "");
        // The same again is the same request: a client may try again.
        for _ in 0..2 {
            let answer = send(&service, &request);
            assert_eq!(answer.status, 200, "{headers:?}: {answer:?}");
            assert_eq!(sheets(&answer.body)[0].texts("Transaction ID"), ["1"]);
        }
    }
}

#[test]
fn a_body_is_signed_or_said_to_be_unsigned() {
    let database = Database::sqlite();
    let service = service(&database);
    let json = ("Content-Type", "application/json");
    let sign =
        |headers: &[(&str, &str)], body: &str| OURS.sign("GET", &path(PROJECT), &[], headers, body);
    assert_eq!(send(&service, &sign(&[json], "{}")).status, 200);
    let mut changed = sign(&[json], "{}");
    changed.body = b"[]".to_vec();
    assert_code(
        &send(&service, &changed),
        ErrorCode::WrongSignature,
        "another body",
    );
    changed.body.clear();
    assert_code(
        &send(&service, &changed),
        ErrorCode::WrongSignature,
        "no body",
    );
    // A hash that is sent must be that of the body, signed or not.
    let hash = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    let hashed = sign(&[json, ("X-Sdk-Content-Sha256", hash)], "{}");
    assert_eq!(send(&service, &hashed).status, 200);
    let mut changed = hashed;
    changed.body = b"[]".to_vec();
    assert_code(
        &send(&service, &changed),
        ErrorCode::WrongSignature,
        "another hash",
    );
    let unsigned = sign(&[json], "{}").with("X-Sdk-Content-Sha256", "UNSIGNED-PAYLOAD");
    assert_code(
        &send(&service, &unsigned),
        ErrorCode::WrongSignature,
        "unsigned later",
    );
}

#[test]
fn a_key_is_for_its_project_alone() {
    let database = Database::sqlite();
    database.fill(OTHER, [bare("1", "2020-04-13T02:00Z")]);
    let service = service(&database);
    let named = |signer: Signer<'_>, project: &str, named: &str| {
        let request = signer.sign("GET", &path(project), &[], &[("X-Project-Id", named)], "");
        send(&service, &request)
    };
    assert_eq!(named(THEIRS, OTHER, OTHER).status, 200);
    assert_code(&named(OURS, OTHER, PROJECT), ErrorCode::Forbidden, "path");
    let answer = named(OURS, PROJECT, OTHER);
    assert_code(&answer, ErrorCode::Forbidden, "header");
    let reason = decoded(&decode(&service, TOKEN, &answer.authorization_message()));
    assert_eq!(reason["rule"], "other_project");
    assert_eq!(reason["project_id"], OTHER);
    assert_code(&named(OURS, OTHER, OTHER), ErrorCode::Forbidden, "both");
    for none in ["", &"x".repeat(256)] {
        let answer = named(OURS, PROJECT, none);
        assert_code(&answer, ErrorCode::InvalidProjectId, none);
    }
    // Of a token too.
    let answer = service.get(
        &path(PROJECT),
        &[("X-Auth-Token", TOKEN), ("X-Project-Id", OTHER)],
    );
    assert_code(&answer, ErrorCode::Forbidden, "token");
}

#[test]
fn where_there_is_a_signature_it_decides() {
    let database = Database::sqlite();
    let service = service(&database);
    let signed = |signer: Signer<'_>| signer.sign("GET", &path(PROJECT), &[], &[], "");
    for token in [&secret("nobody"), &secret("theirs"), TOKEN] {
        let answer = send(&service, &signed(OURS).with("X-Auth-Token", token));
        assert_eq!(answer.status, 200, "{token}");
    }
    let forged = Signer {
        secret: "never-to-be-shown-guess",
        ..OURS
    };
    let answer = send(&service, &signed(forged).with("X-Auth-Token", TOKEN));
    assert_code(&answer, ErrorCode::WrongSignature, "forged");
    let unknown = Signer {
        id: "NOBODY",
        ..OURS
    };
    let answer = send(&service, &signed(unknown).with("X-Auth-Token", TOKEN));
    assert_code(&answer, ErrorCode::Unauthenticated, "unknown");
    let headers = [("Authorization", "Basic YTpi"), ("X-Auth-Token", TOKEN)];
    let answer = service.get(&path(PROJECT), &headers);
    assert_code(&answer, ErrorCode::Unauthenticated, "another scheme");
}

#[test]
fn many_wrong_signatures_must_wait_and_a_right_one_never() {
    let database = Database::sqlite();
    let service = service(&database);
    let forged = Signer {
        secret: "never-to-be-shown-guess",
        ..OURS
    }
    .sign("GET", &path(PROJECT), &[], &[], "");
    for _ in 0..10 {
        assert_code(
            &send(&service, &forged),
            ErrorCode::WrongSignature,
            "one of ten",
        );
    }
    let answer = send(&service, &forged);
    assert_code(&answer, ErrorCode::TooManyRequests, "the eleventh");
    let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait));
    let right = OURS.sign("GET", &path(PROJECT), &[], &[], "");
    assert_eq!(send(&service, &right).status, 200);
}

fn a_key_of_the_database_works_until_it_is_revoked(database: &Database) {
    let mut settings = Settings::defaults().unwrap();
    settings.identity.sealing_keys = vec![sealing_key("a", b'a')];
    let sealer = settings.identity.secret_sealer().unwrap().unwrap();
    let keys: &dyn AccessKeyStore = database.store().access_keys();
    let principal = Principal::new("ann", ProjectId::new(PROJECT).unwrap(), ["te_admin"]);
    let now = parse_time("2020-05-01T08:00Z").unwrap();
    let add = || {
        let key = GeneratedAccessKey::generate().unwrap();
        let sealed_secret = sealer.seal(&key.id, &principal, &key.secret).unwrap();
        keys.add(&NewAccessKey {
            id: &key.id,
            principal: &principal,
            sealed_secret: &sealed_secret,
            created_at: now,
        })
        .unwrap();
        key
    };
    let service = Service::start_with(database, |changed| {
        let keys = &settings.identity.sealing_keys;
        changed.identity.sealing_keys.clone_from(keys);
        changed.identity.access_key_cache_seconds = 0;
    });
    let ask = |key: &GeneratedAccessKey| {
        let signer = Signer {
            id: &key.id,
            secret: key.secret.expose_secret(),
        };
        send(
            &service,
            &signer.sign("GET", &path(PROJECT), &[], &PYTHON, ""),
        )
    };
    let (first, second) = (add(), add());
    assert_eq!(ask(&first).status, 200);
    keys.revoke(&first.id, now).unwrap();
    assert_code(&ask(&first), ErrorCode::Unauthenticated, "revoked");
    assert_eq!(ask(&second).status, 200);
    // A key that comes while the service runs is known too.
    assert_eq!(ask(&add()).status, 200);

    // A service without the sealing key knows none of them.
    let without = Service::start(database);
    let signer = Signer {
        id: &second.id,
        secret: second.secret.expose_secret(),
    };
    let answer = send(
        &without,
        &signer.sign("GET", &path(PROJECT), &[], &PYTHON, ""),
    );
    assert_code(
        &answer,
        ErrorCode::Unauthenticated,
        "without the sealing key",
    );
}
