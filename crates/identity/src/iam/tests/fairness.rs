//! Questions to IAM are shared fairly by peer.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use chrono::TimeDelta;
use deskledger_domain::Clock;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::server::{Reply, Server};
use super::*;
use crate::error::{IdentityError, IdentityErrorKind as Kind};
use crate::iam::IamTokens;
use crate::token::TokenVerifier as _;

/// Much longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// An IAM that knows tokens that begin with `good`, and does not answer for those with `slow` in them until it is let go on.
struct Site {
    iam: Server,
    tokens: Arc<IamTokens>,
    gate: Arc<(Mutex<bool>, Condvar)>,
    seconds: Arc<AtomicI64>,
}

impl Site {
    /// With so many questions at once.
    fn new(requests: u32) -> Self {
        let gate = Arc::new((Mutex::new(false), Condvar::new()));
        let waiting = Arc::clone(&gate);
        let iam = Server::start_by_token(move |token| {
            if token.contains("slow") {
                let open = waiting.0.lock().unwrap();
                drop(waiting.1.wait_while(open, |open| !*open).unwrap());
            }
            if token.starts_with("good") {
                Reply::new(200, &token_body())
            } else {
                Reply::new(404, "{}")
            }
        });
        let seconds = Arc::new(AtomicI64::new(0));
        let passed = Arc::clone(&seconds);
        let clock = Clock::given(move || {
            expires_at() - TimeDelta::hours(1) + TimeDelta::seconds(passed.load(Ordering::SeqCst))
        });
        let options = IamOptions {
            requests,
            ..options(&iam.url())
        };
        let tokens = IamTokens::new(&options, clock, Arc::new(())).unwrap();
        Self {
            iam,
            tokens: Arc::new(tokens),
            gate,
            seconds,
        }
    }

    async fn verify(&self, token: &str, peer: u32) -> Result<(), IdentityError> {
        let verified = self.tokens.verify(token.as_bytes(), Some(address(peer)));
        timeout(PATIENCE, verified).await.unwrap().map(drop)
    }

    async fn refusal(&self, token: &str, peer: u32) -> Option<Kind> {
        let answer = self.verify(token, peer).await;
        answer.err().map(|error| error.kind())
    }

    /// Asks without waiting for the answer.
    fn begin(&self, token: impl Into<String>, peer: u32) -> JoinHandle<Option<Kind>> {
        let (tokens, token) = (Arc::clone(&self.tokens), token.into());
        tokio::task::spawn_local(async move {
            let answer = tokens.verify(token.as_bytes(), Some(address(peer))).await;
            answer.err().map(|error| error.kind())
        })
    }

    /// Makes suspects of these peers.
    async fn suspect(&self, peers: impl IntoIterator<Item = u32>) {
        for peer in peers {
            for number in 0..2 {
                let refusal = self.refusal(&format!("bad{number}of{peer}"), peer).await;
                assert_eq!(refusal, Some(Kind::Unauthenticated));
            }
        }
    }

