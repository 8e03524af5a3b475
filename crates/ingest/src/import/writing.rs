//! Who writes the batches of an import: the caller's function itself, or threads that do so at once.

use std::{
    collections::{BTreeMap, HashSet},
    hash::{BuildHasher as _, RandomState},
    io,
    num::NonZeroUsize,
    sync::{
        Mutex, PoisonError,
        mpsc::{self, Receiver, Sender},
    },
    thread::{self, Scope},
};

use deskledger_domain::{ConnectionEvent, Written};

use super::ImportSummary;

/// Records that are written together.
pub(super) struct Batch {
    pub(super) events: Vec<ConnectionEvent>,
    /// The first line of the batch.
    pub(super) first_line: u64,
    /// How far the input was read at its end. What was written is not in it.
    pub(super) end: ImportSummary,
}

/// A batch that was written, or was not.
pub(super) struct Outcome<E> {
    pub(super) records: u64,
    pub(super) first_line: u64,
    pub(super) end: ImportSummary,
    pub(super) result: Result<Written, E>,
}

impl<E> Outcome<E> {
    fn of(batch: &Batch, write: impl FnOnce(&[ConnectionEvent]) -> Result<Written, E>) -> Self {
        Self {
            records: batch.events.len() as u64,
            first_line: batch.first_line,
            end: batch.end,
            result: write(&batch.events),
        }
    }
}

/// Takes batches to be written.
pub(super) trait WriteBatches<E> {
    /// Takes a batch. The outcomes of batches that are done by now are passed on, in the order of the batches.
    fn take(&mut self, batch: Batch, pass: &mut dyn FnMut(Outcome<E>));

    /// Waits until all are done.
    fn finish(&mut self, pass: &mut dyn FnMut(Outcome<E>));
}

/// Each batch is written when it is taken.
pub(super) struct InTurn<W>(pub(super) W);

impl<E, W: FnMut(&[ConnectionEvent]) -> Result<Written, E>> WriteBatches<E> for InTurn<W> {
    fn take(&mut self, batch: Batch, pass: &mut dyn FnMut(Outcome<E>)) {
        pass(Outcome::of(&batch, &mut self.0));
    }

    fn finish(&mut self, _: &mut dyn FnMut(Outcome<E>)) {}
}

/// Threads write batches at once, while the next ones are read.
///
/// No two batches with an event of the same connection are under way together, so that the later event is written later.
pub(super) struct AtOnce<E> {
    queue: Sender<(u64, Batch)>,
    done: Receiver<Done<E>>,
    /// How many batches may be under way: one waits for the writers.
    most: usize,
    next: u64,
    /// The connections of those that are under way, by hash.
    under_way: BTreeMap<u64, HashSet<u64>>,
    /// What is done out of turn.
    early: BTreeMap<u64, Outcome<E>>,
    /// Which batch is passed on next.
    due: u64,
    has_failed: bool,
    hasher: RandomState,
}

/// A batch that is done; `None` where a writer panicked.
type Done<E> = Option<(u64, Outcome<E>)>;

impl<E: Send> AtOnce<E> {
    /// Starts so many writers, or as many as the system allows.
    ///
    /// # Errors
    /// When it allows none.
    pub(super) fn start<'scope, 'env, W>(
        scope: &'scope Scope<'scope, 'env>,
        writers: NonZeroUsize,
        queued: &'env Mutex<Option<Receiver<(u64, Batch)>>>,
        write: &'env W,
    ) -> io::Result<Self>
    where
        W: Fn(&[ConnectionEvent]) -> Result<Written, E> + Sync,
        E: 'scope,
    {
        let (queue, receiver) = mpsc::channel();
        *queued.lock().unwrap_or_else(PoisonError::into_inner) = Some(receiver);
        let (report, done) = mpsc::channel();
        let mut started = 0;
        for _ in 0..writers.get() {
            let report = report.clone();
            let thread = thread::Builder::new()
                .name("deskledger-import".to_owned())
                .spawn_scoped(scope, move || work(queued, &report, write));
            match thread {
                Ok(_) => started += 1,
                Err(error) if started == 0 => return Err(error),
                Err(_) => break,
            }
        }
        Ok(Self {
            queue,
            done,
            most: started + 1,
            next: 0,
            under_way: BTreeMap::new(),
            early: BTreeMap::new(),
            due: 0,
            has_failed: false,
            hasher: RandomState::new(),
        })
    }

    /// Waits for one batch.
    fn wait(&mut self, pass: &mut dyn FnMut(Outcome<E>)) {
        let Ok(Some((number, outcome))) = self.done.recv() else {
            // A writer panicked, and so does the scope of its thread as soon as the others end.
            self.under_way.clear();
            self.has_failed = true;
            return;
        };
        self.under_way.remove(&number);
        self.has_failed |= outcome.result.is_err();
        self.early.insert(number, outcome);
        while let Some(outcome) = self.early.remove(&self.due) {
            self.due += 1;
            pass(outcome);
        }
    }
}

impl<E: Send> WriteBatches<E> for AtOnce<E> {
    fn take(&mut self, batch: Batch, pass: &mut dyn FnMut(Outcome<E>)) {
        let connections: HashSet<_> = batch
            .events
            .iter()
            .map(|event| self.hasher.hash_one(&event.fields().transaction_id))
            .collect();
        while self.under_way.len() >= self.most
            || !self.under_way.is_empty()
                && (self.has_failed
                    || self
                        .under_way
                        .values()
                        .any(|others| !others.is_disjoint(&connections)))
        {
            self.wait(pass);
        }
        if !self.has_failed && self.queue.send((self.next, batch)).is_ok() {
            self.under_way.insert(self.next, connections);
            self.next += 1;
        }
    }

    fn finish(&mut self, pass: &mut dyn FnMut(Outcome<E>)) {
        while !self.under_way.is_empty() {
            self.wait(pass);
        }
    }
}

/// Writes one batch after the other until there will be no more.
fn work<E>(
    queued: &Mutex<Option<Receiver<(u64, Batch)>>>,
    report: &Sender<Done<E>>,
    write: &impl Fn(&[ConnectionEvent]) -> Result<Written, E>,
) {
    let _if_panicking = Panicking(report);
    loop {
        let next = {
            let queued = queued.lock().unwrap_or_else(PoisonError::into_inner);
            queued.as_ref().and_then(|queued| queued.recv().ok())
        };
        let Some((number, batch)) = next else { return };
        let outcome = Outcome::of(&batch, write);
        if report.send(Some((number, outcome))).is_err() {
            return;
        }
    }
}

/// Reports a panic, for which nobody would else stop waiting.
struct Panicking<'a, E>(&'a Sender<Done<E>>);

impl<E> Drop for Panicking<'_, E> {
    fn drop(&mut self) {
        if thread::panicking() {
            let _ = self.0.send(None);
        }
    }
}
