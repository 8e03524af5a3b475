//! A TCP proxy that a test puts between the service and its database, or its IAM, to disturb what passes.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, JoinHandle, sleep};
use std::time::{Duration, Instant};

use socket2::SockRef;

/// How soon a thread that waits for bytes notices that its connection is now treated in another way.
const POLL: Duration = Duration::from_millis(10);

/// How much is passed on at once.
const CHUNK: usize = 64 * 1024;

/// How a connection is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// All bytes pass.
    Pass,
    /// Both ends get a reset. A new connection gets it as soon as it is accepted.
    Cut,
    /// All bytes pass, each chunk of them later by so much.
    Delay(Duration),
    /// The bytes of both ends are accepted, acknowledged, and dropped: the connection is a black hole. Once bytes of a
    /// connection were dropped it stays one, unless it is cut, for it lacks them.
    Swallow,
    /// Nothing is read: bytes pile up in the buffers of the kernel until they are full, and pass later.
    Freeze,
}

/// Passes TCP connections on to a server, counts them, and disturbs them on demand.
///
/// Connections that exist and those that are still to come can be treated differently. When the proxy is dropped, all of
/// them are cut, and its threads have ended.
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

struct Shared {
    target: String,
    accepted: AtomicUsize,
    ended: AtomicBool,
    table: Mutex<Table>,
}

/// Both under one lock, so that a connection belongs either to those that exist or to the new ones.
struct Table {
    new: Treatment,
    connections: Vec<Weak<Connection>>,
}

/// One connection, in both directions. When the last thread drops it, both ends are closed.
struct Connection {
    client: TcpStream,
    server: TcpStream,
    treatment: Mutex<Treatment>,
    /// Bytes of it were dropped.
    lacks_bytes: AtomicBool,
    ended: AtomicBool,
}

impl Proxy {
    /// A proxy to the server at `target`, which is a host and a port: `127.0.0.1:5432`. At first everything passes.
    pub fn to(target: impl Into<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            target: target.into(),
            accepted: AtomicUsize::new(0),
            ended: AtomicBool::new(false),
            table: Mutex::new(Table {
                new: Treatment::Pass,
                connections: Vec::new(),
            }),
        });
        let acceptor = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || shared.accept(&listener))
        };
        Self {
            address,
            shared,
            acceptor: Some(acceptor),
        }
    }

    /// A proxy to the server that a URL names, which must have a port.
    pub fn to_url(url: &str) -> Self {
        Self::to(authority(url).1)
    }

    /// Where the proxy listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL that leads through the proxy to what `url` leads to directly.
    pub fn url(&self, url: &str) -> String {
        let (start, host, end) = authority(url);
        debug_assert_eq!(host, self.shared.target);
        format!("{start}{}{end}", self.address)
    }

    /// From now on the connections that exist are treated like this.
    pub fn treat_existing(&self, treatment: Treatment) {
        self.shared.table().treat_existing(treatment);
    }

    /// From now on each new connection is treated like this.
    pub fn treat_new(&self, treatment: Treatment) {
        self.shared.table().new = treatment;
    }

    /// From now on all connections are treated like this.
    pub fn treat(&self, treatment: Treatment) {
        let mut table = self.shared.table();
        table.new = treatment;
        table.treat_existing(treatment);
    }

    /// How many connections were asked for, from the start.
    pub fn accepted(&self) -> usize {
        self.shared.accepted.load(Ordering::SeqCst)
    }

    /// How many connections are open.
    pub fn open(&self) -> usize {
        let table = self.shared.table();
        table
            .connections
            .iter()
            .filter_map(Weak::upgrade)
            .filter(|connection| !connection.is_ended())
            .count()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        self.treat(Treatment::Cut);
        // The acceptor waits in `accept`, which this ends.
        let _ = TcpStream::connect(self.address);
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
        while self.open() > 0 {
            sleep(POLL);
        }
    }
}

impl Table {
    fn treat_existing(&self, treatment: Treatment) {
        for connection in self.connections.iter().filter_map(Weak::upgrade) {
            connection.treat(treatment);
        }
    }
}

