use std::io::{self, Read};

use actix_web::web::Bytes;

use crate::http::body::{BodyFailure, UnreadBody};

/// How many chunks of a body may wait to be read. The rest stays in the socket.
const WAITING_PIECES: usize = 4;

/// A part of a body, on its way to the thread that reads it.
pub(super) enum Piece {
    /// Bytes, as they were sent.
    Bytes(Bytes),
    /// There are no more.
    End,
    /// There will be no more, although there should.
    Failed(BodyFailure),
}

/// A body, read on a thread while it arrives.
pub(super) struct PieceReader {
    pieces: flume::Receiver<Piece>,
    current: Bytes,
    has_ended: bool,
}

/// A channel from where a body arrives to where it is read.
pub(super) fn channel() -> (flume::Sender<Piece>, PieceReader) {
    let (sender, pieces) = flume::bounded(WAITING_PIECES);
    let reader = PieceReader {
        pieces,
        current: Bytes::new(),
        has_ended: false,
    };
    (sender, reader)
}

/// Passes a body on, chunk by chunk, as fast as it is taken.
pub(super) async fn feed(mut body: UnreadBody, pieces: flume::Sender<Piece>) {
    loop {
        let (piece, goes_on) = match body.next().await {
            Ok(Some(bytes)) => (Piece::Bytes(bytes), true),
            Ok(None) => (Piece::End, false),
            Err(failure) => (Piece::Failed(failure), false),
        };
        // Nobody takes it any more where the recording has failed, which it says itself.
        if pieces.send_async(piece).await.is_err() || !goes_on {
            return;
        }
    }
}

impl Read for PieceReader {
    /// Without [`Piece::End`] there is no end: a body that broke off is an error, not a short body.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() && !self.has_ended {
            match self.pieces.recv() {
                Ok(Piece::Bytes(bytes)) => self.current = bytes,
                Ok(Piece::End) => self.has_ended = true,
                Ok(Piece::Failed(failure)) => return Err(failure.into()),
                Err(flume::RecvError::Disconnected) => return Err(BodyFailure::BrokeOff.into()),
            }
        }
        let length = buffer.len().min(self.current.len());
        buffer[..length].copy_from_slice(&self.current.split_to(length));
        Ok(length)
    }
}
