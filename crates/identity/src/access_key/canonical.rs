//! The canonical form of a request, which is what a signature covers (`contract.md` §7).
//!
//! It is made from what the handlers read, by the functions by which they read it, so that nobody can have signed one
//! request and ask another.

use std::borrow::Cow;

use sha2::{Digest as _, Sha256};

use super::CONTENT_SHA256;
use super::authorization::SignedHeaders;
use super::refusal::SignatureRefusal;
use crate::error::IdentityError;
use crate::request::{Header, Request};
use crate::url;

/// Stands for the hash of a body that is not signed.
const UNSIGNED: &[u8] = b"UNSIGNED-PAYLOAD";

/// What is known of the body of a request whose signature is looked at.
#[derive(Clone, Copy, Debug)]
pub enum SentBody<'a> {
    /// All of it.
    Whole(&'a [u8]),
    /// What the header `X-Sdk-Content-Sha256` says of it: it has not been read.
    Announced,
}

/// What proves that a body is the one that was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyProof {
    /// Nothing: it is not signed.
    None,
    /// Its hash, which is signed.
    Hash([u8; 32]),
    /// The signature alone, which can be looked at once all of the body is there.
    Signature,
}

impl BodyProof {
    /// Whether the proof says nothing against `body`, which is the whole.
    fn holds(self, body: &[u8]) -> bool {
        match self {
            Self::Hash(hash) => *Sha256::digest(body) == hash,
            Self::None | Self::Signature => true,
        }
    }

    /// Holds `body`, which is the whole, against the proof.
    ///
    /// # Errors
    /// When it is another one than was signed (401).
    pub fn check(self, body: &[u8]) -> Result<(), IdentityError> {
        if self.holds(body) {
            Ok(())
        } else {
            Err(SignatureRefusal::OtherBody.into())
        }
    }
}

/// What proves the body of a signed request, by its head.
///
/// # Errors
/// When the header `X-Sdk-Content-Sha256` is sent twice, or says something else than what it may.
pub(super) fn body_proof(request: &impl Request) -> Result<BodyProof, SignatureRefusal> {
    match the_one(request, CONTENT_SHA256)? {
        None => Ok(BodyProof::Signature),
        Some(UNSIGNED) => Ok(BodyProof::None),
        Some(hex) => {
            let mut hash = [0; 32];
            let length = base16ct::mixed::decode(hex, &mut hash).map_or(0, <[u8]>::len);
            if length == hash.len() {
                Ok(BodyProof::Hash(hash))
            } else {
                Err(SignatureRefusal::OtherBody)
            }
        }
    }
}

/// The canonical form of a request, as bytes, since the values of headers are bytes.
///
/// # Errors
/// When the request has no form that everybody reads in the same way.
pub(super) fn request(
    request: &impl Request,
    signed_headers: &SignedHeaders<'_>,
    body: SentBody<'_>,
) -> Result<Vec<u8>, IdentityError> {
    let mut form = format!(
        "{}\n{}\n{}\n",
        request.method(),
        path(request.path())?,
        query(request.query())?
    )
    .into_bytes();
    for name in signed_headers.iter() {
        form.extend_from_slice(name.as_bytes());
        form.push(b':');
        form.extend_from_slice(signed_value(request, name)?.trim_ascii());
        form.push(b'\n');
    }
    form.extend_from_slice(format!("\n{signed_headers}\n").as_bytes());
    form.extend_from_slice(&payload_hash(request, body)?);
    Ok(form)
}

/// The path: each segment percent-encoded, and `/` at the end.
fn path(path: &str) -> Result<String, SignatureRefusal> {
    let path = path
        .strip_prefix('/')
        .ok_or(SignatureRefusal::AmbiguousPath)?;
    let mut form = "/".to_owned();
    for segment in path.strip_suffix('/').unwrap_or(path).split('/') {
        let segment = url::decode(segment).ok_or(SignatureRefusal::AmbiguousPath)?;
        if matches!(segment.as_str(), "" | "." | "..") || segment.contains('/') {
            return Err(SignatureRefusal::AmbiguousPath);
        }
        form.extend(url::encode(&segment));
        form.push('/');
    }
    Ok(form)
}

/// The query: names and values percent-encoded, in ascending order.
fn query(query: &str) -> Result<String, IdentityError> {
    let mut pairs = url::pairs(query)?;
    pairs.sort_unstable();
    let mut form = String::new();
    for (name, value) in &pairs {
        if !form.is_empty() {
            form.push('&');
        }
        form.extend(url::encode(name));
        form.push('=');
        form.extend(url::encode(value));
    }
    Ok(form)
}

