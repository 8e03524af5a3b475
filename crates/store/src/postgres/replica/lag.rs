//! How far the replica is behind, by the positions in the primary's log that it has reached.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use deskledger_domain::error_chain;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

use crate::pool::Pool;
use crate::postgres::connect::{Connector, Purpose, Session};
use crate::{PoolStatus, StoreError, StoreSettings};

/// How often both servers are looked at.
const INTERVAL: Duration = Duration::from_millis(500);

/// How old the last look may be.
const FRESH: Duration = Duration::from_secs(3);

/// For how long a replica is not read at which a read failed.
const DISTRUST: Duration = Duration::from_secs(2);

/// How many positions of the primary are kept, at most: those of half an hour.
const MOST_POSITIONS: usize = 3_600;

/// Where a server is. The position of a replica is the one up to which it can be read.
const LOOK: &str = "SELECT \
    (SELECT system_identifier FROM pg_catalog.pg_control_system()) AS system, \
    pg_catalog.pg_postmaster_start_time()::text AS started, \
    pg_catalog.pg_is_in_recovery() AS follows, \
    (CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn() \
        ELSE pg_catalog.pg_current_wal_lsn() END OPERATOR(pg_catalog.-) '0/0'::pg_catalog.pg_lsn)::bigint AS position";

/// What a server says of itself.
#[derive(Clone, Debug, QueryableByName)]
struct Seen {
    /// The same of all servers that follow one another.
    #[diesel(sql_type = BigInt)]
    system: i64,
    #[diesel(sql_type = Text)]
    started: String,
    /// Whether it takes over what another server writes.
    #[diesel(sql_type = Bool)]
    follows: bool,
    #[diesel(sql_type = BigInt)]
    position: i64,
}

/// How far the replica is behind the primary. A thread looks at both for as long as there is somebody who asks.
pub(super) struct Lag {
    primary: Pool<Connector>,
    replica: Pool<Connector>,
    most: Duration,
    begin: Once,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// What the primary said last.
    primary: Option<Seen>,
    /// Positions that the primary had reached by then and the replica has not yet, the oldest first.
    ahead: VecDeque<(Instant, i64)>,
    /// When both were last seen.
    primary_seen: Option<Instant>,
    replica_seen: Option<Instant>,
    distrusted: Option<Instant>,
    /// Why the replica may not be read, as the last look found.
    fault: Option<Cow<'static, str>>,
    /// What the log said last.
    logged: Option<bool>,
}

impl Lag {
    pub(super) fn new(primary: &StoreSettings, replica: &StoreSettings) -> Self {
        let probe = |name, settings: &StoreSettings| {
            let connector = Connector::new(settings, Purpose::Check).refusing_shards();
            Pool::new(name, connector, 1, settings.connection_timeout)
        };
        Self {
            primary: probe("primary_position", primary),
            replica: probe("replica_position", replica),
            most: primary.max_replica_lag,
            begin: Once::new(),
            state: Mutex::default(),
        }
    }

    pub(super) fn pools(&self) -> [PoolStatus; 2] {
        [&self.primary, &self.replica].map(Pool::status)
    }

    /// Whether the replica is near enough to be read now. The first time, it waits for a look at both.
    pub(super) fn may_be_read(lag: &Arc<Self>) -> bool {
        lag.begin.call_once(|| {
            lag.look();
            let watched = Arc::downgrade(lag);
            let thread = thread::Builder::new().name("replica-lag".to_owned());
            if let Err(error) = thread.spawn(move || watch(&watched)) {
                tracing::error!(%error, "the lag of the replica is not watched; reads go to the primary");
            }
        });
        lag.state().judge(Instant::now(), lag.most)
    }

    /// Whether the replica would be read now. It asks nobody.
    pub(super) fn is_read(&self) -> bool {
        self.state().may_be_read(Instant::now(), self.most)
    }

    /// How far the replica is behind, as far as that is known now.
    pub(super) fn now(&self) -> Option<Duration> {
        self.state().lag(Instant::now())
    }

    /// The replica is not read for a moment.
    pub(super) fn distrust(&self) {
        self.state().distrusted = Some(Instant::now());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look(&self) {
        // Before the replica, or one that keeps up would seem to be ahead.
        let began = Instant::now();
        let primary = seen(&self.primary);
        let replica = seen(&self.replica);
        let mut state = self.state();
        if let Ok(primary) = primary {
            state.primary_is(primary, began);
        }
        state.fault = match replica {
            Ok(replica) => state.replica_is(&replica, Instant::now()).err(),
            Err(error) => {
                state.replica_seen = None;
                Some(error_chain(&error).into())
            }
        };
        state.judge(Instant::now(), self.most);
    }
}

fn seen(server: &Pool<Connector>) -> Result<Seen, StoreError> {
    const ACTION: &str = "ask how far a server is";
    server.with(ACTION, |session: &mut Session| {
        diesel::sql_query(LOOK)
            .get_result(&mut session.connection)
            .map_err(|error| StoreError::of_statement(ACTION, error))
    })
}

fn watch(lag: &Weak<Lag>) {
    loop {
        thread::sleep(INTERVAL);
        match lag.upgrade() {
            Some(lag) => lag.look(),
            None => return,
        }
    }
}

impl State {
    fn primary_is(&mut self, primary: Seen, now: Instant) {
        let is_new = self
            .ahead
            .back()
            .is_none_or(|(_, position)| *position < primary.position);
        if is_new {
            if self.ahead.len() >= MOST_POSITIONS {
                self.ahead.pop_back();
            }
            self.ahead.push_back((now, primary.position));
        }
        self.primary = Some(primary);
        self.primary_seen = Some(now);
    }

