//! Who runs, who waits and who is next: without time, threads or requests.

use std::cmp::Ordering;
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{self, AtomicUsize};

use deskledger_domain::ProjectId;

/// What permits are shared fairly between: projects, or whatever else takes turns.
pub trait Key: Clone + Eq + Hash + Send + Sync + 'static {
    /// Whose turn comes earlier: the lowest rank first. Rank 0 always comes first. The others share: three permits of four go
    /// to the lowest rank that waits, and the fourth to the key that waits in turn, so that no rank starves another.
    fn rank(&self) -> u8 {
        0
    }

    /// The project, where it is one.
    fn project(&self) -> Option<&ProjectId> {
        None
    }
}

impl Key for ProjectId {
    fn project(&self) -> Option<&ProjectId> {
        Some(self)
    }
}

/// Of so many permits one goes to the key that is next in turn, whatever the rank.
const BY_TURN: u64 = 4;

/// How much may run and wait, in all and for each key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// How many may run in this process.
    pub running: usize,
    /// How many may run for one key.
    pub running_per_key: usize,
    /// How many may wait in this process.
    pub waiting: usize,
    /// How many may wait for one key.
    pub waiting_per_key: usize,
}

/// Whose bound a refusal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// The key has its share.
    Share,
    /// The process has as many as it may.
    Process,
}

/// What wakes a waiter, by the number of its ticket.
pub(super) type Ticket = u64;

/// The state of a limiter. A permit that becomes free goes to the next key in turn that may have one more, by rank, and
/// there to the waiter that came first.
///
/// One thing holds after every call: while a permit is free, no waiter may have it. So a caller that finds a free
/// permit overtakes nobody.
pub(super) struct Queue<K, W> {
    bounds: Bounds,
    running: usize,
    waiting: usize,
    /// Keys with something that runs or waits; others have no entry, so the map stays small.
    shares: HashMap<K, Share<W>>,
    /// The keys that wait, in the order of their turns. Each stands here once.
    turns: VecDeque<K>,
    next_ticket: Ticket,
    /// How many waiters were granted a permit.
    granted: u64,
}

/// What runs and waits for one key.
struct Share<W> {
    running: usize,
    waiters: VecDeque<(Ticket, W)>,
    /// How many wait, for those who run.
    waiting: Arc<AtomicUsize>,
    /// Whether it was refused something since it had nothing that ran or waited.
    was_refused: bool,
}

impl<W> Default for Share<W> {
    fn default() -> Self {
        Self {
            running: 0,
            waiters: VecDeque::new(),
            waiting: Arc::default(),
            was_refused: false,
        }
    }
}

impl<W> Share<W> {
    fn publish(&self) {
        self.waiting
            .store(self.waiters.len(), atomic::Ordering::Relaxed);
    }
}

/// What becomes of a wish for a permit.
pub(super) enum Answer<W> {
    /// It runs. The counter says how many of the same key wait.
    Granted(Arc<AtomicUsize>),
    /// It waits. Where the queue was full, the waiter that made room for it is refused.
    Queued {
        ticket: Ticket,
        refused: Option<W>,
        waiting: Arc<AtomicUsize>,
    },
    /// It is refused; `again` where the key was refused before and has been busy since.
    Refused { reason: Reason, again: bool },
}