/// The value of a header that is signed.
fn signed_value<'a>(request: &'a impl Request, name: &str) -> Result<&'a [u8], SignatureRefusal> {
    let value = the_one(request, name)?;
    // Where the target of the request names a host, that one counts, whatever the header says (RFC 9112 §3.2.2).
    let target = request.authority().filter(|_| name == "host");
    target
        .map(str::as_bytes)
        .or(value)
        .ok_or_else(|| SignatureRefusal::Missing(name.to_owned()))
}

/// The value of a header that may be sent once at most.
///
/// # Errors
/// When it is sent more than once.
pub(super) fn the_one<'a>(
    request: &'a impl Request,
    name: &str,
) -> Result<Option<&'a [u8]>, SignatureRefusal> {
    match request.header(name) {
        Header::Missing => Ok(None),
        Header::One(value) => Ok(Some(value)),
        Header::Repeated => Err(SignatureRefusal::Repeated(name.to_owned())),
    }
}

/// The hash of the body in hexadecimal, or what stands for it.
fn payload_hash<'a>(
    request: &'a impl Request,
    body: SentBody<'_>,
) -> Result<Cow<'a, [u8]>, SignatureRefusal> {
    let given = the_one(request, CONTENT_SHA256)?;
    let proof = body_proof(request)?;
    match (body, given) {
        (SentBody::Whole(body), None) => {
            let hash = base16ct::lower::encode_string(&Sha256::digest(body));
            Ok(Cow::Owned(hash.into_bytes()))
        }
        (SentBody::Whole(body), Some(given)) if proof.holds(body) => Ok(Cow::Borrowed(given)),
        (SentBody::Announced, Some(given)) => Ok(Cow::Borrowed(given)),
        _ => Err(SignatureRefusal::OtherBody),
    }
}

#[cfg(test)]
mod tests {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::collection::vec;
    use proptest::proptest;

    use super::super::authorization::Authorization;
    use super::*;
    use crate::request::tests::TestRequest;

