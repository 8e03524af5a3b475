use deskledger_limiter::Permit;
use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;
use deskledger_store::Cancellation;
use futures_util::StreamExt as _;

use super::ExportFailure;
use super::sink::{Message, WHOLE_BYTES};
use crate::connection::{ConnectionControl, CutReason};

/// What a client is sent.
pub(crate) enum Export {
    /// All of it: it was small.
    Whole(Bytes),
    /// It goes on.
    Streamed(ExportBody),
}

/// The bytes of an export, as they are made. Dropped before its end, it stops the reading of the database.
pub(crate) struct ExportBody {
    first: VecDeque<Bytes>,
    messages: flume::r#async::RecvStream<'static, Message>,
    ended: bool,
    /// What the answer leaves by, to be cut where it breaks.
    connection: Option<Arc<ConnectionControl>>,
    _guard: Guard,
}

/// What an export holds for as long as somebody takes its bytes.
struct Guard {
    cancellation: Cancellation,
    _permit: Permit,
}

impl Drop for Guard {
    fn drop(&mut self) {
        // After the end this has no effect.
        self.cancellation.cancel();
    }
}

impl Export {
    /// Waits for the first bytes, or with `whole` for the last.
    ///
    /// # Errors
    /// When the export fails before them.
    pub(super) async fn begin(
        messages: flume::Receiver<Message>,
        whole: bool,
        cancellation: Cancellation,
        permit: Permit,
        connection: Option<Arc<ConnectionControl>>,
    ) -> Result<Self, Option<ExportFailure>> {
        // It stands here, so that a client that leaves while we wait stops the export too.
        let guard = Guard {
            cancellation,
            _permit: permit,
        };
        let mut messages = messages.into_stream();
        let mut first = VecDeque::new();
        let mut length = 0;
        while whole || length < WHOLE_BYTES {
            match messages.next().await {
                Some(Message::Chunk(chunk)) => {
                    length += chunk.len();
                    first.push_back(chunk);
                }
                Some(Message::End(taken)) => {
                    let _ = taken.send(());
                    let file = first.into_iter().fold(Vec::new(), |mut file, chunk| {
                        file.extend_from_slice(&chunk);
                        file
                    });
                    return Ok(Self::Whole(file.into()));
                }
                Some(Message::Failed(failure)) => return Err(Some(failure)),
                None => return Err(None),
            }
        }
        Ok(Self::Streamed(ExportBody {
            first,
            messages,
            ended: false,
            connection,
            _guard: guard,
        }))
    }
}

impl MessageBody for ExportBody {
    type Error = io::Error;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    /// A body that ends with an error is never closed properly, so no client takes a part for the whole.
    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, io::Error>>> {
        if let Some(chunk) = self.first.pop_front() {
            return Poll::Ready(Some(Ok(chunk)));
        }
        if self.ended {
            return Poll::Ready(None);
        }
        let Poll::Ready(message) = self.messages.poll_next_unpin(context) else {
            return Poll::Pending;
        };
        match message {
            Some(Message::Chunk(chunk)) => Poll::Ready(Some(Ok(chunk))),
            Some(Message::End(taken)) => {
                let _ = taken.send(());
                self.ended = true;
                Poll::Ready(None)
            }
            Some(Message::Failed(_)) | None => {
                // The server would close the connection in order, which wget takes for the end of the file. One that is cut is
                // reset, when the server polls it next, which it does before it polls this body again.
                if let Some(connection) = self.connection.take() {
                    connection.abort(CutReason::BrokenAnswer);
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Poll::Ready(Some(Err(io::Error::other("the export broke off"))))
            }
        }
    }
}
