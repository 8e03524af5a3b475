use std::io::{self, Read as _, Write as _};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use actix_web::rt::net::TcpStream;
use actix_web::web::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::control::{ConnectionControl, CutReason};
use super::refusal::{self, Refusal};

/// How many bytes may wait in the system to be sent, beside those that are on their way.
///
/// Only the bytes that leave distinguish a client that reads slowly from one that reads nothing. By default the system
/// would take megabytes at once, and nothing more until a good part of them was sent. For a slow client that takes
/// minutes.
#[cfg(target_os = "linux")]
const UNSENT_BYTES: u32 = 128 * 1024;

/// How many bytes that nobody will read are taken from a connection before it is closed, so that its client reads the
/// last answer and not that the connection was reset.
const DRAINED_BYTES: usize = 256 * 1024;

/// The stream of a connection, as the server uses it: it counts, it can be cut, and it gives the refusals that the server
/// makes itself the body that all refusals have.
pub(crate) struct GuardedStream {
    stream: TcpStream,
    control: Arc<ConnectionControl>,
    /// A refusal that is to be sent instead of the server's own.
    refusal: Option<Bytes>,
    /// Whether the head that arrives holds bytes that are not ASCII.
    odd_head: bool,
    /// Whether the client is there and nothing was written since the head of its request came.
    is_unanswered: bool,
    stage: Stage,
}

/// How far a connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    New,
    Admitted,
    Ended,
}

impl GuardedStream {
    pub(super) fn new(stream: TcpStream, control: Arc<ConnectionControl>) -> Self {
        bound_unsent_bytes(&stream);
        Self {
            stream,
            control,
            refusal: None,
            odd_head: false,
            is_unanswered: false,
            stage: Stage::New,
        }
    }

    /// The control of this connection.
    pub(crate) const fn control(&self) -> &Arc<ConnectionControl> {
        &self.control
    }

    /// Ends the stream where its connection was cut.
    fn check(&mut self) -> io::Result<()> {
        let Some(reason) = self.control.aborted() else {
            return Ok(());
        };
        if self.stage != Stage::Ended {
            self.stage = Stage::Ended;
            self.end(reason);
        }
        Err(io::Error::new(
            io::ErrorKind::ConnectionAborted,
            reason.name(),
        ))
    }

    /// Admits the connection when it is read for the first time, and reads what is there. A client whose request is there by
    /// then is answered before others can displace it, however many were accepted at once.
    ///
    /// Returns whether something was read, be it the end.
    fn admit(&mut self, buffer: &mut ReadBuf<'_>) -> io::Result<bool> {
        if self.stage != Stage::New {
            return Ok(false);
        }
        self.stage = Stage::Admitted;
        if self.control.connections().admit(&self.control) {
            return take(&self.stream, buffer);
        }
        self.stage = Stage::Ended;
        let _ = say(&self.stream, &Refusal::displaced().report(&self.control));
        say_end(&self.stream);
        Err(io::ErrorKind::ConnectionRefused.into())
    }

    /// A client whose request never came learns why. Everything else breaks, so that no client takes a part for the whole,
    /// and so that the system keeps none of the bytes that nobody reads.
    fn end(&mut self, reason: CutReason) {
        let refusal = match reason {
            CutReason::SlowHead => Some(Refusal::slow_head()),
            CutReason::Displaced => Some(Refusal::displaced()),
            _ => None,
        };
        if let Some(refusal) = refusal.filter(|_| self.control.is_between_requests()) {
            let bytes = refusal.report(&self.control);
            let _ = say(&self.stream, &bytes);
            say_end(&self.stream);
        } else if !(reason == CutReason::Idle && self.control.is_between_requests()) {
            reset_on_close(&self.stream);
        }
    }

    /// Sends the reason to a client that is still there when the server leaves in the middle of its request. The server
    /// leaves where it cannot find the end of the body, and sends no reason itself.
    fn refuse_malformed_body(&mut self) {
        let has_another_cause = self.control.is_between_requests()
            || !self.control.may_go_on()
            || std::thread::panicking();
        if self.is_unanswered && !has_another_cause {
            self.is_unanswered = false;
            let refusal = Refusal::malformed_body().report(&self.control);
            let _ = say(&self.stream, &refusal);
            say_end(&self.stream);
        }
    }