impl<K: Key, W> Queue<K, W> {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            running: 0,
            waiting: 0,
            shares: HashMap::new(),
            turns: VecDeque::new(),
            next_ticket: 0,
            granted: 0,
        }
    }

    pub(super) fn bounds(&self) -> Bounds {
        self.bounds
    }

    pub(super) fn running(&self) -> usize {
        self.running
    }

    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }

    /// Whether nothing is left of anybody.
    #[cfg(test)]
    pub(super) fn is_idle(&self) -> bool {
        self.shares.is_empty() && self.turns.is_empty() && self.running + self.waiting == 0
    }

    /// The keys that have as many running as they may.
    pub(super) fn full_keys(&self) -> Vec<K> {
        let is_full = |share: &Share<W>| share.running >= self.bounds.running_per_key;
        let full = self.shares.iter().filter(|(_, share)| is_full(share));
        full.map(|(id, _)| id.clone()).collect()
    }

    /// How many keys wait for the process alone: what ends, of whatever key, lets one of theirs run.
    pub(super) fn keys_that_any_end_helps(&self) -> usize {
        let turns = self.turns.iter();
        turns.filter(|id| self.may_have_one_more(id)).count()
    }

    /// How many keys have something that runs.
    pub(super) fn keys_running(&self) -> usize {
        let shares = self.shares.values();
        shares.filter(|share| share.running > 0).count()
    }

    /// How many run and wait for each key that is not idle.
    pub(super) fn counts(&self) -> Vec<(K, usize, usize)> {
        let shares = self.shares.iter();
        let counts = shares.map(|(id, share)| (id.clone(), share.running, share.waiters.len()));
        counts.collect()
    }

    /// Takes a permit for `id`, or waits for one: `waiter` is handed back when it is granted or refused.
    pub(super) fn ask(&mut self, id: &K, waiter: W) -> Answer<W> {
        if self.running < self.bounds.running && self.may_have_one_more(id) {
            self.running += 1;
            let share = self.shares.entry(id.clone()).or_default();
            share.running += 1;
            return Answer::Granted(Arc::clone(&share.waiting));
        }
        let own = self.waiters(id);
        let refused = if own >= self.bounds.waiting_per_key {
            return self.refuse(id, Reason::Share);
        } else if self.waiting < self.bounds.waiting {
            None
        } else {
            match self.who_gives_way(id, own) {
                Some(other) => self.withdraw_newest(&other),
                None => return self.refuse(id, self.reason(id)),
            }
        };
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        let share = self.shares.entry(id.clone()).or_default();
        if share.waiters.is_empty() {
            self.turns.push_back(id.clone());
        }
        share.waiters.push_back((ticket, waiter));
        share.publish();
        let waiting = Arc::clone(&share.waiting);
        self.waiting += 1;
        Answer::Queued {
            ticket,
            refused,
            waiting,
        }
    }

    /// Gives a permit of `id` back. Returns those who run now instead.
    pub(super) fn release(&mut self, id: &K) -> Vec<W> {
        self.running = self.running.saturating_sub(1);
        if let Some(share) = self.shares.get_mut(id) {
            share.running = share.running.saturating_sub(1);
        }
        self.forget_if_idle(id);
        self.grant()
    }

    /// Takes a waiter out of the queue. False where it is not there any more: it was granted a permit, or refused.
    pub(super) fn leave(&mut self, id: &K, ticket: Ticket) -> bool {
        let Some(share) = self.shares.get_mut(id) else {
            return false;
        };
        let Some(position) = share.waiters.iter().position(|(other, _)| *other == ticket) else {
            return false;
        };
        share.waiters.remove(position);
        self.left(id);
        true
    }

    /// Changes the bounds. Returns those who run now. What runs or waits already stays, also where it is too much now.
    pub(super) fn set_bounds(&mut self, bounds: Bounds) -> Vec<W> {
        self.bounds = bounds;
        self.grant()
    }

    /// Whose bound keeps `id` from running.
    pub(super) fn reason(&self, id: &K) -> Reason {
        if self.may_have_one_more(id) {
            Reason::Process
        } else {
            Reason::Share
        }
    }

    fn may_have_one_more(&self, id: &K) -> bool {
        self.shares
            .get(id)
            .is_none_or(|share| share.running < self.bounds.running_per_key)
    }

    fn refuse(&mut self, id: &K, reason: Reason) -> Answer<W> {
        let share = self.shares.get_mut(id);
        let again = share.is_some_and(|share| std::mem::replace(&mut share.was_refused, true));
        Answer::Refused { reason, again }
    }

    fn waiters(&self, id: &K) -> usize {
        self.shares.get(id).map_or(0, |share| share.waiters.len())
    }

    /// Who gives way in a full queue to a key of which `own` wait: the one with the most waiters of the highest rank.
    ///
    /// Of the same rank it must still have as many waiting afterwards as who comes, or they would only change their roles.
    fn who_gives_way(&self, id: &K, own: usize) -> Option<K> {
        let gives_way = |other: &&K| match other.rank().cmp(&id.rank()) {
            Ordering::Greater => true,
            Ordering::Equal => self.waiters(other) > own + 1,
            Ordering::Less => false,
        };
        let others = self.turns.iter().filter(gives_way);
        let first = others.max_by_key(|other| (other.rank(), self.waiters(other)))?;
        Some(first.clone())
    }

    fn withdraw_newest(&mut self, id: &K) -> Option<W> {
        let (_, waiter) = self.shares.get_mut(id)?.waiters.pop_back()?;
        self.left(id);
        Some(waiter)
    }

    /// One of the waiters of `id` was taken out.
    fn left(&mut self, id: &K) {
        self.waiting -= 1;
        if let Some(share) = self.shares.get(id) {
            share.publish();
            if share.waiters.is_empty() {
                self.turns.retain(|other| other != id);
            }
        }
        self.forget_if_idle(id);
    }

    fn forget_if_idle(&mut self, id: &K) {
        let share = self.shares.get(id);
        if share.is_some_and(|share| share.running == 0 && share.waiters.is_empty()) {
            self.shares.remove(id);
        }
    }

    /// The position of the key that is next among those that may have one more.
    fn next_in_turn(&self) -> Option<usize> {
        let by_turn = self.granted % BY_TURN == BY_TURN - 1;
        let rank = |id: &K| match id.rank() {
            rank if by_turn => rank.min(1),
            rank => rank,
        };
        let turns = self.turns.iter().enumerate();
        let eligible = turns.filter(|(_, id)| self.may_have_one_more(id));
        // Of those of one rank, the first.
        let next = eligible.min_by_key(|(_, id)| rank(id));
        next.map(|(position, _)| position)
    }

    /// Hands out what is free.
    fn grant(&mut self) -> Vec<W> {
        let mut granted = Vec::new();
        while self.running < self.bounds.running {
            let Some(position) = self.next_in_turn() else {
                break;
            };
            let Some(id) = self.turns.remove(position) else {
                break;
            };
            let Some(share) = self.shares.get_mut(&id) else {
                continue;
            };
            let Some((_, waiter)) = share.waiters.pop_front() else {
                continue;
            };
            self.granted += 1;
            self.running += 1;
            self.waiting -= 1;
            share.running += 1;
            share.publish();
            if !share.waiters.is_empty() {
                self.turns.push_back(id);
            }
            granted.push(waiter);
        }
        granted
    }
}