    fn canonical(request: &TestRequest, signed: &str, body: &[u8]) -> Result<String, String> {
        let header = format!(
            "SDK-HMAC-SHA256 Access=a, SignedHeaders={signed}, Signature={}",
            "0".repeat(64)
        );
        let signed = Authorization::parse(&header).unwrap().signed_headers;
        super::request(request, &signed, SentBody::Whole(body))
            .map(|form| String::from_utf8(form).unwrap())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_request_has_the_form_of_the_contract() {
        let request = TestRequest::get()
            .uri("/v2/p/b%63?limit=1&a=x")
            .insert_header(("Host", "h:1"))
            .insert_header(("X-Sdk-Date", "  20060102T150405Z\t"));
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(
            canonical(&request, "host;x-sdk-date", b"").unwrap(),
            format!(
                "GET\n/v2/p/bc/\na=x&limit=1\nhost:h:1\nx-sdk-date:20060102T150405Z\n\nhost;x-sdk-date\n{empty}"
            )
        );
    }

    #[test]
    fn the_query_of_the_contract_has_its_form() {
        let sent = "limit=1&enable=true&test=%E4%B8%80+(%26=?!%23%25.*)&path=/tmp/123&multi=3&multi=1&multi=2";
        let form = "enable=true&limit=1&multi=1&multi=2&multi=3&path=%2Ftmp%2F123\
                    &test=%E4%B8%80%20%28%26%3D%3F%21%23%25.%2A%29";
        assert_eq!(query(sent).unwrap(), form);
        // It is its own form.
        assert_eq!(query(form).unwrap(), form);
        assert_eq!(query("").unwrap(), "");
        assert_eq!(query("&b&&a=").unwrap(), "a=&b=");
        assert_eq!(query("~-_.=%7E").unwrap(), "~-_.=~");
        assert!(query("a=%zz").is_err());
    }

    #[test]
    fn a_path_is_decoded_once_and_encoded_again() {
        for (sent, form) in [
            ("/", Err(SignatureRefusal::AmbiguousPath)),
            ("/a", Ok("/a/")),
            ("/a/", Ok("/a/")),
            ("/a/b+c", Ok("/a/b%2Bc/")),
            ("/%61/%2541", Ok("/a/%2541/")),
            ("/%e9%a1%b9/~", Ok("/%E9%A1%B9/~/")),
            ("/a/%2F/b", Err(SignatureRefusal::AmbiguousPath)),
            ("/a%2fb", Err(SignatureRefusal::AmbiguousPath)),
            ("//a", Err(SignatureRefusal::AmbiguousPath)),
            ("/a//b", Err(SignatureRefusal::AmbiguousPath)),
            ("/a//", Err(SignatureRefusal::AmbiguousPath)),
            ("/a/../b", Err(SignatureRefusal::AmbiguousPath)),
            ("/a/%2E%2e/b", Err(SignatureRefusal::AmbiguousPath)),
            ("/a/./b", Err(SignatureRefusal::AmbiguousPath)),
            ("/a/%ff", Err(SignatureRefusal::AmbiguousPath)),
            ("/a/%4", Err(SignatureRefusal::AmbiguousPath)),
            ("*", Err(SignatureRefusal::AmbiguousPath)),
        ] {
            assert_eq!(path(sent), form.map(str::to_owned), "{sent}");
        }
    }

    #[test]
    fn a_signed_header_must_be_there_once() {
        let request = || TestRequest::get().uri("/a").insert_header(("X-A", "1"));
        assert!(
            canonical(&request(), "x-a", b"")
                .unwrap()
                .contains("\nx-a:1\n")
        );
        let missing = canonical(&request(), "x-a;x-b", b"").unwrap_err();
        assert!(missing.contains("x-b"), "{missing}");
        let twice = canonical(&request().append_header(("x-a", "1")), "x-a", b"").unwrap_err();
        assert!(twice.contains("more than once"), "{twice}");
    }

    #[test]
    fn the_host_of_the_target_counts_before_the_header() {
        let request = TestRequest::get()
            .uri("http://evil.example/a")
            .insert_header(("Host", "good.example"));
        let form = canonical(&request, "host", b"").unwrap();
        assert!(form.contains("\nhost:evil.example\n"), "{form}");
    }

    #[test]
    fn a_given_hash_must_be_that_of_the_body() {
        let hash = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";
        let request = |given: &str| {
            TestRequest::post()
                .uri("/a")
                .insert_header(("X-A", "1"))
                .insert_header(("X-Sdk-Content-Sha256", given))
        };
        for fine in [hash, &hash.to_uppercase(), "UNSIGNED-PAYLOAD"] {
            let form = canonical(&request(fine), "x-a", b"foo").unwrap();
            assert!(form.ends_with(fine), "{form}");
        }
        for wrong in ["", "unsigned-payload", &hash[1..], "e3b0"] {
            assert!(
                canonical(&request(wrong), "x-a", b"foo").is_err(),
                "{wrong}"
            );
        }
        let twice = request(hash).append_header(("X-Sdk-Content-Sha256", "UNSIGNED-PAYLOAD"));
        assert!(canonical(&twice, "x-a", b"foo").is_err());
    }

    proptest! {
        /// Whatever is written differently for the handlers is written differently in the canonical form.
        #[test]
        fn a_canonical_query_is_read_as_the_pairs_that_were_sent(pairs in vec((".{0,8}", ".{0,8}"), 0..5)) {
            let encoded: Vec<_> = pairs
                .iter()
                .filter(|(name, value)| !(name.is_empty() && value.is_empty()))
                .map(|(name, value)| format!(
                    "{}={}",
                    utf8_percent_encode(name, NON_ALPHANUMERIC),
                    utf8_percent_encode(value, NON_ALPHANUMERIC)
                ))
                .collect();
            let sent = encoded.join("&");
            let mut read = url::pairs(&sent).unwrap();
            read.sort();
            let form = query(&sent).unwrap();
            assert_eq!(url::pairs(&form).unwrap(), read);
            assert_eq!(query(&form).unwrap(), form);
        }

        #[test]
        fn a_canonical_path_is_read_as_the_segments_that_were_sent(segments in vec("[^/]{3,8}", 1..5)) {
            let sent = segments.iter().fold(String::new(), |sent, segment| {
                format!("{sent}/{}", utf8_percent_encode(segment, NON_ALPHANUMERIC))
            });
            let form = path(&sent).unwrap();
            let read: Vec<_> = form
                .trim_matches('/')
                .split('/')
                .map(|segment| url::decode(segment).unwrap())
                .collect();
            assert_eq!(read, segments);
        }
    }
}
