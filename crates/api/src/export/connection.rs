use std::net::{Shutdown, TcpStream};
use std::sync::Arc;

use actix_web::rt::net::TcpStream as ServerStream;

/// A second hold on the connection of a client, to end it from outside.
///
/// The server waits for a client that takes nothing for as long as the client likes. An export does not: it shuts the
/// connection down, which ends the wait.
#[derive(Clone, Debug)]
pub(crate) struct ClientConnection(Arc<TcpStream>);

impl ClientConnection {
    /// Takes a second hold on a connection that was just accepted; `None` where the system gives none.
    #[cfg(unix)]
    pub(crate) fn of(stream: &ServerStream) -> Option<Self> {
        use std::os::fd::AsFd as _;

        let descriptor = stream.as_fd().try_clone_to_owned().ok()?;
        Some(Self(Arc::new(TcpStream::from(descriptor))))
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
