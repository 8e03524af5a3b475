use std::io;
use std::sync::Weak;
use std::thread;
use std::time::{Duration, Instant};

use super::control::{CutReason, Waiting};
use super::registry::{ConnectionLimits, Connections, Shared};

/// How often the connections are looked at: by so much a limit of time is exceeded at most.
const INTERVAL: Duration = Duration::from_millis(250);

/// How much longer an idle connection is left to the server, which closes it by itself.
const IDLE_MARGIN: Duration = Duration::from_secs(5);

/// How long a client may let a service wait that is about to stop, where nothing is known of the client.
const PATIENCE_OF_A_STOP: Duration = Duration::from_secs(1);

/// Starts the thread that looks at connections. It ends when there are no connections and nobody can make more.
pub(super) fn begin(connections: Weak<Shared>) -> io::Result<()> {
    thread::Builder::new()
        .name("connections".to_owned())
        .spawn(move || {
            let mut looked = Instant::now();
            while let Some(connections) = Connections::upgrade(&connections) {
                let now = Instant::now();
                look(&connections, now - looked);
                looked = now;
                drop(connections);
                thread::sleep(INTERVAL);
            }
        })
        .map(drop)
}

/// Cuts the connections that let the service wait for too long, or others. They were looked at `interval` ago.
pub(super) fn look(connections: &Connections, interval: Duration) {
    for (control, _) in connections.all() {
        let is_slow = control.is_below_minimum_rate(interval);
        if let Some(reason) = verdict(control.waiting(), connections.limits()) {
            control.abort(reason);
        } else if is_slow {
            control.abort(CutReason::BelowMinimumRate);
        }
    }
}

/// Whether a connection is to be cut that waits so.
pub(super) fn verdict(waiting: Waiting, limits: &ConnectionLimits) -> Option<CutReason> {
    match waiting {
        Waiting::ForHead(since) => (since >= limits.head).then_some(CutReason::SlowHead),
        Waiting::Idle(since) => (since >= limits.idle + IDLE_MARGIN).then_some(CutReason::Idle),
        Waiting::ForReader(since) => (since >= limits.slow_reader).then_some(CutReason::SlowReader),
        Waiting::ForBody | Waiting::Nothing => None,
    }
}

/// Whether a connection must not stretch a stop that was asked for `stopping` ago: it lets the service wait, and nothing is
/// known of its client.
pub(super) fn stretches_a_stop(waiting: Waiting, is_stranger: bool, stopping: Duration) -> bool {
    let is_waiting = match waiting {
        Waiting::Nothing => false,
        Waiting::ForBody | Waiting::ForHead(_) | Waiting::Idle(_) => true,
        Waiting::ForReader(since) => since >= PATIENCE_OF_A_STOP,
    };
    is_stranger && is_waiting && stopping >= PATIENCE_OF_A_STOP
}
