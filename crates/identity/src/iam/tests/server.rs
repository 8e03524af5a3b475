use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// A server of HTTP that answers each request as a test says, on a free port.
pub(super) struct Server {
    port: u16,
    traffic: Arc<Traffic>,
}

#[derive(Default)]
struct Traffic {
    connections: AtomicUsize,
    /// The heads of the requests.
    requests: Mutex<Vec<String>>,
}

/// What is sent for a request; then the connection is closed where there is no more to expect.
pub(super) enum Reply {
    /// These bytes, and the connection stays.
    Bytes(Vec<u8>),
    /// These bytes, and the connection is closed.
    Last(Vec<u8>),
    /// These bytes, one after the other with a pause before each.
    Trickle(Vec<u8>),
}

impl Reply {
    /// An answer with a body.
    pub(super) fn new(status: u16, body: &str) -> Self {
        let length = body.len();
        Self::Bytes(
            format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes(),
        )
    }
}

impl Server {
    /// A server that answers the request of each number, from 0, by `reply`, which may take its time.
    pub(super) fn start(reply: impl Fn(usize) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_over(reply, |stream| stream)
    }

    /// A server that answers each request by the token that it asks about.
    pub(super) fn start_by_token(reply: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        Self::listen(move |_, head| reply(token(head)), |stream| stream)
    }

    /// A server whose connections are what `wrap` makes of them.
    pub(super) fn start_over<S: Read + Write + Send + 'static>(
        reply: impl Fn(usize) -> Reply + Send + Sync + 'static,
        wrap: impl Fn(TcpStream) -> S + Send + 'static,
    ) -> Self {
        Self::listen(move |number, _| reply(number), wrap)
    }

    fn listen<S: Read + Write + Send + 'static>(
        reply: impl Fn(usize, &str) -> Reply + Send + Sync + 'static,
        wrap: impl Fn(TcpStream) -> S + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let traffic = Arc::new(Traffic::default());
        let counted = Arc::clone(&traffic);
        let reply = Arc::new(reply);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = wrap(stream.unwrap());
                counted.connections.fetch_add(1, Ordering::SeqCst);
                let (traffic, reply) = (Arc::clone(&counted), Arc::clone(&reply));
                // A client that leaves ends the connection, which is not a failure of the server.
                thread::spawn(move || serve(stream, &traffic, &*reply).ok());
            }
        });
        Self { port, traffic }
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn connections(&self) -> usize {
        self.traffic.connections.load(Ordering::SeqCst)
    }

    /// The tokens that were asked about, in order.
    pub(super) fn tokens(&self) -> Vec<String> {
        let requests = self.traffic.requests.lock().unwrap();
        requests.iter().map(|head| token(head).to_owned()).collect()
    }

    pub(super) fn requests(&self) -> Vec<String> {
        self.traffic.requests.lock().unwrap().clone()
    }
}

/// The token that a request asks about.
fn token(head: &str) -> &str {
    let (_, token) = head.split_once("x-subject-token: ").unwrap();
    token.lines().next().unwrap()
}

/// The address of nobody.
pub(super) fn closed_url() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

fn serve(
    mut stream: impl Read + Write,
    traffic: &Traffic,
    reply: &dyn Fn(usize, &str) -> Reply,
) -> std::io::Result<()> {
    loop {
        let Some(head) = read_head(&mut stream)? else {
            return Ok(());
        };
        let number = {
            let mut requests = traffic.requests.lock().unwrap();
            requests.push(head.clone());
            requests.len() - 1
        };
        match reply(number, &head) {
            Reply::Bytes(bytes) => stream.write_all(&bytes)?,
            Reply::Last(bytes) => return stream.write_all(&bytes),
            Reply::Trickle(bytes) => {
                for byte in bytes {
                    thread::sleep(std::time::Duration::from_millis(50));
                    stream.write_all(&[byte])?;
                }
            }
        }
        stream.flush()?;
    }
}

/// Reads to the blank line. None: the client has gone.
fn read_head(stream: &mut impl Read) -> std::io::Result<Option<String>> {
    let mut head = Vec::new();
    let mut buffer = [0; 16 * 1024];
    while !head.ends_with(b"\r\n\r\n") {
        let read = stream.read(&mut buffer)?;
        if read == 0 {
            return Ok(None);
        }
        head.extend_from_slice(&buffer[..read]);
    }
    Ok(Some(String::from_utf8(head).unwrap().to_lowercase()))
}
