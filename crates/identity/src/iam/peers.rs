//! What the peers of the service recently brought: good tokens, or tokens that IAM refused.

use deskledger_limiter::Key;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use quick_cache::sync::Cache;
use tokio::time::Instant;

/// How many peers with good tokens are remembered, and how many with refused ones. They are remembered apart, so that strangers
/// push no good peer out.
const PEERS: usize = 4096;

/// How long a peer is known for a good token.
const GOOD_TIME: Duration = Duration::from_secs(600);

/// How often it is noted at most that a peer brings good tokens.
const NOTE_INTERVAL: Duration = Duration::from_secs(60);

/// In this time the weight of refused tokens falls by half.
const HALF_LIFE: Duration = Duration::from_secs(60);

/// From this weight on, a peer that brought no good token is a suspect. The weight of one refused token is 1, so a
/// client whose token has expired is not yet a suspect.
const SUSPECT: f64 = 1.5;

/// From which weight on a peer brings many refused tokens.
const MANY: f64 = 8.0;

/// What questions to IAM are shared fairly between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Asker {
    /// All who use tokens that IAM called valid before.
    KnownToken,
    /// A peer that recently brought a good token, and few that were refused.
    Good(IpAddr),
    /// Any other peer that is no suspect.
    Peer(IpAddr),
    /// All peers that recently brought nothing but refused tokens.
    Suspects,
}

impl Key for Asker {
    fn rank(&self) -> u8 {
        match self {
            Self::KnownToken => 0,
            Self::Good(_) => 1,
            Self::Peer(_) => 2,
            Self::Suspects => 3,
        }
    }
}

/// What peers recently brought. It holds a bounded number of them.
#[derive(Debug)]
pub(super) struct Peers {
    /// When they last brought a good token.
    good: Cache<IpAddr, Instant>,
    refused: Cache<IpAddr, Refused>,
}

/// The refused tokens of a peer.
#[derive(Clone, Copy, Debug)]
struct Refused {
    /// How many they were, at `since`; old ones count less.
    weight: f64,
    since: Instant,
}

impl Refused {
    fn weight(self, now: Instant) -> f64 {
        let half_lives = (now - self.since).as_secs_f64() / HALF_LIFE.as_secs_f64();
        self.weight * (-half_lives).exp2()
    }
}

impl Peers {
    pub(super) fn new() -> Self {
        Self {
            good: Cache::new(PEERS),
            refused: Cache::new(PEERS),
        }
    }

    /// IAM called a token of this peer valid, now or a short while ago.
    pub(super) fn brought_good(&self, peer: IpAddr) {
        let now = Instant::now();
        let is_noted = |since: Instant| now - since < NOTE_INTERVAL;
        if !self.good.get(&peer).is_some_and(is_noted) {
            self.good.insert(peer, now);
        }
    }

    /// IAM refused a token of this peer.
    pub(super) fn brought_refused(&self, peer: IpAddr) {
        let now = Instant::now();
        let before = self.weight(peer, now);
        let weight = before + 1.0;
        self.refused.insert(peer, Refused { weight, since: now });
    }

    /// Under which key a peer asks about a token that IAM has not called valid yet.
    pub(super) fn asker(&self, peer: IpAddr) -> Asker {
        let now = Instant::now();
        let weight = self.weight(peer, now);
        if !self.is_good(peer, now) {
            return if weight < SUSPECT {
                Asker::Peer(peer)
            } else {
                Asker::Suspects
            };
        }
        if weight < MANY {
            Asker::Good(peer)
        } else {
            Asker::Peer(peer)
        }
    }

    /// Whether a peer is to wait for its refusals while others wait for IAM.
    pub(super) fn is_slowed_down(&self, peer: IpAddr) -> bool {
        let is_many = || self.weight(peer, Instant::now()) >= MANY;
        self.asker(peer) == Asker::Suspects || is_many()
    }

    /// How many peers are suspects now.
    pub(super) fn suspects(&self) -> usize {
        let now = Instant::now();
        let refused = self.refused.iter();
        refused
            .filter(|(peer, refused)| refused.weight(now) >= SUSPECT && !self.is_good(*peer, now))
            .count()
    }

    fn is_good(&self, peer: IpAddr, now: Instant) -> bool {
        let since = self.good.get(&peer);
        since.is_some_and(|since| now - since < GOOD_TIME)
    }

    fn weight(&self, peer: IpAddr, now: Instant) -> f64 {
        let refused = self.refused.get(&peer);
        refused.map_or(0.0, |refused| refused.weight(now))
    }
}

/// The peer of a request whose address is not known.
pub(super) const NOWHERE: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(number: u32) -> IpAddr {
        Ipv4Addr::from_bits(number).into()
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_is_a_suspect_after_two_refused_tokens_for_a_while() {
        let peers = Peers::new();
        assert_eq!(peers.asker(peer(1)), Asker::Peer(peer(1)));
        peers.brought_refused(peer(1));
        assert_eq!(peers.asker(peer(1)), Asker::Peer(peer(1)));
        peers.brought_refused(peer(1));
        assert_eq!(peers.asker(peer(1)), Asker::Suspects);
        assert_eq!(peers.asker(peer(2)), Asker::Peer(peer(2)));
        assert_eq!(peers.suspects(), 1);
        tokio::time::advance(HALF_LIFE).await;
        assert_eq!(peers.asker(peer(1)), Asker::Peer(peer(1)));
        assert_eq!(peers.suspects(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_good_token_makes_a_good_peer_unless_many_are_refused() {
        let peers = Peers::new();
        for _ in 0..5 {
            peers.brought_refused(peer(1));
        }
        assert!(peers.is_slowed_down(peer(1)));
        peers.brought_good(peer(1));
        assert_eq!(peers.asker(peer(1)), Asker::Good(peer(1)));
        assert!(!peers.is_slowed_down(peer(1)));
        assert_eq!(peers.suspects(), 0);
        for _ in 0..5 {
            peers.brought_refused(peer(1));
        }
        assert_eq!(peers.asker(peer(1)), Asker::Peer(peer(1)));
        assert!(peers.is_slowed_down(peer(1)));
        tokio::time::advance(GOOD_TIME).await;
        assert_eq!(peers.asker(peer(1)), Asker::Peer(peer(1)));
    }

    #[tokio::test(start_paused = true)]
    async fn strangers_push_no_good_peer_out_and_fill_no_memory() {
        let peers = Peers::new();
        peers.brought_good(peer(0));
        for number in 1..100_000 {
            peers.brought_refused(peer(number));
        }
        assert_eq!(peers.asker(peer(0)), Asker::Good(peer(0)));
        assert!(peers.refused.len() <= PEERS);
    }
}
