use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use deskledger_domain::{Clock, Principal, ProjectId, error_chain};
use futures_util::FutureExt as _;
use futures_util::future::join_all;

use super::server::{Reply, Server, closed_url};
use super::*;
use crate::error::{IdentityError, IdentityErrorKind as Kind};
use crate::iam::IamTokens;
use crate::token::{StaticTokens, StaticTokensOr, TokenHash, TokenVerifier as _};

/// A clock that a test moves; it begins an hour before the tokens expire.
#[derive(Clone, Default)]
struct Time(Arc<AtomicI64>);

impl Time {
    fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    fn clock(&self) -> Clock {
        let seconds = Arc::clone(&self.0);
        Clock::given(move || {
            expires_at() - TimeDelta::hours(1) + TimeDelta::seconds(seconds.load(Ordering::SeqCst))
        })
    }
}

fn tokens(url: &str, time: &Time) -> IamTokens {
    IamTokens::new(&options(url), time.clock(), Arc::new(())).unwrap()
}

async fn verify(tokens: &IamTokens, token: &str) -> Result<Principal, IdentityError> {
    tokens.verify(token.as_bytes(), None).await
}

async fn refusal(tokens: &IamTokens, token: &str) -> Option<Kind> {
    verify(tokens, token).await.err().map(|error| error.kind())
}

/// A server whose answers wait until the sender says so, once for each, or is dropped.
fn gated(reply: impl Fn() -> Reply + Send + Sync + 'static) -> (Server, Sender<()>) {
    let (open, gate) = channel();
    let gate = Mutex::new(gate);
    let server = Server::start(move |_| {
        let _ = gate.lock().unwrap().recv();
        reply()
    });
    (server, open)
}

