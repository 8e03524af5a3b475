//! From the thread that writes to the body that is sent: a bounded channel of chunks.

use deskledger_audit::ProgressCounter;
use deskledger_limiter::{Demand, Progress};
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use actix_web::web::Bytes;

use super::ExportFailure;

/// How many bytes travel together. Few enough that the first leave at once, enough that the channel costs nothing.
const CHUNK_BYTES: usize = 64 * 1024;

/// How many chunks may wait for the client: with it, what one slow reader holds in memory.
const CHUNKS_WAITING: usize = 8;

/// How many bytes a file may have that is sent whole, with its length. Whatever fails by then still gets its true status.
pub(super) const WHOLE_BYTES: usize = 64 * 1024;

/// How often a writer that has nothing left to write looks whether its client is still there.
const TICK: Duration = Duration::from_millis(20);

/// How long the export of a project that has others waiting pauses after each chunk while another project's export runs. It
/// takes some three times as long then, and the cores are idle when the other one needs them.
const GIVE_WAY: Duration = Duration::from_millis(3);

/// How often a writer that waits for its client looks whether somebody else waits for its permit.
const LOOK: Duration = Duration::from_millis(100);

/// What travels to the body. A channel that ends with neither of the last two means that the writer died.
#[derive(Debug)]
pub(super) enum Message {
    /// The next bytes of the file.
    Chunk(Bytes),
    /// The file is whole. The receiver confirms that it took this.
    End(mpsc::Sender<()>),
    /// It will never be.
    Failed(ExportFailure),
}

/// The end of the channel that the file is written into. A client that takes nothing blocks it, and with it
/// the reading of the database.
pub(super) struct BodySink {
    sender: flume::Sender<Message>,
    patience: Patience,
    progress: Arc<ProgressCounter>,
    /// Whether what travels is the file as it is: else its bytes are counted before they are compressed.
    counts: bool,
    /// Whether the client may have seen something of the file.
    is_touched: bool,
    buffer: Vec<u8>,
    /// How many bytes were handed over, where the client takes no more than [`WHOLE_BYTES`].
    whole: Option<usize>,
}

/// How long a client is waited for.
pub(super) struct Patience {
    /// How long it may take nothing.
    pub(super) silence: Duration,
    /// Whether it has been slow.
    pub(super) progress: Progress,
    /// Whether somebody waits for it to end.
    pub(super) demand: Option<Demand>,
}

impl Patience {
    /// The client was waited for, for the last `time` of a silence of `silence`.
    fn waited(&mut self, time: Duration, silence: Duration) -> io::Result<()> {
        if silence >= self.silence {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.progress.waited(time);
        match &self.demand {
            Some(demand) if self.progress.is_slow() && demand.is_wanted() => {
                demand.count_cut();
                Err(io::ErrorKind::ConnectionAborted.into())
            }
            _ => Ok(()),
        }
    }
}

impl BodySink {
    /// A channel whose client is waited for with `patience`. `progress` counts the bytes that were handed over.
    pub(super) fn new(
        patience: Patience,
        progress: Arc<ProgressCounter>,
    ) -> (Self, flume::Receiver<Message>) {
        let (sender, receiver) = flume::bounded(CHUNKS_WAITING);
        let sink = Self {
            sender,
            patience,
            progress,
            counts: true,
            is_touched: false,
            buffer: Vec::with_capacity(CHUNK_BYTES),
            whole: None,
        };
        (sink, receiver)
    }

    /// The same for a client that cannot be sent what is larger than [`WHOLE_BYTES`].
    pub(super) fn whole(self) -> Self {
        let whole = Some(0);
        Self { whole, ..self }
    }

    /// The same for what is compressed on its way, which somebody else counts before.
    pub(super) fn uncounted(self) -> Self {
        let counts = false;
        Self { counts, ..self }
    }

    /// Another way into the channel.
    pub(super) fn sender(&self) -> flume::Sender<Message> {
        self.sender.clone()
    }

    /// Forgets what was written, where none of it was handed over. Returns whether that is so.
    pub(super) fn forget(&mut self) -> bool {
        if !self.is_touched {
            self.buffer.clear();
            self.progress.clear_bytes();
        }
        !self.is_touched
    }

    /// Says that the file is whole, and waits until the client took what is left of it: until then the export goes on,
    /// and its patience with it.
    pub(super) fn finish(mut self) -> Result<(), ExportFailure> {
        self.end()
            .map_err(|error| ExportFailure::of_client(&error).unwrap_or(ExportFailure::ClientLeft))
    }

    fn end(&mut self) -> io::Result<()> {
        self.flush()?;
        let (taken, wait) = mpsc::channel();
        self.send(Message::End(taken))?;
        let mut waiting = self.sender.len();
        let mut since = Instant::now();
        let mut looked = since;
        while wait.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
            // What waits in the channel outlives the client, so its leaving must be looked for.
            if self.sender.is_disconnected() {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            let (left, now) = (self.sender.len(), Instant::now());
            if left < waiting {
                self.patience.progress.moved((waiting - left) * CHUNK_BYTES);
                waiting = left;
                since = now;
            }
            self.patience.waited(now - looked, now - since)?;
            looked = now;
        }
        Ok(())
    }