    /// Sends what is left of a refusal of ours. The server does not wait for one that cannot leave at once, so the socket is asked
    /// first, as in [`say`].
    fn poll_refusal(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(bytes) = &mut self.refusal {
            let written = match say(&self.stream, bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    ready!(Pin::new(&mut self.stream).poll_write(context, bytes))?
                }
                written => written?,
            };
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.control.left(written);
            let _ = bytes.split_to(written);
            if bytes.is_empty() {
                self.refusal = None;
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Waits to be woken by the stream, or by the code that cuts it.
    fn pending<T>(&mut self, context: &Context<'_>) -> Poll<io::Result<T>> {
        self.control.wait(context.waker());
        match self.check() {
            Ok(()) => Poll::Pending,
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    fn pending_write<T>(&mut self, context: &Context<'_>) -> Poll<io::Result<T>> {
        self.control.blocked();
        self.pending(context)
    }
}

impl AsyncRead for GuardedStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let is_read = this.admit(buffer)?;
        this.check()?;
        let read = if is_read {
            Poll::Ready(Ok(()))
        } else {
            Pin::new(&mut this.stream).poll_read(context, buffer)
        };
        match read {
            Poll::Pending => this.pending(context),
            Poll::Ready(Ok(())) => {
                let came = &buffer.filled()[before..];
                if this.control.is_between_requests() {
                    this.is_unanswered = true;
                    this.odd_head |= !came.is_ascii();
                } else {
                    this.odd_head = false;
                }
                if came.is_empty() {
                    this.is_unanswered = false;
                    this.control.set_ended();
                }
                this.control.came();
                Poll::Ready(Ok(()))
            }
            failed @ Poll::Ready(Err(_)) => {
                this.is_unanswered = false;
                this.control.set_ended();
                failed
            }
        }
    }
}

impl AsyncWrite for GuardedStream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.check()?;
        if this.refusal.is_some() && this.poll_refusal(context)?.is_pending() {
            return this.pending_write(context);
        }
        if this.control.is_between_requests()
            && let Some(refusal) = refusal::of_server(bytes, this.odd_head)
        {
            this.refusal = Some(refusal.report(&this.control));
            return Poll::Ready(Ok(bytes.len()));
        }
        match Pin::new(&mut this.stream).poll_write(context, bytes) {
            Poll::Pending => this.pending_write(context),
            Poll::Ready(Ok(written)) => {
                this.is_unanswered = false;
                this.control.left(written);
                Poll::Ready(Ok(written))
            }
            failed @ Poll::Ready(Err(_)) => {
                this.is_unanswered = false;
                failed
            }
        }
    }

    /// The server flushes when it has nothing more to write.
    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.check()?;
        if this.poll_refusal(context)?.is_pending() {
            return this.pending_write(context);
        }
        this.control.flushed();
        Pin::new(&mut this.stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.check()?;
        this.refuse_malformed_body();
        if this.poll_refusal(context)?.is_pending() {
            return this.pending_write(context);
        }
        say_end(&this.stream);
        Pin::new(&mut this.stream).poll_shutdown(context)
    }
}

impl Drop for GuardedStream {
    fn drop(&mut self) {
        self.refuse_malformed_body();
        self.control.connections().remove(self.control.id());
    }
}

/// Takes what has come, and returns whether something has, be it the end. The socket is asked itself, as in [`say`].
fn take(stream: &TcpStream, buffer: &mut ReadBuf<'_>) -> io::Result<bool> {
    let socket = socket2::SockRef::from(stream);
    match (&*socket).read(buffer.initialize_unfilled()) {
        Ok(bytes) => buffer.advance(bytes),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
        Err(error) => return Err(error),
    }
    Ok(true)
}

/// Sends what the system takes now of a few bytes. The socket is asked itself: the runtime does not know of a new connection
/// yet whether it takes bytes.
fn say(stream: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
    (&*socket2::SockRef::from(stream)).write(bytes)
}

/// Closes the writing side and takes what was sent meanwhile. A socket that is closed with unread bytes is reset, which
/// can take the last answer from its client.
fn say_end(stream: &TcpStream) {
    let socket = socket2::SockRef::from(stream);
    let _ = socket.shutdown(std::net::Shutdown::Write);
    let mut unread = [0; 8 * 1024];
    let mut drained = 0;
    while drained < DRAINED_BYTES {
        match (&*socket).read(&mut unread) {
            Ok(0) | Err(_) => return,
            Ok(bytes) => drained += bytes,
        }
    }
}

/// Makes the system forget at once what waits to be sent, and the client learn that the transfer broke.
fn reset_on_close(stream: &TcpStream) {
    let socket = socket2::SockRef::from(stream);
    if let Err(error) = socket.set_linger(Some(std::time::Duration::ZERO)) {
        tracing::debug!(%error, "a connection that is cut had already ended");
    }
}

#[cfg(target_os = "linux")]
fn bound_unsent_bytes(stream: &TcpStream) {
    let socket = socket2::SockRef::from(stream);
    if let Err(error) = socket.set_tcp_notsent_lowat(UNSENT_BYTES) {
        tracing::debug!(%error, "the bytes that wait for a client are not bounded");
    }
}

#[cfg(not(target_os = "linux"))]
fn bound_unsent_bytes(_stream: &TcpStream) {}
