//! Before anything is written or much is read, the service checks that the caller may record and that the body is the one
//! that was signed.

use deskledger_api::ErrorCode;
use deskledger_tests::{
    Answer, Database, PROJECT, Request, Service, Signer, access_key, hexadecimal, secret, token,
};
use sha2::{Digest as _, Sha256};

use super::{array, events, identifiers, lines};
use crate::refusal::{assert_code, assert_refused};
use crate::signature::{OURS, service};

/// A head alone, which announces 100 MB.
fn announced(service: &Service, token: &str, project: &str) -> Answer {
    announced_with(service, &format!("x-auth-token: {token}\r\n"), project)
}

fn announced_with(service: &Service, headers: &str, project: &str) -> Answer {
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: x\r\n{headers}content-type: application/x-ndjson\r\n\
         content-length: 100000000\r\n\r\n",
        Service::record_path(project)
    );
    service.raw(head.as_bytes())
}

#[test]
fn a_caller_that_may_not_record_is_refused_before_their_body_is_read() {
    let database = Database::sqlite();
    let service = Service::start_with(&database, |settings| {
        settings.identity.tokens.extend([
            token(&secret("auditor"), PROJECT, &["wks_auditor"]),
            token(&secret("foreign"), "another", &["te_admin"]),
        ]);
        settings.identity.access_keys =
            vec![access_key(OURS.id, OURS.secret, PROJECT, &["te_admin"])];
    });
    for (name, code) in [
        ("nobody", ErrorCode::Unauthenticated),
        ("auditor", ErrorCode::Forbidden),
        ("foreign", ErrorCode::Forbidden),
    ] {
        assert_code(&announced(&service, &secret(name), PROJECT), code, name);
    }
    // So is a request that claims to be signed, and is not, in whatever way; also one whose body is signed, where nobody has
    // the key, or the time is over.
    let hmac = |id: &str, time: &str| {
        format!(
            "authorization: SDK-HMAC-SHA256 Access={id}, SignedHeaders=x-sdk-date, Signature={}\r\nx-sdk-date: {time}\r\n",
            "0".repeat(64)
        )
    };
    for headers in [
        "authorization: Bearer never-to-be-shown\r\n".to_owned(),
        hmac("nobody", "20200501T080000Z"),
        hmac(OURS.id, "20200501T070000Z"),
        format!(
            "authorization: SDK-HMAC-SHA256 Access=nobody, SignedHeaders=x-sdk-date, Signature={}\r\n\
             x-sdk-date: 20200501T080000Z\r\nx-sdk-content-sha256: UNSIGNED-PAYLOAD\r\n",
            "0".repeat(64)
        ),
    ] {
        let answer = announced_with(&service, &headers, PROJECT);
        assert_eq!(answer.status, 401, "{headers}");
    }
}

fn signed(headers: &[(&str, &str)], body: &[u8], said: Option<&str>) -> Request {
    let mut headers = headers.to_vec();
    headers.push(("content-type", "application/x-ndjson"));
    let path = Service::record_path(PROJECT);
    // The text whose hash is signed. Where the header gives the hash, that is signed instead.
    let text = String::from_utf8(body.to_vec()).unwrap();
    match said {
        None => OURS.sign("POST", &path, &[], &headers, &text),
        Some(said) => OURS.sign_as("POST", &path, &headers, &text, said),
    }
}

