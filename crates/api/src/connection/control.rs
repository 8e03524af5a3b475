use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant};

use actix_web::HttpRequest;
use actix_web::http::header::HeaderMap;
use deskledger_limiter::Progress;
use futures_util::task::AtomicWaker;

use super::peer::counted;
use super::registry::Connections;
use super::transfer::{Transfer, TransferGuard, Wanted};
use crate::error::ApiError;

/// Why the service ended a connection that its client did not end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum CutReason {
    /// The client stopped reading its answer.
    SlowReader = 1,
    /// The client did not send the head of a request in time.
    SlowHead,
    /// A new connection needed its room, and no authenticated request ran on it.
    Displaced,
    /// The connection was idle for too long.
    Idle,
    /// The service stops.
    Stopping,
    /// A transfer was slower than the minimum rate while others waited.
    BelowMinimumRate,
    /// An answer broke after its first bytes.
    BrokenAnswer,
    /// Somebody cancelled the answer.
    Cancelled,
}

impl CutReason {
    /// Every reason.
    pub(crate) const ALL: [Self; 8] = [
        Self::SlowReader,
        Self::SlowHead,
        Self::Displaced,
        Self::Idle,
        Self::Stopping,
        Self::BelowMinimumRate,
        Self::BrokenAnswer,
        Self::Cancelled,
    ];

    /// The reason as metrics and the log name it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::SlowReader => "slow_reader",
            Self::SlowHead => "slow_head",
            Self::Displaced => "displaced",
            Self::Idle => "idle",
            Self::Stopping => "stopping",
            Self::BelowMinimumRate => "below_minimum_rate",
            Self::BrokenAnswer => "broken_answer",
            Self::Cancelled => "cancelled",
        }
    }

    fn of(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| *reason as u8 == number)
    }
}

/// What a connection waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waiting {
    /// For the head of a request, whose first bytes were expected or came this long ago.
    ForHead(Duration),
    /// For the next request, since the last answer left.
    Idle(Duration),
    /// For the client to read.
    ForReader(Duration),
    /// For the body of a request whose sender is not known yet.
    ForBody,
    /// For nothing that the client does.
    Nothing,
}

/// One connection, as the rest of the service knows it: what it waits for, and a way to cut it.
///
/// The methods may be called from any thread. The stream itself belongs to the server.
pub(crate) struct ConnectionControl {
    /// 0 until the connection is admitted.
    id: AtomicU64,
    peer: Option<IpAddr>,
    accepted: Instant,
    cut: AtomicU8,
    waker: AtomicWaker,
    /// Requests that are handled or answered now.
    requests: AtomicU32,
    /// Whether all answers have left and no request has begun since.
    between_requests: AtomicBool,
    /// Whether bytes of the next head have come.
    head_began: AtomicBool,
    /// Whether its client sends no more.
    has_ended: AtomicBool,
    /// Whether the request that began last was counted, with its answer.
    is_counted: AtomicBool,
    waits_for_body: AtomicBool,
    /// Milliseconds after `accepted`, plus one. 0: it is not so.
    head_since: AtomicU64,
    blocked_since: AtomicU64,
    /// How many bytes left.
    sent: AtomicU64,
    /// The answer on its way, where it holds what others may wait for.
    transfer: Mutex<Option<Transfer>>,
    connections: Connections,
}

impl ConnectionControl {
    pub(super) fn new(peer: Option<IpAddr>, connections: Connections) -> Self {
        Self {
            id: AtomicU64::new(0),
            peer,
            accepted: Instant::now(),
            cut: AtomicU8::new(0),
            waker: AtomicWaker::new(),
            requests: AtomicU32::new(0),
            between_requests: AtomicBool::new(true),
            // A connection is made to send a request, so its first head is waited for from the beginning.
            head_began: AtomicBool::new(true),
            has_ended: AtomicBool::new(false),
            is_counted: AtomicBool::new(false),
            waits_for_body: AtomicBool::new(false),
            head_since: AtomicU64::new(1),
            blocked_since: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            transfer: Mutex::new(None),
            connections,
        }
    }