    /// Puts a [`Message`] into the channel. As long as the client keeps up, the channel has room, and the clock is not
    /// read.
    fn send(&mut self, message: Message) -> io::Result<()> {
        let mut message = match self.sender.try_send(message) {
            Ok(()) => {
                self.patience.progress.moved(CHUNK_BYTES);
                return Ok(());
            }
            Err(flume::TrySendError::Full(message)) => message,
            Err(flume::TrySendError::Disconnected(_)) => {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
        };
        let since = Instant::now();
        let mut looked = since;
        loop {
            let look = LOOK.min(self.patience.silence);
            match self.sender.send_timeout(message, look) {
                Ok(()) => {
                    self.patience.progress.waited(looked.elapsed());
                    // One has left the channel, or there were no room.
                    self.patience.progress.moved(CHUNK_BYTES);
                    return Ok(());
                }
                Err(flume::SendTimeoutError::Timeout(back)) => message = back,
                Err(flume::SendTimeoutError::Disconnected(_)) => {
                    return Err(io::ErrorKind::BrokenPipe.into());
                }
            }
            let now = Instant::now();
            self.patience.waited(now - looked, now - since)?;
            looked = now;
        }
    }
}

impl Write for BodySink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(CHUNK_BYTES - self.buffer.len());
        self.buffer.extend_from_slice(&bytes[..taken]);
        if self.buffer.len() == CHUNK_BYTES {
            self.flush()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        if let Some(handed_over) = &mut self.whole {
            *handed_over += self.buffer.len();
            if *handed_over > WHOLE_BYTES {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
        }
        let chunk = std::mem::replace(&mut self.buffer, Vec::with_capacity(CHUNK_BYTES));
        let bytes = chunk.len();
        self.send(Message::Chunk(chunk.into()))?;
        self.is_touched = true;
        if self.counts {
            self.progress.add_bytes(bytes);
        }
        // A large export never waits while its client keeps up, so what a small one does in many short steps would wait for
        // the end of its slice each time.
        match &self.patience.demand {
            Some(demand) if demand.should_give_way() => thread::sleep(GIVE_WAY),
            _ => thread::yield_now(),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(20);

    fn patience(silence: Duration) -> Patience {
        Patience {
            silence,
            progress: Progress::new(16 * 1024, Duration::from_secs(5)),
            demand: None,
        }
    }

    #[test]
    fn what_is_written_arrives_in_order_and_then_the_end() {
        let progress = Arc::new(ProgressCounter::default());
        let patience = patience(Duration::from_secs(60));
        let (mut sink, receiver) = BodySink::new(patience, Arc::clone(&progress));
        let written: Vec<u8> = (0..=u8::MAX).cycle().take(CHUNK_BYTES * 3 + 7).collect();
        sink.write_all(&written).unwrap();
        let reader = thread::spawn(move || {
            let mut arrived = Vec::new();
            loop {
                match receiver.recv().unwrap() {
                    Message::Chunk(chunk) => arrived.extend_from_slice(&chunk),
                    Message::End(taken) => {
                        taken.send(()).unwrap();
                        return arrived;
                    }
                    Message::Failed(failure) => panic!("{failure}"),
                }
            }
        });
        sink.finish().unwrap();
        assert!(reader.join().unwrap() == written);
        assert_eq!(progress.bytes(), written.len() as u64);
    }

    #[test]
    fn a_client_that_takes_nothing_ends_the_writing_and_bounds_what_waits() {
        let (mut sink, receiver) = BodySink::new(patience(SHORT), Arc::default());
        let endless = vec![0; CHUNK_BYTES * (CHUNKS_WAITING + 2)];
        let error = sink.write_all(&endless).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(receiver.len(), CHUNKS_WAITING);
    }

    #[test]
    fn a_client_that_takes_nothing_of_what_is_left_ends_the_export_too() {
        let (mut sink, _receiver) = BodySink::new(patience(SHORT), Arc::default());
        sink.write_all(b"all of it fits into the channel").unwrap();
        assert!(matches!(sink.finish(), Err(ExportFailure::ClientSlow)));
    }

    #[test]
    fn a_client_that_left_before_the_end_has_left() {
        let (mut sink, receiver) = BodySink::new(patience(Duration::from_secs(60)), Arc::default());
        sink.write_all(b"all of it fits into the channel").unwrap();
        let writer = thread::spawn(move || sink.finish());
        receiver.recv().unwrap();
        drop(receiver);
        assert!(matches!(
            writer.join().unwrap(),
            Err(ExportFailure::ClientLeft)
        ));
    }

    #[test]
    fn a_file_that_must_be_whole_ends_where_it_is_too_large() {
        for (bytes, fits) in [(WHOLE_BYTES, true), (WHOLE_BYTES + 1, false)] {
            let (sink, _receiver) = BodySink::new(patience(SHORT), Arc::default());
            let mut sink = sink.whole();
            let written = sink.write_all(&vec![0; bytes]).and_then(|()| sink.flush());
            let kind = written.map_err(|error| error.kind());
            let expected = if fits {
                Ok(())
            } else {
                Err(io::ErrorKind::FileTooLarge)
            };
            assert_eq!(kind, expected, "{bytes}");
        }
    }

    #[test]
    fn a_client_that_left_ends_the_writing() {
        let (mut sink, receiver) = BodySink::new(patience(SHORT), Arc::default());
        drop(receiver);
        let error = sink.write_all(&vec![0; CHUNK_BYTES]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }
}
