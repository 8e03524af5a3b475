use super::*;
use crate::iam::key::TokenHasher;

/// With the default times: 60 s, 300 s more, and 5 s.
fn cache(entries: usize) -> (TokenCache, TokenHasher) {
    let options = IamOptions {
        cache_entries: entries,
        ..crate::iam::tests::options("http://127.0.0.1")
    };
    (
        TokenCache::new(&options, Arc::new(())),
        TokenHasher::new().unwrap(),
    )
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

fn valid_until(seconds: i64) -> Verdict {
    Verdict::Valid(Grant {
        principal: None,
        expires_at: at(seconds),
    })
}

fn name(finding: Option<&Finding>) -> &'static str {
    match finding {
        None => "ask",
        Some(Finding::NotAsked(_)) => "not asked",
        Some(Finding::Valid(_)) => "valid",
        Some(Finding::Expired) => "expired",
        Some(Finding::Refused) => "refused",
        Some(Finding::Unknown(_)) => "unknown",
    }
}

fn check(cache: &TokenCache, key: &TokenKey, expected: &[(i64, &str)]) {
    for (second, expected) in expected {
        assert_eq!(
            name(cache.find(key, at(*second)).as_ref()),
            *expected,
            "{second}"
        );
    }
}

#[test]
fn a_valid_token_is_asked_about_once_a_minute() {
    let (cache, hasher) = cache(10);
    let key = hasher.key(b"foo");
    check(&cache, &key, &[(0, "ask")]);
    // The minute counts from the question, not from the answer.
    let finding = cache.keep(key, Ok(valid_until(3600)), at(0), at(4));
    assert_eq!(name(Some(&finding)), "valid");
    check(&cache, &key, &[(4, "valid"), (59, "valid"), (60, "ask")]);
    check(&cache, &hasher.key(b"bar"), &[(4, "ask")]);
}

#[test]
fn a_token_is_not_used_for_longer_than_it_lives_and_known_as_expired_from_then_on() {
    let (cache, hasher) = cache(10);
    let key = hasher.key(b"foo");
    cache.keep(key, Ok(valid_until(30)), at(0), at(0));
    let expected = [(29, "valid"), (30, "expired"), (90, "expired")];
    check(&cache, &key, &expected);
    let late = cache.keep(key, Ok(valid_until(30)), at(29), at(31));
    assert_eq!(name(Some(&late)), "expired");
}

#[test]
fn a_clock_that_was_set_back_prolongs_nothing() {
    let (cache, hasher) = cache(10);
    let key = hasher.key(b"foo");
    cache.keep(key, Ok(valid_until(3600)), at(0), at(0));
    check(&cache, &key, &[(-1, "ask"), (-3600, "ask")]);
}

#[test]
fn a_refused_token_is_asked_about_again_after_seconds() {
    let (cache, hasher) = cache(10);
    let key = hasher.key(b"foo");
    let finding = cache.keep(key, Ok(Verdict::Refused), at(0), at(1));
    assert_eq!(name(Some(&finding)), "refused");
    check(&cache, &key, &[(1, "refused"), (5, "refused"), (6, "ask")]);
    cache.keep(key, Ok(valid_until(3600)), at(2), at(2));
    check(&cache, &key, &[(3, "valid")]);
}

#[test]
fn a_token_that_was_revoked_is_not_valid_any_more_also_when_iam_becomes_unavailable() {
    let (cache, hasher) = cache(10);
    let key = hasher.key(b"foo");
    cache.keep(key, Ok(valid_until(3600)), at(0), at(0));
    cache.keep(key, Ok(Verdict::Refused), at(60), at(60));
    check(&cache, &key, &[(61, "refused"), (65, "ask")]);
    let finding = cache.keep(key, Err(IamError::Status(503)), at(65), at(65));
    assert_eq!(name(Some(&finding)), "unknown");
}

#[test]
fn while_iam_is_unavailable_a_token_goes_on_and_iam_is_asked_again_after_seconds() {
    let (cache, hasher) = cache(10);
    let key = hasher.key(b"foo");
    cache.keep(key, Ok(valid_until(3600)), at(0), at(0));
    let finding = cache.keep(key, Err(IamError::Status(503)), at(60), at(60));
    assert_eq!(name(Some(&finding)), "valid");
    check(&cache, &key, &[(64, "valid"), (65, "ask")]);
    // 60 s and 300 s after it was last called valid, it is over.
    let finding = cache.keep(key, Err(IamError::Status(503)), at(359), at(359));
    assert_eq!(name(Some(&finding)), "valid");
    check(&cache, &key, &[(359, "valid"), (360, "unknown")]);
    let finding = cache.keep(key, Err(IamError::Status(503)), at(364), at(364));
    assert_eq!(name(Some(&finding)), "unknown");
}

#[test]
fn while_iam_is_unavailable_no_token_goes_on_for_longer_than_it_lives() {
    let (cache, hasher) = cache(10);
    let key = hasher.key(b"foo");
    cache.keep(key, Ok(valid_until(62)), at(0), at(0));
    cache.keep(key, Err(IamError::Status(503)), at(60), at(60));
    check(&cache, &key, &[(61, "valid"), (62, "expired")]);
}

#[test]
fn a_token_that_nobody_knows_is_unknown_for_seconds_while_iam_is_unavailable() {
    let (cache, hasher) = cache(10);
    let key = hasher.key(b"foo");
    let finding = cache.keep(key, Err(IamError::Busy), at(0), at(0));
    assert_eq!(name(Some(&finding)), "unknown");
    check(&cache, &key, &[(4, "unknown"), (5, "ask")]);
}

#[test]
fn the_cache_is_bounded_and_rubbish_pushes_no_valid_token_out() {
    let (cache, hasher) = cache(100);
    let key = |prefix: &str, number: u32| hasher.key(format!("{prefix}{number}").as_bytes());
    for number in 0..100 {
        cache.keep(key("good", number), Ok(valid_until(3600)), at(0), at(0));
    }
    let before = cache.valid.len();
    for number in 0..10_000 {
        cache.keep(key("bad", number), Ok(Verdict::Refused), at(1), at(1));
        let busy = Err(IamError::Busy);
        cache.keep(key("away", number), busy, at(1), at(1));
    }
    assert_eq!(cache.valid.len(), before);
    assert!(before >= 50, "{before}");
    for number in 0..10_000 {
        cache.keep(key("good", number), Ok(valid_until(3600)), at(2), at(2));
    }
    assert!((1..=100).contains(&cache.valid.len()));
    assert!((1..=100).contains(&cache.failed.len()));
}