    /// The control of the connection of a request. `None` where a test calls a service directly.
    pub(crate) fn of(request: &HttpRequest) -> Option<&Arc<Self>> {
        request.conn_data()
    }

    /// The number of the connection: later ones have larger numbers.
    pub(super) fn id(&self) -> u64 {
        self.id.load(Ordering::Relaxed)
    }

    pub(super) fn set_id(&self, id: u64) {
        self.id.store(id, Ordering::Relaxed);
    }

    /// The address at the other end.
    pub(crate) const fn peer(&self) -> Option<IpAddr> {
        self.peer
    }

    /// Cuts the connection: what it carries ends now, visibly broken. The first reason counts.
    pub(crate) fn abort(&self, reason: CutReason) {
        let first = self
            .cut
            .compare_exchange(0, reason as u8, Ordering::AcqRel, Ordering::Acquire)
            .is_ok();
        if first {
            self.connections.count_cut(reason);
            self.waker.wake();
        }
    }

    /// Why the connection was cut, if it was.
    pub(crate) fn aborted(&self) -> Option<CutReason> {
        CutReason::of(self.cut.load(Ordering::Acquire))
    }

    /// Marks that a request with valid credentials runs. The mark ends with the request.
    ///
    /// # Errors
    /// When as many such connections are busy as may be (503).
    pub(crate) fn authenticated(&self) -> Result<(), ApiError> {
        self.connections.authenticated(self.id())
    }