    /// Waits until IAM was asked about so many tokens that it does not answer for, and a little longer.
    async fn until_slow(&self, count: usize) {
        let slow = || {
            self.iam
                .tokens()
                .iter()
                .filter(|token| token.contains("slow"))
                .count()
        };
        while slow() < count {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(slow(), count);
    }

    fn go_on(&self) {
        *self.gate.0.lock().unwrap() = true;
        self.gate.1.notify_all();
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.go_on();
    }
}

fn address(peer: u32) -> IpAddr {
    Ipv4Addr::from_bits(0x0a00_0000 + peer).into()
}

async fn locally(test: impl Future<Output = ()>) {
    tokio::task::LocalSet::new().run_until(test).await;
}

#[tokio::test]
async fn suspects_share_three_quarters_of_the_questions_and_keep_nobody_else_waiting() {
    locally(async {
        let site = Site::new(4);
        site.suspect(1..=10).await;
        for peer in 1..=10 {
            site.begin(format!("slow{peer}"), peer);
        }
        site.until_slow(3).await;
        // One who was never there, from an address of its own.
        assert_eq!(site.refusal("good1", 11).await, None);
        assert_eq!(site.refusal("good2", 11).await, None);
        let (_, suspects) = site.tokens.watched();
        assert_eq!(suspects(), 10);
    })
    .await;
}

#[tokio::test]
async fn one_address_has_three_quarters_and_what_waits_for_it_is_bounded() {
    locally(async {
        let site = Site::new(4);
        for number in 0..3 + 16 {
            site.begin(format!("slow{number}"), 1);
        }
        site.until_slow(3).await;
        let refused = site.verify("good1", 1).await.unwrap_err();
        assert_eq!(refused.kind(), Kind::TooManyRequests);
        let IdentityError::Refused(refused) = refused else {
            panic!("{refused}");
        };
        assert_eq!(refused.retry_after, Some(Duration::from_secs(5)));
        assert_eq!(site.refusal("good2", 2).await, None);
        // What was not asked about is not remembered as unknown.
        site.go_on();
        while site.refusal("good1", 1).await.is_some() {}
    })
    .await;
}

#[tokio::test]
async fn a_token_that_was_valid_before_comes_first_and_goes_on_where_it_must_wait_too_long() {
    locally(async {
        let site = Site::new(1);
        assert_eq!(site.refusal("good1", 1).await, None);
        let first = site.begin("slow1", 2);
        site.until_slow(1).await;
        let strangers = [site.begin("bad1", 3), site.begin("bad2", 4)];
        tokio::task::yield_now().await;
        site.seconds.fetch_add(61, Ordering::SeqCst);
        let known = site.begin("good1", 1);
        tokio::task::yield_now().await;
        site.go_on();
        assert_eq!(known.await.unwrap(), None);
        for asked in strangers.into_iter().chain([first]) {
            assert_eq!(asked.await.unwrap(), Some(Kind::Unauthenticated));
        }
        assert_eq!(
            site.iam.tokens(),
            ["good1", "slow1", "good1", "bad1", "bad2"]
        );
    })
    .await;
}

#[tokio::test]
async fn a_peer_with_recent_good_tokens_comes_before_strangers() {
    locally(async {
        let site = Site::new(1);
        assert_eq!(site.refusal("good1", 1).await, None);
        let first = site.begin("slow1", 2);
        site.until_slow(1).await;
        let strangers: Vec<_> = (3..30)
            .map(|peer| site.begin(format!("bad{peer}"), peer))
            .collect();
        tokio::task::yield_now().await;
        let good = site.begin("good2", 1);
        tokio::task::yield_now().await;
        site.go_on();
        assert_eq!(good.await.unwrap(), None);
        let asked = site.iam.tokens();
        let position = asked.iter().position(|token| token == "good2").unwrap();
        assert_eq!(position, 2, "{asked:?}");
        for asked in strangers.into_iter().chain([first]) {
            // More than the queue holds were refused.
            assert!(asked.await.unwrap().is_some());
        }
    })
    .await;
}

#[tokio::test]
async fn refusals_wait_for_a_peer_that_brings_little_else_while_others_wait() {
    locally(async {
        let site = Site::new(4);
        site.suspect([1, 2]).await;
        // Nobody waits, so a refusal is quick.
        assert_eq!(site.refusal("bad", 1).await, Some(Kind::Unauthenticated));
        let slow: Vec<_> = (0..3)
            .map(|number| site.begin(format!("slow{number}"), 2))
            .collect();
        site.until_slow(3).await;
        let waiting = site.begin("bad3", 2);
        // A good token of a suspect's address is never held back.
        assert_eq!(site.refusal("good1", 3).await, None);
        assert_eq!(site.refusal("bad4", 3).await, Some(Kind::Unauthenticated));
        for number in 0..7 {
            site.refusal(&format!("bad5{number}"), 3).await;
        }
        let done = Arc::new(AtomicBool::new(false));
        let (refused, is_done) = (site.begin("bad6", 3), Arc::clone(&done));
        tokio::task::spawn_local(async move {
            let _ = refused.await;
            is_done.store(true, Ordering::SeqCst);
        });
        while !site.iam.tokens().contains(&"bad6".to_owned()) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert!(!done.load(Ordering::SeqCst));
        assert_eq!(site.refusal("good2", 3).await, None);
        // From memory it is refused at once.
        assert_eq!(site.refusal("bad6", 3).await, Some(Kind::Unauthenticated));
        drop((slow, waiting));
    })
    .await;
}
