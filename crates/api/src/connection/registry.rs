use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::rt::net::TcpStream;

use super::control::{ConnectionControl, CutReason};
use super::metrics::ConnectionMetrics;
use super::peer::{Proxies, counted};
use super::room::{ConnectionCounts, Rooms};
use super::stream::GuardedStream;
use super::watch;
use crate::error::{ApiError, ErrorCode};

/// How many connections there may be, and how long each may let the service wait.
#[derive(Clone, Debug)]
pub(crate) struct ConnectionLimits {
    /// Connections in all.
    pub(crate) all: usize,
    /// Connections of one address, but for those of trusted proxies.
    pub(crate) per_peer: usize,
    /// Connections on which no request with valid credentials has run. So much room newcomers always have.
    pub(crate) unauthenticated: usize,
    /// How long the head of a request may take.
    pub(crate) head: Duration,
    /// How long a connection may be idle.
    pub(crate) idle: Duration,
    /// How long a client may stop reading its answer.
    pub(crate) slow_reader: Duration,
    /// The proxies whose word about their clients' addresses is taken.
    pub(crate) proxies: Proxies,
}

impl ConnectionLimits {
    /// On how many connections requests with valid credentials may run at once.
    pub(super) fn busy(&self) -> usize {
        self.all.saturating_sub(self.unauthenticated).max(1)
    }
}

/// All connections of a listener. Clones know the same ones.
#[derive(Clone)]
pub(crate) struct Connections(Arc<Shared>);

pub(super) struct Shared {
    limits: ConnectionLimits,
    metrics: ConnectionMetrics,
    rooms: Mutex<Rooms>,
    /// Requests that run, by the address that a trusted proxy gives for them.
    forwarded: Mutex<HashMap<IpAddr, usize>>,
    next: AtomicU64,
    is_closing: AtomicBool,
}

impl Connections {
    /// No connections yet. A thread looks at them until they and all clones of this are gone.
    ///
    /// # Errors
    /// When the system has no thread.
    pub(crate) fn begin(
        limits: ConnectionLimits,
        metrics: ConnectionMetrics,
    ) -> std::io::Result<Self> {
        let connections = Self::new(limits, metrics);
        watch::begin(Arc::downgrade(&connections.0))?;
        Ok(connections)
    }

    pub(super) fn new(limits: ConnectionLimits, metrics: ConnectionMetrics) -> Self {
        Self(Arc::new(Shared {
            limits,
            metrics,
            rooms: Mutex::default(),
            forwarded: Mutex::default(),
            next: AtomicU64::new(1),
            is_closing: AtomicBool::new(false),
        }))
    }

    pub(super) fn upgrade(weak: &Weak<Shared>) -> Option<Self> {
        weak.upgrade().map(Self)
    }

    /// Takes a connection that was accepted. It is admitted when it is read for the first time.
    pub(super) fn guard(&self, stream: TcpStream) -> GuardedStream {
        let peer = stream.peer_addr().ok().map(|address| address.ip());
        GuardedStream::new(stream, self.control(peer))
    }

    /// The control of a connection that is not admitted yet.
    pub(super) fn control(&self, peer: Option<IpAddr>) -> Arc<ConnectionControl> {
        Arc::new(ConnectionControl::new(peer, self.clone()))
    }

    /// Makes room for a connection. Returns whether there is some.
    pub(super) fn admit(&self, control: &Arc<ConnectionControl>) -> bool {
        let limits = &self.0.limits;
        let peer = control.peer();
        let counted = peer
            .filter(|peer| !limits.proxies.trust(*peer))
            .map(counted);
        let is_admitted = self.rooms(|rooms| {
            control.set_id(self.0.next.fetch_add(1, Ordering::Relaxed));
            rooms.admit(Arc::clone(control), counted, limits)
        });
        if !is_admitted {
            self.0.metrics.count_refused();
        }
        is_admitted
    }

    /// How many there are now.
    pub(crate) fn counts(&self) -> ConnectionCounts {
        self.rooms(|rooms| rooms.counts())
    }

    /// Announces that the service will stop: answers end their connections from now on.
    pub(crate) fn close(&self) {
        self.0.is_closing.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_closing(&self) -> bool {
        self.0.is_closing.load(Ordering::Relaxed)
    }

    /// Cuts what looks, `since` the stop was asked for, as if it would never end: see [`watch::stretches_a_stop`].
    pub(crate) fn cut_what_stretches_a_stop(&self, since: Duration) {
        for (control, is_stranger) in self.all() {
            if watch::stretches_a_stop(control.waiting(), is_stranger, since) {
                control.abort(CutReason::Stopping);
            }
        }
    }

    /// Cuts all of them.
    pub(crate) fn cut_all(&self, reason: CutReason) {
        for (control, _) in self.all() {
            control.abort(reason);
        }
    }

    pub(super) fn limits(&self) -> &ConnectionLimits {
        &self.0.limits
    }

    pub(super) fn all(&self) -> Vec<(Arc<ConnectionControl>, bool)> {
        self.rooms(|rooms| rooms.all())
    }

    pub(super) fn authenticated(&self, id: u64) -> Result<(), ApiError> {
        if self.rooms(|rooms| rooms.authenticated(id, &self.0.limits)) {
            return Ok(());
        }
        Err(ApiError::new(
            ErrorCode::Unavailable,
            "the service answers as many clients as it may: try again later",
        )
        .with_retry_after(Duration::from_secs(1)))
    }

    pub(super) fn rest(&self, id: u64) {
        self.rooms(|rooms| rooms.rest(id));
    }

    pub(super) fn remove(&self, id: u64) {
        self.rooms(|rooms| rooms.remove(id));
    }

    pub(super) fn count_cut(&self, reason: CutReason) {
        self.0.metrics.count_cut(reason);
    }

    pub(super) fn count_refusal(&self, status: StatusCode) {
        self.0.metrics.count_refusal(status);
    }

    /// Counts a request that a trusted proxy sends for a client, until the guard is dropped.
    ///
    /// # Errors
    /// When as many requests of that client run as connections of one address may be (503).
    pub(super) fn forwarded(&self, peer: IpAddr) -> Result<ForwardedRequest, ApiError> {
        let peer = counted(peer);
        let mut forwarded = self
            .0
            .forwarded
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let running = forwarded.entry(peer).or_default();
        if *running >= self.0.limits.per_peer {
            return Err(ApiError::new(
                ErrorCode::Unavailable,
                "the address of this client has as many requests running as it may: try again later",
            )
            .with_retry_after(Duration::from_secs(1)));
        }
        *running += 1;
        drop(forwarded);
        Ok(ForwardedRequest {
            connections: self.clone(),
            peer,
        })
    }

    fn rooms<R>(&self, work: impl FnOnce(&mut Rooms) -> R) -> R {
        let mut rooms = self.0.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        let result = work(&mut rooms);
        self.0.metrics.set(rooms.counts());
        result
    }
}

/// A request that a trusted proxy sends for a client, and that is counted for its address.
pub(crate) struct ForwardedRequest {
    connections: Connections,
    peer: IpAddr,
}

impl Drop for ForwardedRequest {
    fn drop(&mut self) {
        let forwarded = &self.connections.0.forwarded;
        let mut forwarded = forwarded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = forwarded.get_mut(&self.peer) {
            *running -= 1;
            if *running == 0 {
                forwarded.remove(&self.peer);
            }
        }
    }
}