    /// Marks that the request waits for a body whose sender is not known yet, until the guard is dropped.
    pub(crate) fn waiting_for_body(&self) -> BodyWait<'_> {
        self.waits_for_body.store(true, Ordering::Relaxed);
        BodyWait(self)
    }

    /// Marks that a request began.
    pub(crate) fn begin_request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.between_requests.store(false, Ordering::Relaxed);
        self.is_counted.store(false, Ordering::Relaxed);
        self.head_began.store(false, Ordering::Relaxed);
        self.head_since.store(0, Ordering::Relaxed);
    }

    /// Marks that the request which runs was counted, with its answer.
    pub(super) fn set_counted(&self) {
        self.is_counted.store(true, Ordering::Relaxed);
    }

    /// Whether a request runs that was counted. Its answer may never leave, where the server finds its body malformed meanwhile.
    pub(super) fn is_counted(&self) -> bool {
        self.is_counted.load(Ordering::Relaxed) && !self.is_between_requests()
    }

    /// Marks that the client sends no more.
    pub(super) fn set_ended(&self) {
        self.has_ended.store(true, Ordering::Relaxed);
    }

    /// Whether nothing but what came keeps the server from reading on: the client has not left, and was not left.
    pub(crate) fn may_go_on(&self) -> bool {
        !self.has_ended.load(Ordering::Relaxed)
            && self.aborted().is_none()
            && !self.connections.is_closing()
    }

    /// Marks that all of the answer to a request was handed to the server, or that there will be none.
    pub(crate) fn end_request(&self) {
        if self.requests.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.connections.rest(self.id());
        }
    }

    /// The address of the client of a request with these headers, where a trusted proxy sends it.
    pub(super) fn forwarded_for(&self, headers: &HeaderMap) -> Option<IpAddr> {
        self.connections
            .limits()
            .proxies
            .client(self.peer?, headers)
    }

    /// The address that a request counts for: the other end of its connection, or what a trusted proxy there says. Of IPv6 it is
    /// the network of the site.
    pub(crate) fn client_of(request: &HttpRequest) -> Option<IpAddr> {
        let control = Self::of(request)?;
        let client = control.forwarded_for(request.headers()).or(control.peer);
        client.map(counted)
    }

    /// What the connection waits for now.
    pub(super) fn waiting(&self) -> Waiting {
        let since = |moment: &AtomicU64| match moment.load(Ordering::Relaxed) {
            0 => None,
            since => Some(Duration::from_millis(self.now().saturating_sub(since))),
        };
        if let Some(since) = since(&self.blocked_since) {
            return Waiting::ForReader(since);
        }
        if self.waits_for_body.load(Ordering::Relaxed) {
            return Waiting::ForBody;
        }
        match since(&self.head_since) {
            Some(since) if self.head_began.load(Ordering::Relaxed) => Waiting::ForHead(since),
            Some(since) => Waiting::Idle(since),
            None => Waiting::Nothing,
        }
    }

    /// Whether all answers have left and no request has begun: what the server writes now, no handler made.
    pub(super) fn is_between_requests(&self) -> bool {
        self.between_requests.load(Ordering::Relaxed)
    }

    pub(super) fn wait(&self, waker: &Waker) {
        self.waker.register(waker);
    }

    pub(super) fn came(&self) {
        if self.is_between_requests() && !self.head_began.load(Ordering::Relaxed) {
            self.head_began.store(true, Ordering::Relaxed);
            self.head_since.store(self.now(), Ordering::Relaxed);
        }
    }

    /// The answer on this connection holds what others may wait for, as `demand` says: while they do, its client must keep up with
    /// `progress`.
    pub(crate) fn transfer(
        self: &Arc<Self>,
        progress: Progress,
        demand: impl Wanted + 'static,
    ) -> TransferGuard {
        let sent = self.sent.load(Ordering::Relaxed);
        *self.lock_transfer() = Some(Transfer::new(progress, Box::new(demand), sent));
        TransferGuard::new(Arc::clone(self))
    }

    pub(super) fn end_transfer(&self) {
        *self.lock_transfer() = None;
    }

    fn lock_transfer(&self) -> MutexGuard<'_, Option<Transfer>> {
        self.transfer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the answer is slower than it may be while somebody waits for what it holds. It was looked at `interval` ago.
    pub(super) fn is_below_minimum_rate(&self, interval: Duration) -> bool {
        // A client that takes a little, again and again, has been waited for although a wait has just begun.
        let waited = match self.waiting() {
            Waiting::ForReader(_) => interval,
            _ => Duration::ZERO,
        };
        let sent = self.sent.load(Ordering::Relaxed);
        self.lock_transfer()
            .as_mut()
            .is_some_and(|transfer| transfer.must_end(sent, waited))
    }

    /// Some bytes left.
    pub(super) fn left(&self, bytes: usize) {
        self.sent.fetch_add(bytes as u64, Ordering::Relaxed);
        if self.blocked_since.load(Ordering::Relaxed) != 0 {
            self.blocked_since.store(0, Ordering::Relaxed);
        }
    }

    pub(super) fn blocked(&self) {
        if self.blocked_since.load(Ordering::Relaxed) == 0 {
            self.blocked_since.store(self.now(), Ordering::Relaxed);
        }
    }

    /// Everything that was to be written has left.
    pub(super) fn flushed(&self) {
        if self.requests.load(Ordering::Relaxed) == 0 && !self.is_between_requests() {
            self.head_since.store(self.now(), Ordering::Relaxed);
            self.between_requests.store(true, Ordering::Relaxed);
        }
    }

    fn now(&self) -> u64 {
        let elapsed = self.accepted.elapsed().as_millis();
        u64::try_from(elapsed).unwrap_or(u64::MAX - 1) + 1
    }

    pub(super) const fn connections(&self) -> &Connections {
        &self.connections
    }
}

/// A request that waits for a body whose sender is not known yet.
pub(crate) struct BodyWait<'a>(&'a ConnectionControl);

impl Drop for BodyWait<'_> {
    fn drop(&mut self) {
        self.0.waits_for_body.store(false, Ordering::Relaxed);
    }
}
