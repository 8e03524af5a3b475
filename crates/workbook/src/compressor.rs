//! From rows to compressed bytes, on a thread of its own where there is enough to do.
//!
//! A small table is compressed where it is written. From the first full batch on, where the caller wants that, another
//! thread compresses one batch while the next is being written, a few at the most waiting between the two; a thread that
//! runs ahead waits for the other. What one core wrote and another reads has its price: a fifth more CPU time.

use std::{
    mem,
    sync::mpsc::{Receiver, Sender, SyncSender, TryRecvError, channel, sync_channel},
    thread::{self, JoinHandle},
};

use crate::{
    deflate::{Deflater, Rows, Total},
    error::{WorkbookError, WorkbookErrorKind},
};

/// How many bytes of rows travel together.
const BATCH: usize = 256 << 10;

/// Room for the row that fills a batch, unless it is a long one: memory that nothing is written to costs nothing.
const ROW_ROOM: usize = 64 << 10;

/// A row longer than this is compressed before its end.
const LONG_ROW: usize = 2 * BATCH;

/// How many batches wait for the other thread.
const WAITING: usize = 2;

/// Compresses one stream after another.
#[derive(Debug)]
pub(crate) struct Compressor {
    /// What stands before the first rows, until those are compressed: it can still be replaced.
    head: Vec<u8>,
    /// What is being written.
    rows: Rows,
    /// How many bytes of this stream were written before.
    size: u64,
    /// Whether another thread may be started.
    may_start: bool,
    stage: Stage,
}

/// Where the work is done.
#[derive(Debug)]
enum Stage {
    Here(Box<Deflater>),
    There(Worker),
}

/// The other thread.
#[derive(Debug)]
struct Worker {
    /// Taken when the thread is to end.
    jobs: Option<SyncSender<Job>>,
    results: Receiver<Done>,
    thread: Option<JoinHandle<()>>,
    /// What was emptied, to be filled again.
    spare: Vec<Rows>,
}

/// What the other thread is asked to do.
enum Job {
    Rows(Rows),
    Literals(Vec<u8>),
    Finish,
}

/// What it has done.
struct Done {
    output: Vec<u8>,
    /// The rows, to be filled again.
    rows: Option<Rows>,
    /// At the end of a stream.
    total: Option<Total>,
}

/// Whether compressed bytes were taken.
type Outcome = Result<(), WorkbookError>;

impl Compressor {
    /// A compressor for tables of so many columns, with another thread where that is worth its while, or without.
    pub(crate) fn new(columns: usize, thread: bool) -> Self {
        Self {
            head: Vec::new(),
            rows: Rows::with_capacity(BATCH + ROW_ROOM),
            size: 0,
            may_start: thread,
            stage: Stage::Here(Box::new(Deflater::new(columns))),
        }
    }

    /// What the next cells are written to. What is there must stay.
    #[inline]
    pub(crate) fn rows(&mut self) -> &mut Rows {
        &mut self.rows
    }

    /// A cell is in the row buffer, and more of its row may follow.
    #[inline]
    pub(crate) fn end_cell(&mut self) {
        if self.rows.size() > LONG_ROW {
            self.end_batch();
        }
    }

    /// A row is in the row buffer.
    #[inline]
    pub(crate) fn end_row(&mut self) {
        if self.rows.size() > BATCH {
            self.end_batch();
        }
    }

    /// Takes what stands at the beginning of a stream, before all rows, and holds it until the first batch of rows is full.
    pub(crate) fn put_head(&mut self, head: Vec<u8>) {
        self.head = head;
    }

    /// Whether the head of the stream is still held, so that [`put_head`](Self::put_head) can replace it.
    pub(crate) fn holds_head(&self) -> bool {
        !self.head.is_empty()
    }

    /// Takes bytes that belong to no row.
    pub(crate) fn put_literals(&mut self, bytes: &[u8]) {
        self.hand_over();
        self.compress_literals(bytes);
    }

    fn compress_literals(&mut self, bytes: &[u8]) {
        self.size += bytes.len() as u64;
        match &mut self.stage {
            Stage::Here(deflater) => deflater.put_literals(bytes),
            Stage::There(worker) => worker.send(Job::Literals(bytes.to_vec())),
        }
    }

    /// How many bytes went into this stream so far.
    pub(crate) fn size(&self) -> u64 {
        self.size + (self.head.len() + self.rows.size()) as u64
    }

    /// Passes on what came out.
    ///
    /// # Errors
    /// What `take` fails with; [`Internal`](WorkbookErrorKind::Internal) if the other thread died.
    #[inline]
    pub(crate) fn drain(&mut self, take: impl FnMut(&[u8]) -> Outcome) -> Outcome {
        match &mut self.stage {
            Stage::Here(deflater) => deflater.drain(take),
            Stage::There(worker) => worker.drain(take),
        }
    }

