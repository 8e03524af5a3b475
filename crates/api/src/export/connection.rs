use std::net::{Shutdown, TcpStream};
use std::sync::Arc;

use actix_web::rt::net::TcpStream as ServerStream;

/// How many bytes may wait in the system to be sent, beside those that are on their way.
#[cfg(target_os = "linux")]
const UNSENT_BYTES: u32 = 128 * 1024;

/// A second hold on the connection of a client, to end it from outside.
///
/// The server waits for a client that takes nothing for as long as the client likes. An export does not: it shuts the
/// connection down, which ends the wait.
///
/// What tells a client that takes nothing from one that takes little is whether bytes leave. The system by itself would
/// take megabytes at once and nothing more until a good part of them was sent, which is minutes for a slow client.
#[derive(Clone, Debug)]
pub(crate) struct ClientConnection(Arc<TcpStream>);

impl ClientConnection {
    /// Takes a second hold on a connection that was just accepted; `None` where the system gives none.
    #[cfg(unix)]
    pub(crate) fn of(stream: &ServerStream) -> Option<Self> {
        use std::os::fd::AsFd as _;

        let descriptor = stream.as_fd().try_clone_to_owned().ok()?;
        let stream = TcpStream::from(descriptor);
        bound_unsent_bytes(&stream);
        Some(Self(Arc::new(stream)))
    }

    /// Elsewhere a slow client is left to the operating system.
    #[cfg(not(unix))]
    pub(crate) fn of(_stream: &ServerStream) -> Option<Self> {
        None
    }

    /// Ends the connection at once, both ways.
    pub(super) fn shut_down(&self) {
        if let Err(error) = self.0.shutdown(Shutdown::Both) {
            tracing::debug!(%error, "the connection of a slow client had already ended");
        }
    }
}

#[cfg(target_os = "linux")]
fn bound_unsent_bytes(stream: &TcpStream) {
    let socket = socket2::SockRef::from(stream);
    if let Err(error) = socket.set_tcp_notsent_lowat(UNSENT_BYTES) {
        tracing::debug!(%error, "the bytes that wait for a client are not bounded");
    }
}

#[cfg(all(unix, not(target_os = "linux")))]
fn bound_unsent_bytes(_stream: &TcpStream) {}
