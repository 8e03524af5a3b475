use chrono::{DateTime, Utc};
use deskledger_domain::{ProjectId, parse_time};
use secrecy::SecretString;

use super::*;
use crate::error::IdentityErrorKind as Kind;
use crate::request::tests::TestRequest;

/// A verifier that knows the key of the contract's vectors, at a time.
fn verifier(now: &str) -> SignatureVerifier {
    let mut keys = KeyRing::default();
    let principal = Principal::new("ann", ProjectId::new("p1").unwrap(), ["te_admin"]);
    keys.insert(
        "AccessKey".to_owned(),
        SecretString::from("SecretKey"),
        principal,
    );
    let now: DateTime<Utc> = parse_time(now).unwrap();
    SignatureVerifier::new(keys, Clock::fixed(now))
}

fn authorization(access: &str, signed: &str, signature: &str) -> (&'static str, String) {
    (
        "Authorization",
        format!("SDK-HMAC-SHA256 Access={access}, SignedHeaders={signed}, Signature={signature}"),
    )
}

/// The first vector.
const FIRST: &str = "5a2ce64c865e0e6046321c6f3d5a77ba8413eeaf355c3166c03d58d02ac79624";

fn first() -> TestRequest {
    TestRequest::get()
        .uri("/path?limit=1")
        .insert_header(("X-Sdk-Date", "20060102T150405Z"))
}

async fn refused(verifier: &SignatureVerifier, request: TestRequest, body: &[u8]) -> Kind {
    verifier
        .verify(&request, SentBody::Whole(body))
        .await
        .unwrap_err()
        .kind()
}

#[tokio::test]
async fn the_vectors_of_the_contract_are_right() {
    let verifier_then = verifier("2006-01-02T15:04:05Z");
    let request = first().insert_header(authorization("AccessKey", "x-sdk-date", FIRST));
    let principal = verifier_then
        .verify(&request, SentBody::Whole(b""))
        .await
        .unwrap();
    assert_eq!(principal.user(), "ann");

    let verifier_then = verifier("2020-06-08T02:39:00Z");
    for (request, body, signature) in [
        (
            TestRequest::get(),
            "",
            "cfb4171acec81de07d50e53d57eb77edd537414d66ddb1d7d780f128e12cd842",
        ),
        (
            TestRequest::post(),
            r#"{"name":"test","id":1}"#,
            "436b1ac0a1ae03705934bb70ef2f2e09f7bfed2117d731a38235053199323a1f",
        ),
    ] {
        let request = request
            .uri("/resources?size=1")
            .insert_header(("Host", "service.endpoint.myhuaweicloud.com"))
            .insert_header(("X-Sdk-Date", "20200608T023900Z"))
            .insert_header(authorization("AccessKey", "host;x-sdk-date", signature));
        verifier_then
            .verify(&request, SentBody::Whole(body.as_bytes()))
            .await
            .unwrap();
        assert!(
            verifier_then
                .verify(&request, SentBody::Whole(b"{}"))
                .await
                .is_err()
        );
    }
}

#[tokio::test]
async fn every_mistake_has_its_code() {
    let then = verifier("2006-01-02T15:04:05Z");
    let header = |access: &str| authorization(access, "x-sdk-date", FIRST);
    let fine = || first().insert_header(header("AccessKey"));
    for (request, code) in [
        (
            first().insert_header(("Authorization", "Bearer x")),
            Kind::Unauthenticated,
        ),
        (
            first().insert_header(("Authorization", &b"\xff"[..])),
            Kind::Unauthenticated,
        ),
        (
            fine().append_header(header("AccessKey")),
            Kind::Unauthenticated,
        ),
        (
            first().insert_header(header("Nobody")),
            Kind::Unauthenticated,
        ),
        (
            fine().append_header(("X-Sdk-Date", "20060102T150405Z")),
            Kind::Unauthenticated,
        ),
        (
            fine().insert_header(("X-Sdk-Date", "yesterday")),
            Kind::Unauthenticated,
        ),
        (
            first().insert_header(authorization("AccessKey", "host", FIRST)),
            Kind::Unauthenticated,
        ),
        (
            first().insert_header(authorization("AccessKey", "host;x-sdk-date", FIRST)),
            Kind::WrongSignature,
        ),
        (
            fine().insert_header(("X-Sdk-Date", "20060102T150406Z")),
            Kind::WrongSignature,
        ),
        (fine().uri("/path?limit=2"), Kind::WrongSignature),
        (fine().uri("/path2?limit=1"), Kind::WrongSignature),
        (fine().uri("/../path?limit=1"), Kind::Unauthenticated),
        (fine().uri("/path?limit=%f"), Kind::MalformedQuery),
        (fine().method("POST"), Kind::WrongSignature),
        (
            fine().insert_header(("X-Sdk-Content-Sha256", "UNSIGNED-PAYLOAD")),
            Kind::WrongSignature,
        ),
        (
            fine().insert_header(("X-Sdk-Content-Sha256", "0")),
            Kind::WrongSignature,
        ),
    ] {
        let refusal = then
            .verify(&request, SentBody::Whole(b""))
            .await
            .unwrap_err();
        assert_eq!(refusal.kind(), code, "{request:?}: {refusal}");
    }
    let later = verifier("2006-01-02T15:19:06Z");
    assert_eq!(refused(&later, fine(), b"").await, Kind::WrongSignature);
    assert_eq!(refused(&then, fine(), b"x").await, Kind::WrongSignature);
}

#[tokio::test]
async fn wrong_signatures_must_wait_and_right_ones_never() {
    let verifier = verifier("2006-01-02T15:04:05Z");
    let right = || first().insert_header(authorization("AccessKey", "x-sdk-date", FIRST));
    let wrong = || first().insert_header(authorization("AccessKey", "x-sdk-date", &"0".repeat(64)));
    for _ in 0..10 {
        let code = refused(&verifier, wrong(), b"").await;
        assert_eq!(code, Kind::WrongSignature);
    }
    let code = refused(&verifier, wrong(), b"").await;
    assert_eq!(code, Kind::TooManyRequests);
    verifier
        .verify(&right(), SentBody::Whole(b""))
        .await
        .unwrap();
}
