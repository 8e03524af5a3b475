use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

use deskledger_limiter::Progress;

use super::control::{ConnectionControl, CutReason, Waiting};
use super::metrics::ConnectionMetrics;
use super::peer::{Proxies, counted};
use super::refusal;
use super::registry::{ConnectionLimits, Connections};
use super::transfer::Wanted;
use super::watch::{look, stretches_a_stop, verdict};

fn limits() -> ConnectionLimits {
    ConnectionLimits {
        all: 6,
        per_peer: 5,
        unauthenticated: 3,
        head: Duration::from_secs(10),
        idle: Duration::from_secs(60),
        slow_reader: Duration::from_secs(30),
        proxies: Proxies::new(
            ["10.0.0.0/8", "::1/128"]
                .map(|network| network.parse().unwrap())
                .into(),
        ),
    }
}

fn connections() -> Connections {
    Connections::new(limits(), ConnectionMetrics::default())
}

fn peer(number: u8) -> IpAddr {
    IpAddr::from([192, 0, 2, number])
}

#[track_caller]
fn admit(connections: &Connections, peer: impl Into<Option<IpAddr>>) -> Arc<ConnectionControl> {
    let control = connections.control(peer.into());
    assert!(connections.admit(&control), "no room");
    control
}

/// A connection on which a request with valid credentials runs.
#[track_caller]
fn busy(connections: &Connections, peer: impl Into<Option<IpAddr>>) -> Arc<ConnectionControl> {
    let control = admit(connections, peer);
    control.begin_request();
    control.authenticated().unwrap();
    control
}

fn cut(control: &ConnectionControl) -> bool {
    control.aborted() == Some(CutReason::Displaced)
}

#[test]
fn a_newcomer_displaces_the_oldest_stranger_and_nobody_who_is_known() {
    let connections = connections();
    let known = busy(&connections, peer(1));
    let strangers: Vec<_> = (0..3).map(|_| admit(&connections, peer(1))).collect();
    let newcomer = admit(&connections, peer(1));
    let were_cut: Vec<_> = strangers.iter().map(|stranger| cut(stranger)).collect();
    assert_eq!(were_cut, [true, false, false]);
    assert!(!cut(&known) && !cut(&newcomer));
    let counts = connections.counts();
    assert_eq!((counts.all, counts.unauthenticated, counts.busy), (4, 3, 1));
}

#[test]
fn a_stranger_that_is_about_to_be_answered_is_displaced_after_those_that_are_waited_for() {
    let connections = connections();
    let being_judged = admit(&connections, None);
    being_judged.begin_request();
    let waits = admit(&connections, None);
    let sends_body = admit(&connections, None);
    sends_body.begin_request();
    let _wait = sends_body.waiting_for_body();
    admit(&connections, None);
    assert!(cut(&waits) && !cut(&being_judged) && !cut(&sends_body));
    admit(&connections, None);
    assert!(cut(&sends_body) && !cut(&being_judged));
}

#[test]
fn a_known_client_that_rests_makes_room_and_one_that_is_busy_does_not() {
    let connections = connections();
    let busy: Vec<_> = (0..3)
        .map(|number| busy(&connections, peer(number)))
        .collect();
    let full = admit(&connections, peer(9));
    full.begin_request();
    assert!(full.authenticated().is_err(), "newcomers keep their room");
    busy[1].end_request();
    busy[0].end_request();
    assert!(full.authenticated().is_ok());
    for _ in 0..2 {
        admit(&connections, peer(8));
    }
    assert_eq!(connections.counts().all, 6);
    // Who has rested longest goes first.
    admit(&connections, peer(7));
    let were_cut: Vec<_> = busy.iter().map(|control| cut(control)).collect();
    assert_eq!(were_cut, [false, true, false]);
}

