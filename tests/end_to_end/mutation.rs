//! Credentials that were right before one thing was changed at random: over a thousand, and none is accepted, none is
//! a 500. Those that were changed on purpose are in `forgery`.

use std::collections::BTreeSet;

use deskledger_tests::{Answer, Database, PROJECT, Request, TOKEN};
use rand::prelude::*;
use rand_chacha::ChaCha8Rng;

use crate::signature::{OURS, PYTHON, path, service};

/// How many random changes of signed requests, and of tokens.
const SIGNED: usize = 900;
const TOKENS: usize = 250;

/// The parts of a signed request that are changed at random.
const PARTS: [Part; 8] = [
    Part::Target,
    Part::Header("authorization"),
    Part::Header("x-sdk-date"),
    Part::Header("x-project-id"),
    Part::Header("host"),
    Part::Header("user-agent"),
    Part::Header("content-type"),
    Part::HeaderName,
];

#[derive(Clone, Copy, Debug)]
enum Part {
    Target,
    Header(&'static str),
    HeaderName,
}

/// A request as the vendor's Python SDK signs it.
pub(crate) fn signed() -> Request {
    let query = [
        ("computer_name", "JY 011"),
        ("language", "en_US"),
        ("start_time", "2020-04-13T01:59Z"),
        ("user_name", "张@local.com"),
    ];
    OURS.sign("GET", &path(PROJECT), &query, &PYTHON, "")
}

/// One byte is replaced by one of some class, removed, doubled, inserted, or swapped with the next.
fn change(bytes: &mut Vec<u8>, random: &mut ChaCha8Rng) {
    const CLASSES: [&[u8]; 6] = [
        b"abcxyzABCXYZ",
        b"0123456789",
        b"/%.?&=;,+:#~-_@\\\"",
        b" \t",
        b"\0\x01\x0b\x1f\x7f",
        b"\x80\xc3\xa9\xff",
    ];
    let at = random.random_range(0..bytes.len());
    let class = CLASSES.choose(random).unwrap();
    let other = *class.choose(random).unwrap();
    match random.random_range(0..6) {
        0 | 1 => bytes[at] = other,
        2 => bytes.insert(at, other),
        3 => drop(bytes.remove(at)),
        4 => bytes.insert(at, bytes[at]),
        _ => {
            let next = (at + 1) % bytes.len();
            bytes.swap(at, next);
        }
    }
}

/// What a request means. The service may accept a mutated request that means the same.
#[derive(PartialEq)]
struct Meaning {
    path: Vec<u8>,
    pairs: BTreeSet<Vec<u8>>,
    headers: BTreeSet<(Vec<u8>, Vec<u8>)>,
}

/// Blanks around the values of headers and around the commas of `Authorization` mean nothing, nor does the case of a
/// header's name, nor do empty pairs of a query, the order of pairs, a fragment, and a `=` without a value after it.
fn meaning(request: &Request) -> Meaning {
    let trim = |bytes: &[u8]| bytes.trim_ascii().to_vec();
    let target = request.target.split(|byte| *byte == b'#').next().unwrap();
    let (path, query) = match target.iter().position(|byte| *byte == b'?') {
        Some(at) => (&target[..at], &target[at + 1..]),
        None => (target, &b""[..]),
    };
    let pairs = query
        .split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| match pair.strip_suffix(b"=") {
        Some(name) if !name.contains(&b'=') => name.to_vec(),
        _ => pair.to_vec(),
    });
    let headers = request.headers.iter().map(|(name, value)| {
        let name = name.to_ascii_lowercase();
        let value = match name.as_slice() {
            b"authorization" => {
                let fields: Vec<_> = value.split(|byte| *byte == b',').map(trim).collect();
                fields.join(&b","[..])
            }
            _ => trim(value),
        };
        (name, value)
    });
    Meaning {
        path: path.to_vec(),
        pairs: pairs.collect(),
        headers: headers.collect(),
    }
}

/// Refused is refused, with whatever status says so.
pub(crate) fn assert_refused(answer: &Answer, what: &Request) {
    let shown = String::from_utf8_lossy(&what.bytes()).into_owned();
    assert!(
        matches!(answer.status, 400 | 401 | 403 | 404 | 405 | 429),
        "{} for {shown:?}",
        answer.status
    );
}

#[test]
fn no_signed_request_is_accepted_once_it_was_changed_at_random() {
    let database = Database::sqlite();
    let service = service(&database);
    let original = signed();
    assert_eq!(service.raw(&original.bytes()).status, 200);
    let mut random = ChaCha8Rng::seed_from_u64(4);
    let original_meaning = meaning(&original);
    let mut refused = 0;
    for part in PARTS.iter().cycle() {
        let mut request = original.clone();
        match part {
            Part::Target => change(&mut request.target, &mut random),
            Part::Header(name) => change(request.header_mut(name), &mut random),
            Part::HeaderName => {
                let (name, _) = request.headers.choose_mut(&mut random).unwrap();
                change(name, &mut random);
            }
        }
        if meaning(&request) == original_meaning {
            continue;
        }
        assert_refused(&service.raw(&request.bytes()), &request);
        refused += 1;
        if refused == SIGNED {
            break;
        }
    }
    // What was refused were the changes: the request itself is as good as before.
    assert_eq!(service.raw(&original.bytes()).status, 200);
}

#[test]
fn no_token_is_accepted_once_it_was_changed_at_random() {
    let database = Database::sqlite();
    let service = service(&database);
    let with_token = |token: &[u8]| Request {
        method: "GET".to_owned(),
        target: path(PROJECT).into(),
        headers: vec![
            (b"Host".to_vec(), b"x".to_vec()),
            (b"X-Auth-Token".to_vec(), token.to_vec()),
        ],
        body: Vec::new(),
    };
    let original = with_token(TOKEN.as_bytes());
    assert_eq!(service.raw(&original.bytes()).status, 200);
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let original_meaning = meaning(&original);
    let mut refused = 0;
    while refused < TOKENS {
        let mut token = TOKEN.as_bytes().to_vec();
        change(&mut token, &mut random);
        let request = with_token(&token);
        if meaning(&request) == original_meaning {
            continue;
        }
        assert_refused(&service.raw(&request.bytes()), &request);
        refused += 1;
    }
}
