use std::io::{self, Read};

use actix_web::web::Bytes;

use crate::http::body::{BodyFailure, UnreadBody};

/// How many chunks of a body may wait to be read. The rest stays in the socket.
const WAITING_CHUNKS: usize = 4;

/// A part of a body, on its way to the thread that reads it.
pub(super) enum Chunk {
    /// Bytes, as they were sent.
    Bytes(Bytes),
    /// There are no more.
    End,
    /// There will be no more, although there should.
    Failed(BodyFailure),
}

/// A body, read on a thread while it arrives.
pub(super) struct ChunkReader {
    chunks: flume::Receiver<Chunk>,
    current: Bytes,
    has_ended: bool,
}

/// A channel from where a body arrives to where it is read.
pub(super) fn channel() -> (flume::Sender<Chunk>, ChunkReader) {
    let (sender, chunks) = flume::bounded(WAITING_CHUNKS);
    let reader = ChunkReader {
        chunks,
        current: Bytes::new(),
        has_ended: false,
    };
    (sender, reader)
}

/// Passes a body on, chunk by chunk, as fast as it is taken.
pub(super) async fn feed(mut body: UnreadBody, chunks: flume::Sender<Chunk>) {
    loop {
        let (chunk, goes_on) = match body.next().await {
            Ok(Some(bytes)) => (Chunk::Bytes(bytes), true),
            Ok(None) => (Chunk::End, false),
            Err(failure) => (Chunk::Failed(failure), false),
        };
        // Nobody takes it any more where the recording has failed, which it says itself.
        if chunks.send_async(chunk).await.is_err() || !goes_on {
            return;
        }
    }
}

impl Read for ChunkReader {
    /// Without [`Chunk::End`] there is no end: a body that broke off is an error, not a short body.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() && !self.has_ended {
            match self.chunks.recv() {
                Ok(Chunk::Bytes(bytes)) => self.current = bytes,
                Ok(Chunk::End) => self.has_ended = true,
                Ok(Chunk::Failed(failure)) => return Err(failure.into()),
                Err(flume::RecvError::Disconnected) => return Err(BodyFailure::BrokeOff.into()),
            }
        }
        let length = buffer.len().min(self.current.len());
        buffer[..length].copy_from_slice(&self.current.split_to(length));
        Ok(length)
    }
}
