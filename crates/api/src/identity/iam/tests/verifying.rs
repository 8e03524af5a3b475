use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};

use actix_web::ResponseError as _;
use actix_web::http::header::RETRY_AFTER;
use chrono::TimeDelta;
use deskledger_domain::{Clock, Principal};
use futures_util::FutureExt as _;
use futures_util::future::join_all;

use super::server::{Reply, Server, closed_url};
use super::*;
use crate::error::{ApiError, ErrorCode};
use crate::identity;
use crate::identity::iam::IamTokens;
use crate::identity::token::TokenVerifier as _;
use crate::metrics::Metrics;
use crate::settings::TokenSettings;

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

fn tokens(url: String, time: &Time) -> IamTokens {
    IamTokens::new(&settings(url), time.clock(), Metrics::new()).unwrap()
}

async fn verify(tokens: &IamTokens, token: &str) -> Result<Principal, ApiError> {
    tokens.verify(token.as_bytes(), None).await
}

async fn code(tokens: &IamTokens, token: &str) -> Option<ErrorCode> {
    verify(tokens, token).await.err().map(|error| error.code())
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
        (200, &domain, Some(ErrorCode::Forbidden)),
        (200, &late, Some(ErrorCode::TokenExpired)),
        (401, &domain, Some(ErrorCode::Unauthenticated)),
        (404, &domain, Some(ErrorCode::Unauthenticated)),
        (200, &"rubbish".to_owned(), Some(ErrorCode::IamUnavailable)),
        (302, &domain, Some(ErrorCode::IamUnavailable)),
        (403, &domain, Some(ErrorCode::IamUnavailable)),
        (500, &domain, Some(ErrorCode::IamUnavailable)),
    ] {
        let body = body.clone();
        let server = Server::start(move |_| Reply::new(status, &body));
        let tokens = tokens(server.url(), &Time::default());
        assert_eq!(code(&tokens, "foo").await, expected, "{status}");
        // From memory, the same.
        let requests = server.requests().len();
        assert_eq!(code(&tokens, "foo").await, expected, "{status}");
        assert_eq!(server.requests().len(), requests, "{status}");
    }
}

#[tokio::test]
async fn a_valid_token_is_its_user_and_expires_in_memory_too() {
    let server = Server::start(|_| Reply::new(200, &token_body()));
    let time = Time::default();
    let tokens = tokens(server.url(), &time);
    let principal = verify(&tokens, "foo").await.unwrap();
    assert_eq!(principal.user(), "ann");
    assert_eq!(principal.project_id().as_str(), "p1");
    assert_eq!(principal.roles().collect::<Vec<_>>(), ["te_admin"]);

    time.pass(3599);
    assert_eq!(code(&tokens, "foo").await, None);
    assert_eq!(server.requests().len(), 2);
    time.pass(1);
    assert_eq!(code(&tokens, "foo").await, Some(ErrorCode::TokenExpired));
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn what_cannot_be_a_token_is_refused_and_not_asked_about() {
    let server = Server::start(|_| Reply::new(200, &token_body()));
    let tokens = tokens(server.url(), &Time::default());
    for token in ["", "a b", "a\tb", "\u{e9}", "a\r\nb", "\u{7f}"] {
        let refused = code(&tokens, token).await;
        assert_eq!(refused, Some(ErrorCode::Unauthenticated), "{token:?}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn many_first_uses_of_one_token_ask_once() {
    let (server, open) = gated(|| Reply::new(200, &token_body()));
    let tokens = tokens(server.url(), &Time::default());
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
    let tokens = self::tokens(server.url(), &Time::default());
    drop(open);
    let uses = join_all((0..100).map(|_| verify(&tokens, "foo")));
    assert!(uses.await.iter().all(Result::is_err));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn tokens_are_asked_about_at_the_same_time() {
    let (server, open) = gated(|| Reply::new(200, &token_body()));
    let tokens = tokens(server.url(), &Time::default());
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
async fn whoever_asked_first_may_leave_and_the_others_get_their_answer() {
    let (server, open) = gated(|| Reply::new(200, &token_body()));
    let tokens = Arc::new(tokens(server.url(), &Time::default()));
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
    let tokens = tokens(server.url(), &Time::default());
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
    let mut settings = settings(server.url());
    settings.requests = 1;
    settings.request_timeout_seconds = 1;
    let tokens = IamTokens::new(&settings, Time::default().clock(), Metrics::new()).unwrap();
    let (first, second) = tokio::join!(code(&tokens, "foo"), code(&tokens, "bar"));
    assert_eq!(first, Some(ErrorCode::IamUnavailable));
    assert_eq!(second, Some(ErrorCode::TooManyRequests));
    assert_eq!(server.requests().len(), 1);
    // The permit is free again.
    drop(open);
    assert!(verify(&tokens, "baz").await.is_ok());
}

#[tokio::test]
async fn while_iam_is_away_only_tokens_it_knew_go_on_and_only_for_a_while() {
    let server = Server::start(|number| match number {
        0 => Reply::new(200, &token_body()),
        _ => Reply::new(503, ""),
    });
    let time = Time::default();
    let tokens = tokens(server.url(), &time);
    assert_eq!(code(&tokens, "foo").await, None);
    time.pass(60);
    assert_eq!(code(&tokens, "foo").await, None);
    // It was asked twice in vain, and is not asked again for some seconds.
    assert_eq!(server.requests().len(), 3);
    assert_eq!(code(&tokens, "foo").await, None);
    assert_eq!(server.requests().len(), 3);
    time.pass(299);
    assert_eq!(code(&tokens, "foo").await, None);
    assert_eq!(server.requests().len(), 5);
    time.pass(1);
    assert_eq!(code(&tokens, "foo").await, Some(ErrorCode::IamUnavailable));
}

#[tokio::test]
async fn a_client_is_told_when_to_try_again_and_not_what_went_wrong() {
    let tokens = tokens(closed_url(), &Time::default());
    for _ in 0..2 {
        let error = verify(&tokens, "foo").await.unwrap_err();
        let response = error.error_response();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers().get(RETRY_AFTER).unwrap(), "5");
        assert!(!error.to_string().contains("127.0.0.1"), "{error}");
        assert!(error.causes().starts_with("IAM did not answer: "));
    }
}

#[tokio::test]
async fn a_token_of_the_settings_needs_no_iam() {
    let mut settings = Settings::defaults().unwrap().identity;
    settings.iam.url = closed_url();
    settings.tokens = vec![TokenSettings {
        // The SHA-256 of `foo`.
        sha256: "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae".to_owned(),
        user: "bob".to_owned(),
        project_id: "p1".to_owned(),
        roles: Vec::new(),
    }];
    let tokens = {
        let iam = identity::iam(&settings, &Time::default().clock(), &Metrics::new()).unwrap();
        identity::tokens(&settings, iam.as_ref()).unwrap()
    };
    assert_eq!(tokens.verify(b"foo", None).await.unwrap().user(), "bob");
    let error = tokens.verify(b"bar", None).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::IamUnavailable);
}
