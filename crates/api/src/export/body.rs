use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;
use deskledger_store::Cancellation;
use futures_util::StreamExt as _;

use super::ExportFailure;
use super::sink::Piece;
use crate::limiter::Permit;

/// How much of an export is waited for before its answer begins. An export that is whole by then is sent with its
/// length, and whatever fails by then still gets its true status.
const FIRST_BYTES: usize = 64 * 1024;

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
    pieces: flume::r#async::RecvStream<'static, Piece>,
    ended: bool,
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
    /// Waits for the first bytes.
    ///
    /// # Errors
    /// When the export fails before them.
    pub(super) async fn begin(
        pieces: flume::Receiver<Piece>,
        cancellation: Cancellation,
        permit: Permit,
    ) -> Result<Self, Option<ExportFailure>> {
        // It stands here, so that a client that leaves while we wait stops the export too.
        let guard = Guard {
            cancellation,
            _permit: permit,
        };
        let mut pieces = pieces.into_stream();
        let mut first = VecDeque::new();
        let mut length = 0;
        while length < FIRST_BYTES {
            match pieces.next().await {
                Some(Piece::Chunk(chunk)) => {
                    length += chunk.len();
                    first.push_back(chunk);
                }
                Some(Piece::End(taken)) => {
                    let _ = taken.send(());
                    let whole = first.into_iter().fold(Vec::new(), |mut whole, chunk| {
                        whole.extend_from_slice(&chunk);
                        whole
                    });
                    return Ok(Self::Whole(whole.into()));
                }
                Some(Piece::Failed(failure)) => return Err(Some(failure)),
                None => return Err(None),
            }
        }
        Ok(Self::Streamed(ExportBody {
            first,
            pieces,
            ended: false,
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
        let Poll::Ready(piece) = self.pieces.poll_next_unpin(context) else {
            return Poll::Pending;
        };
        match piece {
            Some(Piece::Chunk(chunk)) => Poll::Ready(Some(Ok(chunk))),
            Some(Piece::End(taken)) => {
                let _ = taken.send(());
                self.ended = true;
                Poll::Ready(None)
            }
            Some(Piece::Failed(_)) | None => {
                Poll::Ready(Some(Err(io::Error::other("the export broke off"))))
            }
        }
    }
}