    fn replica_is(&mut self, replica: &Seen, now: Instant) -> Result<(), Cow<'static, str>> {
        self.replica_seen = None;
        let Some(primary) = &self.primary else {
            return Err("the primary cannot be asked".into());
        };
        if replica.system != primary.system {
            return Err("it holds the data of another server".into());
        }
        if !replica.follows && replica.started != primary.started {
            return Err("it follows the primary no more".into());
        }
        while self
            .ahead
            .front()
            .is_some_and(|(_, position)| *position <= replica.position)
        {
            self.ahead.pop_front();
        }
        self.replica_seen = Some(now);
        Ok(())
    }

    fn lag(&self, now: Instant) -> Option<Duration> {
        self.replica_seen?;
        // Nobody knows what the primary has written since it was seen.
        let unseen = (now - self.primary_seen?).saturating_sub(FRESH);
        let behind = self
            .ahead
            .front()
            .map_or(Duration::ZERO, |(since, _)| now - *since);
        Some(behind.max(unseen))
    }

    /// Whether the replica may be read. What changes is logged.
    fn judge(&mut self, now: Instant, most: Duration) -> bool {
        let may_be_read = self.may_be_read(now, most);
        if self.logged.replace(may_be_read) != Some(may_be_read) {
            let lag_seconds = self.lag(now).map(|lag| lag.as_secs_f64());
            if may_be_read {
                tracing::info!(lag_seconds, "reads go to the replica");
            } else {
                let reason = self.fault.as_deref();
                let reason = reason.unwrap_or("it is behind, failed, or does not answer");
                tracing::warn!(lag_seconds, reason, "reads go to the primary");
            }
        }
        may_be_read
    }

    fn may_be_read(&self, now: Instant, most: Duration) -> bool {
        let is_within = |moment: Option<Instant>, limit| {
            moment.is_some_and(|moment| now.saturating_duration_since(moment) < limit)
        };
        is_within(self.replica_seen, FRESH)
            && !is_within(self.distrusted, DISTRUST)
            && self.lag(now).is_some_and(|lag| lag <= most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: Duration = Duration::from_secs(10);

    fn server(follows: bool, position: i64) -> Seen {
        Seen {
            system: 1,
            started: if follows { "later" } else { "once" }.to_owned(),
            follows,
            position,
        }
    }

    /// A state in which the primary reached a position each second, and the replica some of them.
    fn after(seconds: u64, reached: i64) -> (State, Instant) {
        let begin = Instant::now();
        let mut state = State::default();
        for second in 0..=seconds {
            let now = begin + Duration::from_secs(second);
            state.primary_is(server(false, i64::try_from(second).unwrap()), now);
        }
        let now = begin + Duration::from_secs(seconds);
        state.replica_is(&server(true, reached), now).unwrap();
        (state, now)
    }

    #[test]
    fn the_lag_is_since_when_the_primary_has_what_the_replica_lacks() {
        for (reached, lag) in [(20, 0), (25, 0), (19, 0), (18, 1), (9, 10), (0, 19)] {
            let (state, now) = after(20, reached);
            assert_eq!(state.lag(now), Some(Duration::from_secs(lag)), "{reached}");
            assert_eq!(state.may_be_read(now, MOST), lag <= 10, "{reached}");
        }
    }

    #[test]
    fn a_replica_that_is_not_seen_is_not_read_and_a_primary_is_done_without_for_as_long_as_a_lag() {
        let (mut state, now) = after(1, 1);
        let later = |seconds| now + Duration::from_secs(seconds);
        assert!(state.may_be_read(later(2), MOST));
        assert!(!state.may_be_read(later(3), MOST));
        state.replica_is(&server(true, 1), later(13)).unwrap();
        assert!(state.may_be_read(later(13), MOST));
        state.replica_is(&server(true, 1), later(14)).unwrap();
        assert!(!state.may_be_read(later(14), MOST));
    }

    #[test]
    fn another_server_is_no_replica() {
        let (mut state, now) = after(1, 1);
        let foreign = Seen {
            system: 2,
            ..server(true, 1)
        };
        let promoted = Seen {
            follows: false,
            ..server(true, 1)
        };
        for other in [foreign, promoted] {
            assert!(state.replica_is(&other, now).is_err());
            assert!(!state.may_be_read(now, MOST));
            // The primary itself is read where both addresses lead to it.
            state.replica_is(&server(false, 1), now).unwrap();
            assert!(state.may_be_read(now, MOST));
        }
    }

    #[test]
    fn what_is_kept_has_a_bound() {
        let (state, now) = after(10_000, -1);
        assert!(state.ahead.len() <= MOST_POSITIONS);
        assert_eq!(state.lag(now), Some(Duration::from_secs(10_000)));
        assert_eq!(state.ahead.back().unwrap().1, 10_000);
    }
}
