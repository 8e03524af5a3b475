//! Deadlines of our own for every wait for PostgreSQL.
//!
//! libpq waits for its server as long as that takes. A thread therefore samples every connection of the process: one that
//! waits in the same step for too long is cut, its socket shut down, upon which libpq fails and the connection is never used
//! again. A server may be silent because it works; where that is allowed, it is asked over another connection first.

mod question;
mod unix;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::{Instrumentation, InstrumentationEvent};

pub(super) use self::unix::Turn as ConnectTurn;
use self::unix::UnixSocket;

/// How often the connections are sampled.
const TICK: Duration = Duration::from_millis(250);

/// How much longer than its server's statement time-out a connection may wait: the server should end the statement first.
const MARGIN: Duration = Duration::from_secs(5);

/// `TCP_USER_TIMEOUT` where the URL names none: a server that vanished is noticed by the system within a minute.
const USER_TIMEOUT: u32 = 60_000;

/// Where the URL asks for none, it is as good as none.
const NO_USER_TIMEOUT: u32 = 86_400_000;

/// The marks are so many milliseconds more than that; no two connections of the process have the same.
const MARKS: u32 = 10_000;

/// How long a wait may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// So long, whatever the server does.
    Short(Duration),
    /// As long as the server works on it, which it is asked when it has been `silent` for so long; and at most `in_all`.
    WhileItWorks {
        silent: Duration,
        in_all: Option<Duration>,
    },
}

impl Patience {
    /// For statements that the server ends after a time-out.
    pub(super) fn with_statements(silent: Duration, statement_timeout: Option<Duration>) -> Self {
        Self::WhileItWorks {
            silent,
            in_all: statement_timeout.map(|timeout| timeout.saturating_add(MARGIN)),
        }
    }
}

/// One connection, as the watchdog sees it.
#[derive(Debug)]
pub(super) struct Watched {
    /// Where the server can be asked what it does.
    url: Arc<str>,
    mark: u32,
    /// Its socket, where that is a Unix-domain one, which takes no mark.
    unix_socket: Mutex<Option<UnixSocket>>,
    /// Odd while the connection waits for the server. Every step that it takes changes it.
    step: AtomicU64,
    pid: AtomicI32,
    is_cut: AtomicBool,
    /// The server is being asked about it.
    is_asked: AtomicBool,
    /// Changes a few times for each borrower, and is read by the watchdog.
    terms: Mutex<Terms>,
}

#[derive(Debug)]
struct Terms {
    patience: Patience,
    /// In which step the server last said that it works, and when.
    worked: Option<(u64, Instant)>,
}

impl Watched {
    /// Watches over a connection that is about to be made to the server at `url`.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn begin(url: &Arc<str>, user_timeout: Option<&str>) -> std::io::Result<Arc<Self>> {
        let base = match user_timeout.map(str::parse) {
            None | Some(Err(_)) => USER_TIMEOUT,
            Some(Ok(0)) => NO_USER_TIMEOUT,
            // The system takes what fits in 31 bits.
            Some(Ok(millis)) => u32::min(millis, NO_USER_TIMEOUT),
        };
        WATCHDOG.add(|mark| Self {
            url: Arc::clone(url),
            mark: base + mark,
            unix_socket: Mutex::new(None),
            step: AtomicU64::new(0),
            pid: AtomicI32::new(0),
            is_cut: AtomicBool::new(false),
            is_asked: AtomicBool::new(false),
            terms: Mutex::new(Terms {
                patience: Patience::Short(Duration::MAX),
                worked: None,
            }),
        })
    }

    /// What libpq must set as the connection's `tcp_user_timeout`, in milliseconds.
    pub(super) fn mark(&self) -> u32 {
        self.mark
    }

    fn set_unix_socket(&self, socket: Option<UnixSocket>) {
        *self
            .unix_socket
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = socket;
    }

    /// Shuts its socket down, and returns how many were found.
    fn shut_down(&self) -> std::io::Result<usize> {
        let marked = deskledger_platform::shut_down(Duration::from_millis(self.mark.into()))?;
        let socket = self
            .unix_socket
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match &*socket {
            Some(socket) if marked == 0 => socket.shut_down(),
            _ => Ok(marked),
        }
    }

    /// The process of the server that serves the connection, once it is known.
    pub(super) fn set_pid(&self, pid: i32) {
        self.pid.store(pid, Ordering::Relaxed);
    }

    /// Does `work`, in which the connection waits for the server for no longer than `patience` at a time.
    pub(super) fn during<T>(&self, patience: Patience, work: impl FnOnce() -> T) -> T {
        self.terms().patience = patience;
        let _left = self.turn();
        work()
    }

    /// Does `work` in the midst of another, in which the connection does not wait for the server.
    pub(super) fn apart<T>(&self, work: impl FnOnce() -> T) -> T {
        let _back = self.turn();
        work()
    }

    /// Whether the connection waited for too long. It is then of no use any more.
    pub(super) fn is_cut(&self) -> bool {
        self.is_cut.load(Ordering::Acquire)
    }

    /// Begins to wait or ceases to, until what is returned is dropped.
    fn turn(&self) -> Turn<'_> {
        self.advance(1);
        Turn(self)
    }

    /// One thread at a time uses a connection, so two cheap instructions do.
    fn advance(&self, steps: u64) {
        let step = self.step.load(Ordering::Relaxed);
        self.step.store(step.wrapping_add(steps), Ordering::Relaxed);
    }

    fn step(&self) -> u64 {
        self.step.load(Ordering::Relaxed)
    }

    fn terms(&self) -> MutexGuard<'_, Terms> {
        self.terms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cut(&self, because: &'static str) {
        if self.is_cut.swap(true, Ordering::AcqRel) {
            return;
        }
        WATCHDOG.cut.fetch_add(1, Ordering::Relaxed);
        let pid = self.pid.load(Ordering::Relaxed);
        match self.shut_down() {
            Ok(0) => tracing::error!(
                pid,
                "a connection to the database waits for too long, and its socket was not found"
            ),
            Ok(_) => tracing::warn!(pid, because, "a connection to the database was cut"),
            Err(error) => tracing::error!(
                pid,
                %error,
                "a connection to the database waits for too long, and could not be cut"
            ),
        }
    }
}