#[test]
fn a_signature_covers_what_is_recorded() {
    let database = Database::sqlite();
    let service = service(&database);
    let small = lines(&events(0..3));
    let other = lines(&events(3..6));
    // Larger than what the service reads before the caller is authenticated.
    let large = lines(&events(10..2_010));
    assert!(large.len() > 65_536);
    let hash = |body: &[u8]| hexadecimal(&Sha256::digest(body));
    let send = |request: &Request| service.raw(&request.bytes());

    let with_body = |mut request: Request, body: &[u8]| {
        request.body = body.to_vec();
        request
    };
    // Nothing of another body than the signed one is written.
    for (what, request) in [
        ("body", with_body(signed(&[], &small, None), &other)),
        (
            "hash",
            with_body(signed(&[], &small, Some(&hash(&small))), &other),
        ),
        (
            "large",
            with_body(
                signed(&[], &large, Some(&hash(&large))),
                &[&large[..], &other].concat(),
            ),
        ),
        ("no hash", signed(&[], &small, Some("SIGNED"))),
        (
            "half a hash",
            signed(&[], &small, Some(&hash(&small)[..62])),
        ),
    ] {
        assert_code(&send(&request), ErrorCode::WrongSignature, what);
        assert_eq!(identifiers(&service), Vec::<String>::new(), "{what}");
    }
    let forged = Signer {
        secret: "never-to-be-shown-guess",
        ..OURS
    };
    let path = Service::record_path(PROJECT);
    let headers = [("content-type", "application/x-ndjson")];
    let text = String::from_utf8(small.clone()).unwrap();
    let request = forged.sign_as("POST", &path, &headers, &text, "UNSIGNED-PAYLOAD");
    assert_code(&send(&request), ErrorCode::WrongSignature, "forged");
    assert_eq!(identifiers(&service), Vec::<String>::new());

    for (request, count) in [
        (signed(&[], &small, None), 3),
        (signed(&[], &other, Some(&hash(&other).to_uppercase())), 6),
        (signed(&[], &large, Some(&hash(&large))), 2_006),
        (
            with_body(
                signed(&[], b"", Some("UNSIGNED-PAYLOAD")),
                &lines(&events(5_000..5_004)),
            ),
            2_010,
        ),
    ] {
        let answer = send(&request);
        assert_eq!(
            answer.status,
            200,
            "{}",
            String::from_utf8_lossy(&answer.body)
        );
        assert_eq!(identifiers(&service).len(), count);
    }
}

#[test]
fn a_body_that_must_be_held_to_be_proved_is_bounded() {
    let database = Database::sqlite();
    let service = Service::start_with(&database, |settings| {
        let ours = deskledger_tests::access_key(OURS.id, OURS.secret, PROJECT, &["te_admin"]);
        settings.identity.access_keys.push(ours);
        settings.limits.record_held_bytes = 300_000;
    });
    let large = lines(&events(0..1_200));
    let huge = lines(&events(0..6_000));
    let hash = |body: &[u8]| hexadecimal(&Sha256::digest(body));
    let answer = service.raw(&signed(&[], &large, None).bytes());
    let hint =
        "more than 65536 bytes: a larger one that is signed needs the header X-Sdk-Content-Sha256";
    assert_refused(&answer, ErrorCode::BodyTooLarge, hint, "in the signature");
    let answer = service.raw(&signed(&[], &huge, Some(&hash(&huge))).bytes());
    let hint = "more than 300000 bytes: a larger one that is signed needs the header X-Sdk-Content-Sha256: UNSIGNED";
    assert_refused(&answer, ErrorCode::BodyTooLarge, hint, "by its hash");
    assert_eq!(identifiers(&service), Vec::<String>::new());
    let answer = service.raw(&signed(&[], &huge, Some("UNSIGNED-PAYLOAD")).bytes());
    assert_eq!(answer.status, 200);
    assert_eq!(identifiers(&service).len(), 6_000);
}

#[test]
fn a_signed_array_is_recorded_as_any_client_sends_it() {
    let database = Database::sqlite();
    let service = service(&database);
    let text = String::from_utf8(array(&events(0..3))).unwrap();
    let headers = [
        ("Content-Type", "application/json"),
        ("Host", "x"),
        ("X-Project-Id", PROJECT),
    ];
    let request = OURS.sign("POST", &Service::record_path(PROJECT), &[], &headers, &text);
    assert_eq!(service.raw(&request.bytes()).status, 200);
    assert_eq!(identifiers(&service).len(), 3);
}