#[test]
fn an_address_has_its_limit_and_a_trusted_proxy_has_none() {
    let connections = connections();
    let known: Vec<_> = (0..3).map(|_| busy(&connections, peer(1))).collect();
    let stranger = admit(&connections, peer(1));
    admit(&connections, peer(1));
    admit(&connections, peer(1));
    assert!(cut(&stranger) && !known.iter().any(|control| cut(control)));

    let mut limits = limits();
    (limits.all, limits.per_peer) = (100, 2);
    let connections = Connections::new(limits, ConnectionMetrics::default());
    let _known = [busy(&connections, peer(1)), busy(&connections, peer(1))];
    assert!(
        !connections.admit(&connections.control(Some(peer(1)))),
        "nobody of them rests"
    );
    let proxy = Some(IpAddr::from([10, 1, 1, 1]));
    for _ in 0..10 {
        busy(&connections, proxy);
    }
    let client = IpAddr::from([198, 51, 100, 1]);
    let first = connections.forwarded(client).ok().unwrap();
    let _second = connections.forwarded(client).ok().unwrap();
    assert!(connections.forwarded(client).is_err());
    drop(first);
    assert!(connections.forwarded(client).is_ok());
}

#[test]
fn connections_that_end_are_forgotten() {
    let connections = connections();
    let control = busy(&connections, peer(1));
    connections.remove(control.id());
    control.end_request();
    assert_eq!(connections.counts().all, 0);
    assert!(connections.admit(&connections.control(Some(peer(1)))));
}

#[test]
fn what_is_waited_for_follows_the_connection() {
    let connections = connections();
    let control = admit(&connections, None);
    assert!(matches!(control.waiting(), Waiting::ForHead(_)));
    control.came();
    control.begin_request();
    assert_eq!(control.waiting(), Waiting::Nothing);
    control.blocked();
    assert!(matches!(control.waiting(), Waiting::ForReader(_)));
    control.left(1);
    control.end_request();
    assert_eq!(
        control.waiting(),
        Waiting::Nothing,
        "the answer has not left"
    );
    control.flushed();
    assert!(matches!(control.waiting(), Waiting::Idle(_)));
    control.came();
    assert!(matches!(control.waiting(), Waiting::ForHead(_)));
}

#[test]
fn an_answer_that_is_read_too_slowly_ends_while_somebody_waits_and_only_then() {
    struct Crowd(Arc<AtomicBool>);
    impl Wanted for Crowd {
        fn is_wanted(&self) -> bool {
            self.0.load(Ordering::Relaxed)
        }
    }
    let connections = connections();
    let control = busy(&connections, None);
    let somebody_waits = Arc::new(AtomicBool::new(false));
    let second = Duration::from_secs(1);
    let guard = control.transfer(
        Progress::new(1000, 2 * second),
        Crowd(Arc::clone(&somebody_waits)),
    );
    let is_cut = || {
        look(&connections, second);
        control.aborted().is_some()
    };
    // The service is waited for, and not the client.
    assert!(!is_cut() && !is_cut() && !is_cut());
    control.blocked();
    assert!(!is_cut() && !is_cut() && !is_cut(), "nobody waits");
    somebody_waits.store(true, Ordering::Relaxed);
    for _ in 0..3 {
        control.left(1500);
        control.blocked();
        assert!(!is_cut());
    }
    // A little, again and again, is too slow as well.
    control.left(100);
    control.blocked();
    assert!(!is_cut());
    control.left(100);
    control.blocked();
    assert!(is_cut());
    assert_eq!(control.aborted(), Some(CutReason::BelowMinimumRate));
    drop(guard);
}

#[test]
fn a_wait_has_its_end() {
    let limits = limits();
    let seconds = Duration::from_secs;
    for (waiting, expected) in [
        (Waiting::ForHead(seconds(9)), None),
        (Waiting::ForHead(seconds(10)), Some(CutReason::SlowHead)),
        (Waiting::Idle(seconds(60)), None),
        (Waiting::Idle(seconds(65)), Some(CutReason::Idle)),
        (Waiting::ForReader(seconds(29)), None),
        (Waiting::ForReader(seconds(30)), Some(CutReason::SlowReader)),
        (Waiting::ForBody, None),
        (Waiting::Nothing, None),
    ] {
        assert_eq!(verdict(waiting, &limits), expected, "{waiting:?}");
    }
    let stopping = seconds(2);
    assert!(stretches_a_stop(Waiting::ForBody, true, stopping));
    assert!(!stretches_a_stop(Waiting::ForBody, true, Duration::ZERO));
    assert!(!stretches_a_stop(Waiting::ForBody, false, stopping));
    assert!(!stretches_a_stop(Waiting::Nothing, true, stopping));
}