async fn until(condition: impl Fn() -> bool) {
    while !condition() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn each_answer_of_iam_has_its_status_and_code() {
    let domain = token_body().replace("project", "domain");
    let late = token_body().replace(EXPIRES, "2026-11-23T13:00:00Z");
    for (status, body, expected) in [
        (200, &token_body(), None),
        (200, &domain, Some(Kind::NoProject)),
        (200, &late, Some(Kind::TokenExpired)),
        (401, &domain, Some(Kind::Unauthenticated)),
        (404, &domain, Some(Kind::Unauthenticated)),
        (200, &"rubbish".to_owned(), Some(Kind::IamUnavailable)),
        (302, &domain, Some(Kind::IamUnavailable)),
        (403, &domain, Some(Kind::IamUnavailable)),
        (500, &domain, Some(Kind::IamUnavailable)),
    ] {
        let body = body.clone();
        let server = Server::start(move |_| Reply::new(status, &body));
        let tokens = tokens(&server.url(), &Time::default());
        assert_eq!(refusal(&tokens, "foo").await, expected, "{status}");
        // From memory, the same.
        let requests = server.requests().len();
        assert_eq!(refusal(&tokens, "foo").await, expected, "{status}");
        assert_eq!(server.requests().len(), requests, "{status}");
    }
}

#[tokio::test]
async fn a_valid_token_is_its_user_and_expires_in_memory_too() {
    let server = Server::start(|_| Reply::new(200, &token_body()));
    let time = Time::default();
    let tokens = tokens(&server.url(), &time);
    let principal = verify(&tokens, "foo").await.unwrap();
    assert_eq!(principal.user(), "ann");
    assert_eq!(principal.project_id().as_str(), "p1");
    assert_eq!(principal.roles().collect::<Vec<_>>(), ["te_admin"]);

    time.pass(3599);
    assert_eq!(refusal(&tokens, "foo").await, None);
    assert_eq!(server.requests().len(), 2);
    time.pass(1);
    assert_eq!(refusal(&tokens, "foo").await, Some(Kind::TokenExpired));
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn what_cannot_be_a_token_is_refused_and_not_asked_about() {
    let server = Server::start(|_| Reply::new(200, &token_body()));
    let tokens = tokens(&server.url(), &Time::default());
    for token in ["", "a b", "a\tb", "\u{e9}", "a\r\nb", "\u{7f}"] {
        let refused = refusal(&tokens, token).await;
        assert_eq!(refused, Some(Kind::Unauthenticated), "{token:?}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn many_first_uses_of_one_token_ask_once() {
    let (server, open) = gated(|| Reply::new(200, &token_body()));
    let tokens = tokens(&server.url(), &Time::default());
    let opened = async {
        until(|| server.requests().len() == 1).await;
        drop(open);
    };
    let uses = join_all((0..100).map(|_| verify(&tokens, "foo")));
    let (answers, ()) = tokio::join!(uses, opened);
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(server.requests().len(), 1);
    // A failure too is one for all.
    let (server, open) = gated(|| Reply::new(403, ""));
    let tokens = self::tokens(&server.url(), &Time::default());
    drop(open);
    let uses = join_all((0..100).map(|_| verify(&tokens, "foo")));
    assert!(uses.await.iter().all(Result::is_err));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn tokens_are_asked_about_at_the_same_time() {
    let (server, open) = gated(|| Reply::new(200, &token_body()));
    let tokens = tokens(&server.url(), &Time::default());
    let opened = async {
        until(|| server.requests().len() == 4).await;
        drop(open);
    };
    let names: Vec<_> = (0..4).map(|number| format!("token{number}")).collect();
    let uses = join_all(names.iter().map(|token| verify(&tokens, token)));
    let (answers, ()) = tokio::join!(uses, opened);
    assert!(answers.iter().all(Result::is_ok));
}

#[tokio::test]
async fn the_caller_that_asked_first_may_leave_and_the_others_get_their_answer() {
    let (server, open) = gated(|| Reply::new(200, &token_body()));
    let tokens = Arc::new(tokens(&server.url(), &Time::default()));
    let ask = |tokens: &Arc<IamTokens>| {
        let tokens = Arc::clone(tokens);
        async move { verify(&tokens, "foo").await.is_ok() }
    };
    let mut first = Box::pin(ask(&tokens));
    assert!((&mut first).now_or_never().is_none());
    until(|| server.requests().len() == 1).await;
    let mut second = Box::pin(ask(&tokens));
    assert!((&mut second).now_or_never().is_none());
    drop(first);
    drop(open);
    assert!(second.await);
    assert!(ask(&tokens).await);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn an_answer_is_remembered_also_when_everybody_left() {
    let (server, open) = gated(|| Reply::new(200, &token_body()));
    let tokens = tokens(&server.url(), &Time::default());
    let mut only = Box::pin(verify(&tokens, "foo"));
    assert!((&mut only).now_or_never().is_none());
    until(|| server.requests().len() == 1).await;
    drop(only);
    drop(open);
    assert!(verify(&tokens, "foo").await.is_ok());
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn no_more_questions_than_allowed_are_under_way() {
    let (server, open) = gated(|| Reply::new(200, &token_body()));
    let mut options = options(&server.url());
    options.requests = 1;
    options.request_timeout = Duration::from_secs(1);
    let tokens = IamTokens::new(&options, Time::default().clock(), Arc::new(())).unwrap();
    let (first, second) = tokio::join!(refusal(&tokens, "foo"), refusal(&tokens, "bar"));
    assert_eq!(first, Some(Kind::IamUnavailable));
    assert_eq!(second, Some(Kind::TooManyRequests));
    assert_eq!(server.requests().len(), 1);
    // The permit is free again.
    drop(open);
    assert!(verify(&tokens, "baz").await.is_ok());
}

#[tokio::test]
async fn while_iam_is_unavailable_only_tokens_it_knew_go_on_and_only_for_a_while() {
    let server = Server::start(|number| match number {
        0 => Reply::new(200, &token_body()),
        _ => Reply::new(503, ""),
    });
    let time = Time::default();
    let tokens = tokens(&server.url(), &time);
    assert_eq!(refusal(&tokens, "foo").await, None);
    time.pass(60);
    assert_eq!(refusal(&tokens, "foo").await, None);
    // It was asked twice in vain, and is not asked again for some seconds.
    assert_eq!(server.requests().len(), 3);
    assert_eq!(refusal(&tokens, "foo").await, None);
    assert_eq!(server.requests().len(), 3);
    time.pass(299);
    assert_eq!(refusal(&tokens, "foo").await, None);
    assert_eq!(server.requests().len(), 5);
    time.pass(1);
    assert_eq!(refusal(&tokens, "foo").await, Some(Kind::IamUnavailable));
}

#[tokio::test]
async fn a_client_learns_when_to_try_again_and_not_what_went_wrong() {
    let tokens = tokens(&closed_url(), &Time::default());
    for _ in 0..2 {
        let error = verify(&tokens, "foo").await.unwrap_err();
        assert!(!error.to_string().contains("127.0.0.1"), "{error}");
        let IdentityError::Refused(refused) = error else {
            panic!("{error}");
        };
        assert_eq!(refused.kind, Kind::IamUnavailable);
        assert_eq!(refused.retry_after, Some(Duration::from_secs(5)));
        let cause = error_chain(&**refused.cause.as_ref().unwrap());
        assert!(cause.starts_with("IAM did not answer: "), "{cause}");
    }
}

#[tokio::test]
async fn a_token_of_the_settings_needs_no_iam() {
    let mut known = StaticTokens::default();
    let bob = Principal::new("bob", ProjectId::new("p1").unwrap(), ["te_admin"]);
    known.insert(TokenHash::of(b"foo"), bob);
    let tokens = StaticTokensOr::new(known, tokens(&closed_url(), &Time::default()));
    assert_eq!(tokens.verify(b"foo", None).await.unwrap().user(), "bob");
    let error = tokens.verify(b"bar", None).await.unwrap_err();
    assert_eq!(error.kind(), Kind::IamUnavailable);
}