    /// Ends the stream, passes on the rest of it, and begins the next. Returns what went in.
    ///
    /// # Errors
    /// As for [`drain`](Self::drain).
    pub(crate) fn finish(
        &mut self,
        take: impl FnMut(&[u8]) -> Outcome,
    ) -> Result<Total, WorkbookError> {
        self.hand_over();
        self.size = 0;
        match &mut self.stage {
            Stage::Here(deflater) => {
                let total = deflater.finish();
                deflater.drain(take)?;
                Ok(total)
            }
            Stage::There(worker) => worker.finish(take),
        }
    }

    /// A batch is full: another thread may be worth its while from now on.
    #[cold]
    fn end_batch(&mut self) {
        self.hand_over();
        if self.may_start
            && let Stage::Here(deflater) = &mut self.stage
            && let Some(worker) = Worker::start(deflater)
        {
            self.stage = Stage::There(worker);
        }
    }

    /// Hands what was written to the deflater, or to the thread that compresses it.
    fn hand_over(&mut self) {
        if self.holds_head() {
            let head = mem::take(&mut self.head);
            self.compress_literals(&head);
        }
        if self.rows.size() == 0 {
            return;
        }
        self.size += self.rows.size() as u64;
        match &mut self.stage {
            Stage::Here(deflater) => {
                deflater.put(&mut self.rows);
                self.rows.clear();
            }
            Stage::There(worker) => {
                let empty = worker.spare.pop();
                let empty = empty.unwrap_or_else(|| Rows::with_capacity(BATCH + ROW_ROOM));
                worker.send(Job::Rows(mem::replace(&mut self.rows, empty)));
            }
        }
    }
}

impl Deflater {
    fn drain(&mut self, mut take: impl FnMut(&[u8]) -> Outcome) -> Outcome {
        if !self.output().is_empty() {
            take(self.output())?;
            self.clear_output();
        }
        Ok(())
    }
}

impl Worker {
    /// Starts a thread that goes on with what `deflater` began. `None` where the system gives no thread; then `deflater`
    /// is unchanged.
    fn start(deflater: &mut Box<Deflater>) -> Option<Self> {
        let (jobs, waiting) = sync_channel(WAITING);
        let (done, results) = channel();
        let (first, begin) = channel();
        let thread = thread::Builder::new()
            .name("compress".to_owned())
            .spawn(move || {
                if let Ok(deflater) = begin.recv() {
                    compress(deflater, &waiting, &done);
                }
            })
            .ok()?;
        let deflater = mem::replace(deflater, Box::new(Deflater::new(0)));
        // It is received, or the thread has died. Then the first missing result reports that.
        let _ = first.send(deflater);
        Some(Self {
            jobs: Some(jobs),
            results,
            thread: Some(thread),
            spare: Vec::new(),
        })
    }

    /// Waits for room. If the thread has died, the next missing result reports it.
    fn send(&self, job: Job) {
        if let Some(jobs) = &self.jobs {
            let _ = jobs.send(job);
        }
    }

    fn drain(&mut self, mut take: impl FnMut(&[u8]) -> Outcome) -> Outcome {
        loop {
            match self.results.try_recv() {
                Ok(done) => {
                    take(&done.output)?;
                    self.spare.extend(done.rows);
                }
                Err(TryRecvError::Empty) => return Ok(()),
                Err(TryRecvError::Disconnected) => return Err(died()),
            }
        }
    }

    fn finish(&mut self, mut take: impl FnMut(&[u8]) -> Outcome) -> Result<Total, WorkbookError> {
        self.send(Job::Finish);
        loop {
            let done = self.results.recv().map_err(|_| died())?;
            take(&done.output)?;
            self.spare.extend(done.rows);
            if let Some(total) = done.total {
                return Ok(total);
            }
        }
    }
}

impl Drop for Worker {
    /// Ends the thread, which has a few batches to go at the most.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // If the thread died, that was reported before.
            let _ = thread.join();
        }
    }
}

/// What the other thread does, for as long as there are jobs.
fn compress(mut deflater: Box<Deflater>, jobs: &Receiver<Job>, results: &Sender<Done>) {
    for job in jobs {
        let (rows, total) = match job {
            Job::Rows(mut rows) => {
                deflater.put(&mut rows);
                rows.clear();
                (Some(rows), None)
            }
            Job::Literals(bytes) => {
                deflater.put_literals(&bytes);
                (None, None)
            }
            Job::Finish => (None, Some(deflater.finish())),
        };
        let output = deflater.output().to_vec();
        deflater.clear_output();
        if results
            .send(Done {
                output,
                rows,
                total,
            })
            .is_err()
        {
            return;
        }
    }
}

fn died() -> WorkbookError {
    WorkbookError::new(
        WorkbookErrorKind::Internal,
        "the thread that compresses the workbook died",
    )
}

#[cfg(test)]
mod tests;
