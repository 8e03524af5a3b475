use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use super::control::{ConnectionControl, CutReason, Waiting};
use super::registry::ConnectionLimits;

/// Who is on a connection, as far as the service knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// No request with valid credentials has run yet.
    Stranger,
    /// One has run, and none runs now. The number says when the last one ended: a later one has a larger number.
    Idle(u64),
    /// One runs.
    Busy,
}

struct Entry {
    control: Arc<ConnectionControl>,
    peer: Option<IpAddr>,
    standing: Standing,
}

/// All connections, and whose turn it is to be cut.
#[derive(Default)]
pub(super) struct Rooms {
    entries: HashMap<u64, Entry>,
    /// By number, so that the oldest is first.
    strangers: BTreeSet<u64>,
    /// By the end of their last request, with their numbers.
    idle: BTreeMap<u64, u64>,
    peers: HashMap<IpAddr, usize>,
    rests: u64,
}

/// How many connections there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ConnectionCounts {
    /// In all.
    pub(crate) all: usize,
    /// Those on which no request with valid credentials has run yet.
    pub(crate) unauthenticated: usize,
    /// Those on which such a request runs.
    pub(crate) busy: usize,
}

impl ConnectionCounts {
    /// Those on which no request with valid credentials runs.
    pub(crate) const fn rest(self) -> usize {
        self.all - self.busy
    }
}

impl Rooms {
    /// Makes room for one more connection, by cutting others, and takes it. `peer` is the address that is counted.
    ///
    /// A newcomer may be anybody, so it always finds room where one of the connections that it shares a limit with carries
    /// no authenticated request. A client that sends its credentials at once is never the oldest of those for long.
    ///
    /// Returns whether it was taken.
    pub(super) fn admit(
        &mut self,
        control: Arc<ConnectionControl>,
        peer: Option<IpAddr>,
        limits: &ConnectionLimits,
    ) -> bool {
        if let Some(peer) = peer
            && self.of_peer(peer) >= limits.per_peer
            && !self.displace(|entry| entry.peer == Some(peer))
        {
            return false;
        }
        if self.strangers.len() >= limits.unauthenticated {
            self.displace_stranger(|_| true);
        }
        if self.entries.len() >= limits.all && !self.displace_idle(|_| true) {
            self.displace_stranger(|_| true);
        }
        if self.entries.len() >= limits.all {
            return false;
        }
        let id = control.id();
        self.strangers.insert(id);
        if let Some(peer) = peer {
            *self.peers.entry(peer).or_default() += 1;
        }
        let standing = Standing::Stranger;
        let entry = Entry {
            control,
            peer,
            standing,
        };
        self.entries.insert(id, entry);
        true
    }

    /// A request with valid credentials runs on a connection. Returns whether it may: newcomers keep their room.
    pub(super) fn authenticated(&mut self, id: u64, limits: &ConnectionLimits) -> bool {
        let busy = self.counts().busy;
        let Some(entry) = self.entries.get_mut(&id) else {
            return true; // It is being cut.
        };
        match entry.standing {
            Standing::Busy => return true,
            _ if busy >= limits.busy() => return false,
            Standing::Stranger => {
                self.strangers.remove(&id);
            }
            Standing::Idle(since) => {
                self.idle.remove(&since);
            }
        }
        entry.standing = Standing::Busy;
        true
    }

    /// No request runs on a connection any more.
    pub(super) fn rest(&mut self, id: u64) {
        if let Some(entry) = self.entries.get_mut(&id)
            && entry.standing == Standing::Busy
        {
            self.rests += 1;
            entry.standing = Standing::Idle(self.rests);
            self.idle.insert(self.rests, id);
        }
    }

    pub(super) fn remove(&mut self, id: u64) {
        let Some(entry) = self.entries.remove(&id) else {
            return;
        };
        match entry.standing {
            Standing::Stranger => {
                self.strangers.remove(&id);
            }
            Standing::Idle(since) => {
                self.idle.remove(&since);
            }
            Standing::Busy => {}
        }
        if let Some(peer) = entry.peer
            && let Some(count) = self.peers.get_mut(&peer)
        {
            *count -= 1;
            if *count == 0 {
                self.peers.remove(&peer);
            }
        }
    }

    pub(super) fn counts(&self) -> ConnectionCounts {
        let (all, unauthenticated) = (self.entries.len(), self.strangers.len());
        ConnectionCounts {
            all,
            unauthenticated,
            busy: all - unauthenticated - self.idle.len(),
        }
    }

    /// All connections, each with whether it is a stranger's.
    pub(super) fn all(&self) -> Vec<(Arc<ConnectionControl>, bool)> {
        self.entries
            .values()
            .map(|entry| {
                let is_stranger = entry.standing == Standing::Stranger;
                (Arc::clone(&entry.control), is_stranger)
            })
            .collect()
    }

    fn of_peer(&self, peer: IpAddr) -> usize {
        self.peers.get(&peer).copied().unwrap_or_default()
    }

    fn displace(&mut self, may: impl Fn(&Entry) -> bool) -> bool {
        self.displace_stranger(&may) || self.displace_idle(&may)
    }

    /// Cuts the oldest connection of a stranger: of those that let the service wait if there are any, since the others are
    /// about to be answered.
    fn displace_stranger(&mut self, may: impl Fn(&Entry) -> bool) -> bool {
        let mut oldest = None;
        for id in &self.strangers {
            let Some(entry) = self.entries.get(id).filter(|entry| may(entry)) else {
                continue;
            };
            oldest = oldest.or(Some(*id));
            if entry.control.waiting() != Waiting::Nothing {
                oldest = Some(*id);
                break;
            }
        }
        self.cut(oldest)
    }

    /// Cuts the connection that has been idle for longest.
    fn displace_idle(&mut self, may: impl Fn(&Entry) -> bool) -> bool {
        let oldest = self.idle.values().copied().find(|id| {
            let entry = self.entries.get(id);
            entry.is_some_and(&may)
        });
        self.cut(oldest)
    }

    fn cut(&mut self, id: Option<u64>) -> bool {
        let Some(id) = id else { return false };
        if let Some(entry) = self.entries.get(&id) {
            entry.control.abort(CutReason::Displaced);
        }
        // It counts no more, although the server needs a moment to close it.
        self.remove(id);
        true
    }
}
