use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// Passes connections on to a server, counts them, and can be cut.
pub struct Relay {
    url: String,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    connections: AtomicUsize,
    is_cut: AtomicBool,
}

impl Relay {
    /// A relay to the server at `url`, which has a host and a port and no more.
    pub fn to(url: &str) -> Self {
        let target = url.strip_prefix("http://").unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let relay = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            state: Arc::default(),
        };
        let state = Arc::clone(&relay.state);
        thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                state.connections.fetch_add(1, Ordering::SeqCst);
                // Where it is cut, the client's connection closes at once.
                if !state.is_cut.load(Ordering::SeqCst) {
                    let server = TcpStream::connect(&target).unwrap();
                    pass(&client, &server);
                    pass(&server, &client);
                }
            }
        });
        relay
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How many connections it was asked for.
    pub fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }

    /// From now on no connection comes through.
    pub fn cut(&self) {
        self.state.is_cut.store(true, Ordering::SeqCst);
    }

    /// From now on connections come through again.
    pub fn mend(&self) {
        self.state.is_cut.store(false, Ordering::SeqCst);
    }
}

/// Passes on what `from` sends, until it ends.
fn pass(from: &TcpStream, to: &TcpStream) {
    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
    thread::spawn(move || {
        // Either may have gone, which ends this.
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
}