#[test]
fn the_first_reason_of_a_cut_counts() {
    let connections = connections();
    let control = admit(&connections, None);
    control.abort(CutReason::SlowReader);
    control.abort(CutReason::Stopping);
    assert_eq!(control.aborted(), Some(CutReason::SlowReader));
}

#[test]
fn a_proxy_that_is_trusted_says_who_its_client_is_and_nobody_else_does() {
    let proxies = limits().proxies;
    let client = |peer: &str, headers: &[(&'static str, &'static str)]| {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect();
        let client = proxies.client(peer.parse().unwrap(), &headers);
        client.map(|address| address.to_string())
    };
    let forwarded_for = "x-forwarded-for";
    for (peer, headers, expected) in [
        ("192.0.2.1", &[(forwarded_for, "1.2.3.4")][..], None),
        ("10.1.1.1", &[], None),
        ("10.1.1.1", &[(forwarded_for, "1.2.3.4")], Some("1.2.3.4")),
        (
            "::ffff:10.1.1.1",
            &[(forwarded_for, "1.2.3.4")],
            Some("1.2.3.4"),
        ),
        // What stands before was sent by the client.
        (
            "::1",
            &[(forwarded_for, "6.6.6.6, 1.2.3.4, 10.2.2.2")],
            Some("1.2.3.4"),
        ),
        (
            "::1",
            &[(forwarded_for, "6.6.6.6, unknown, 10.2.2.2")],
            None,
        ),
        ("::1", &[(forwarded_for, "1.2.3.4:80")], Some("1.2.3.4")),
        (
            "::1",
            &[(forwarded_for, "[2001:db8::1]:80")],
            Some("2001:db8::1"),
        ),
        (
            "::1",
            &[(
                "forwarded",
                "for=6.6.6.6, For=\"[2001:db8::2]:9\";proto=https;by=10.1.1.1",
            )],
            Some("2001:db8::2"),
        ),
        // What the client wrote into a pair of the proxy is no address, nor is what it left open before.
        (
            "::1",
            &[("forwarded", "host=\"a;for=6.6.6.6\";for=1.2.3.4")],
            Some("1.2.3.4"),
        ),
        (
            "::1",
            &[("forwarded", "for=1.2.3.4;host=\"a, for=6.6.6.6\"")],
            Some("1.2.3.4"),
        ),
        (
            "::1",
            &[("forwarded", "for=6.6.6.6;x=\", for=1.2.3.4;host=\"a\"")],
            None,
        ),
        ("::1", &[("forwarded", "for=6.6.6.6;for=1.2.3.4")], None),
        (
            "::1",
            &[(forwarded_for, "\"6.6.6.6, 1.2.3.4")],
            Some("1.2.3.4"),
        ),
    ] {
        let found = client(peer, headers);
        assert_eq!(found.as_deref(), expected, "{peer} {headers:?}");
    }
}

#[test]
fn an_ipv6_address_counts_with_its_network() {
    let address = |text: &str| counted(text.parse().unwrap());
    assert_eq!(address("2001:db8::1"), address("2001:db8::2"));
    assert_ne!(address("2001:db8::1"), address("2001:db8:0:1::1"));
    assert_eq!(address("::ffff:192.0.2.1"), address("192.0.2.1"));
    assert_ne!(address("192.0.2.1"), address("192.0.2.2"));
}

#[test]
fn only_an_error_that_the_server_writes_by_itself_is_replaced() {
    for (bytes, is_refusal) in [
        (
            &b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n"[..],
            true,
        ),
        (b"HTTP/1.0 431 Request Header Fields Too Large\r\n", true),
        (b"HTTP/1.1 100 Continue\r\n\r\n", false),
        (b"HTTP/1.1 200 OK\r\n", false),
        (b"HTTP/1.1 4", false),
        (b"400", false),
        (b"", false),
    ] {
        let found = refusal::of_server(bytes, false);
        assert_eq!(found.is_some(), is_refusal, "{}", bytes.escape_ascii());
    }
    assert_ne!(
        refusal::of_server(b"HTTP/1.1 400 Bad Request\r\n", true),
        refusal::of_server(b"HTTP/1.1 400 Bad Request\r\n", false)
    );
}