struct Turn<'a>(&'a Watched);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.advance(1);
    }
}

/// Diesel reports every statement that begins and ends, which are steps.
pub(super) struct Steps(pub(super) Arc<Watched>);

impl Instrumentation for Steps {
    fn on_connection_event(&mut self, _: InstrumentationEvent<'_>) {
        self.0.advance(2);
    }
}

/// How many connections of this process were cut because they waited for too long.
pub(crate) fn connections_cut() -> u64 {
    WATCHDOG.cut.load(Ordering::Relaxed)
}

static WATCHDOG: LazyLock<Watchdog> = LazyLock::new(Watchdog::default);

/// Watches over all connections of the process.
#[derive(Default)]
struct Watchdog {
    watched: Mutex<Registry>,
    cut: AtomicU64,
}

#[derive(Default)]
struct Registry {
    is_running: bool,
    last_mark: u32,
    connections: Vec<Weak<Watched>>,
}

/// Since when a connection is in a step.
struct Sample {
    step: u64,
    since: Instant,
}

impl Watchdog {
    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a connection, made of a mark that no other has.
    fn add(&'static self, make: impl Fn(u32) -> Watched) -> std::io::Result<Arc<Watched>> {
        let mut registry = self.registry();
        if !registry.is_running {
            thread::Builder::new()
                .name("deskledger-watch".to_owned())
                .spawn(|| self.run())?;
            registry.is_running = true;
        }
        let watched = loop {
            registry.last_mark = registry.last_mark % MARKS + 1;
            let watched = make(registry.last_mark);
            let is_taken = registry
                .connections
                .iter()
                .filter_map(Weak::upgrade)
                .any(|other| other.mark == watched.mark);
            if !is_taken {
                break Arc::new(watched);
            }
        };
        registry.connections.push(Arc::downgrade(&watched));
        Ok(watched)
    }

    fn run(&self) {
        let mut samples = HashMap::new();
        loop {
            thread::sleep(TICK);
            let connections: Vec<_> = {
                let mut registry = self.registry();
                registry
                    .connections
                    .retain(|watched| watched.strong_count() > 0);
                registry
                    .connections
                    .iter()
                    .filter_map(Weak::upgrade)
                    .collect()
            };
            samples.retain(|mark, _| connections.iter().any(|watched| watched.mark == *mark));
            let silent = look(&connections, &mut samples, Instant::now());
            question::ask(silent);
        }
    }
}

/// Cuts what waited for too long, and returns of whom the server is to be asked, with the step that is asked about.
fn look(
    connections: &[Arc<Watched>],
    samples: &mut HashMap<u32, Sample>,
    now: Instant,
) -> Vec<(Arc<Watched>, u64)> {
    let mut silent_ones = Vec::new();
    for watched in connections {
        let step = watched.step();
        let sample = samples
            .entry(watched.mark)
            .or_insert(Sample { step, since: now });
        if sample.step != step {
            *sample = Sample { step, since: now };
        }
        if step % 2 == 0 || watched.is_cut() {
            continue;
        }
        let waited = now.saturating_duration_since(sample.since);
        let (patience, worked) = {
            let terms = watched.terms();
            (terms.patience, terms.worked)
        };
        match patience {
            Patience::Short(limit) if waited >= limit => {
                watched.cut("the server did not answer in time");
            }
            Patience::WhileItWorks {
                in_all: Some(limit),
                ..
            } if waited >= limit => {
                watched.cut("the server did not keep its own time-out");
            }
            Patience::WhileItWorks { silent, .. } => {
                let worked = worked.filter(|(at, _)| *at == step);
                let known = worked.map_or(waited, |(_, when)| now.saturating_duration_since(when));
                if known >= silent && !watched.is_asked.swap(true, Ordering::AcqRel) {
                    silent_ones.push((Arc::clone(watched), step));
                }
            }
            Patience::Short(_) => {}
        }
    }
    silent_ones
}

#[cfg(test)]
mod tests;