impl Shared {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn accept(self: &Arc<Self>, listener: &TcpListener) {
        for client in listener.incoming() {
            if self.ended.load(Ordering::SeqCst) {
                return;
            }
            // A client may be gone before it is accepted.
            let Ok(client) = client else { continue };
            self.accepted.fetch_add(1, Ordering::SeqCst);
            if self.table().new == Treatment::Cut {
                let _ = SockRef::from(&client).set_linger(Some(Duration::ZERO));
                continue;
            }
            let shared = Arc::clone(self);
            // The server may take its time, which must not stop the others.
            thread::spawn(move || shared.connect(client));
        }
    }

    /// Connects to the server, and passes on in both directions until either ends.
    fn connect(&self, client: TcpStream) {
        // Where the server does not take the connection, the client's is closed.
        let Ok(server) = TcpStream::connect(&self.target) else {
            return;
        };
        for stream in [&client, &server] {
            stream.set_nodelay(true).unwrap();
            stream.set_read_timeout(Some(POLL)).unwrap();
            stream.set_write_timeout(Some(POLL)).unwrap();
            // Closing resets the connection, unless it ended in an orderly way.
            SockRef::from(stream)
                .set_linger(Some(Duration::ZERO))
                .unwrap();
        }
        let connection = {
            let mut table = self.table();
            let connection = Arc::new(Connection {
                client,
                server,
                treatment: Mutex::new(table.new),
                lacks_bytes: AtomicBool::new(false),
                ended: AtomicBool::new(false),
            });
            table
                .connections
                .retain(|connection| connection.strong_count() > 0);
            table.connections.push(Arc::downgrade(&connection));
            connection
        };
        let back = {
            let connection = Arc::clone(&connection);
            thread::spawn(move || connection.pass(&connection.server, &connection.client))
        };
        connection.pass(&connection.client, &connection.server);
        let _ = back.join();
    }
}

impl Connection {
    fn treat(&self, treatment: Treatment) {
        *self
            .treatment
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = treatment;
    }

    fn treatment(&self) -> Treatment {
        let treatment = *self
            .treatment
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if self.lacks_bytes.load(Ordering::SeqCst) && treatment != Treatment::Cut {
            Treatment::Swallow
        } else {
            treatment
        }
    }

    fn is_ended(&self) -> bool {
        self.ended.load(Ordering::SeqCst)
    }

    /// Passes on what `from` sends, until it ends. What then becomes of the other direction: it goes on where the end was
    /// orderly, and ends too where it was not.
    fn pass(&self, from: &TcpStream, to: &TcpStream) {
        let is_orderly = self.copy(from, to);
        if !is_orderly {
            self.ended.store(true, Ordering::SeqCst);
        }
    }

    /// Copies until the end, and says whether that was an orderly one.
    fn copy(&self, mut from: &TcpStream, mut to: &TcpStream) -> bool {
        let mut buffer = vec![0; CHUNK];
        // What was read and not passed on yet, and when that is due.
        let mut pending = 0..0;
        let mut due = Instant::now();
        loop {
            let treatment = self.treatment();
            if self.is_ended() || treatment == Treatment::Cut {
                return false;
            }
            if treatment == Treatment::Swallow && !pending.is_empty() {
                self.lacks_bytes.store(true, Ordering::SeqCst);
                pending = 0..0;
            }
            if treatment == Treatment::Freeze || Instant::now() < due {
                sleep(POLL);
            } else if pending.is_empty() {
                match from.read(&mut buffer) {
                    Ok(0) if treatment == Treatment::Swallow => return false,
                    Ok(0) => {
                        let _ = to.shutdown(std::net::Shutdown::Write);
                        return true;
                    }
                    Ok(length) => pending = 0..length,
                    Err(error) if is_time_out(&error) => {}
                    Err(_) => return false,
                }
                if let Treatment::Delay(delay) = treatment {
                    due = Instant::now() + delay;
                }
            } else {
                match to.write(&buffer[pending.clone()]) {
                    Ok(length) => pending.start += length,
                    Err(error) if is_time_out(&error) => {}
                    Err(_) => return false,
                }
            }
        }
    }
}

fn is_time_out(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}

/// A URL in three parts: what precedes the host and port, these, and what follows them.
fn authority(url: &str) -> (&str, &str, &str) {
    let start = url.find("://").unwrap() + 3;
    let end = url[start..]
        .find(['/', '?'])
        .map_or(url.len(), |end| start + end);
    let start = url[start..end]
        .rfind('@')
        .map_or(start, |at| start + at + 1);
    (&url[..start], &url[start..end], &url[end..])
}

#[cfg(test)]
mod tests;
