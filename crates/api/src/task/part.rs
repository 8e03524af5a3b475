use std::io::{self, Write};
use std::sync::Arc;

use actix_web::web::Bytes;
use deskledger_audit::ProgressCounter;

/// How many bytes are sent to the storage together. S3 wants at least 5 MiB and takes at most 10,000 parts, so a file may
/// have 78 GiB.
const PART_BYTES: usize = 8 * 1024 * 1024;

/// How many parts may wait for the storage. With the one being filled and the one under way it is what a task holds in
/// memory.
const PARTS_WAITING: usize = 1;

/// The end of the channel that a file is written into. A storage that takes nothing blocks it, and with it the reading of
/// the database.
pub(super) struct PartSink {
    parts: flume::Sender<Bytes>,
    buffer: Vec<u8>,
    progress: Arc<ProgressCounter>,
}

impl PartSink {
    /// A channel of parts. `progress` counts the bytes that were handed over.
    pub(super) fn new(progress: Arc<ProgressCounter>) -> (Self, flume::Receiver<Bytes>) {
        let (parts, receiver) = flume::bounded(PARTS_WAITING);
        let sink = Self {
            parts,
            buffer: Vec::new(),
            progress,
        };
        (sink, receiver)
    }

    /// Hands over what is left.
    ///
    /// # Errors
    /// When nobody takes it.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.send()
    }

    fn send(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let part = Bytes::from(std::mem::take(&mut self.buffer));
        let bytes = part.len();
        self.parts
            .send(part)
            .map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        self.progress.add_bytes(bytes);
        Ok(())
    }
}

impl Write for PartSink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(PART_BYTES - self.buffer.len());
        self.buffer.extend_from_slice(&bytes[..taken]);
        if self.buffer.len() == PART_BYTES {
            self.send()?;
        }
        Ok(taken)
    }

    /// Does nothing: all parts but the last must be full.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn all_parts_but_the_last_are_full_and_hold_what_was_written() {
        let progress = Arc::new(ProgressCounter::default());
        let (mut sink, parts) = PartSink::new(Arc::clone(&progress));
        let written: Vec<u8> = (0..=u8::MAX).cycle().take(PART_BYTES * 2 + 7).collect();
        let reader = thread::spawn(move || parts.iter().collect::<Vec<_>>());
        for chunk in written.chunks(1_000_003) {
            sink.write_all(chunk).unwrap();
            sink.flush().unwrap();
        }
        sink.finish().unwrap();
        let parts = reader.join().unwrap();
        let lengths: Vec<_> = parts.iter().map(Bytes::len).collect();
        assert_eq!(lengths, [PART_BYTES, PART_BYTES, 7]);
        assert!(parts.concat() == written);
        assert_eq!(progress.bytes(), written.len() as u64);
    }

    #[test]
    fn a_storage_that_is_gone_ends_the_writing() {
        let (mut sink, parts) = PartSink::new(Arc::default());
        drop(parts);
        let error = sink.write_all(&vec![0; PART_BYTES]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }
}
