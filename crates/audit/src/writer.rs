use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use deskledger_domain::{AuditId, Clock, ExportEnding, ExportOutcome, ExportProgress, error_chain};
use deskledger_store::{AuditEvent, AuditLog, StoreError, StoreErrorKind};
use deskledger_telemetry::Repetition;
use flume::RecvTimeoutError;
use tokio::sync::oneshot;

use crate::client::{Counts, lock, whole};
use crate::line::log_end;
use crate::observer::AuditObserver;
use crate::sweep::EndedSweep;
use crate::waiting::Waits;

/// How often a writer that has nothing to write looks after its connection, and after what it could not write.
const KEEP_ALIVE: Duration = Duration::from_secs(2);

/// How long the end of an export waits for the beginning of another one, with which it then shares the wait for the disk.
const LINGER: Duration = Duration::from_millis(20);

/// How often it looks for what processes left open that are gone.
const LOOK_FOR_ABANDONED: Duration = Duration::from_secs(3600);

/// How often it looks for what was counted for long enough.
const LOOK_FOR_COUNTS: Duration = Duration::from_secs(1);

/// The most commands that are written at once: they share a transaction, and so the wait for the disk.
const BATCH: usize = 256;

/// Whether something was written, or else why not, for the log.
pub(crate) type Written = Result<(), Arc<str>>;

/// What is to be written.
pub(crate) enum Command {
    /// An export begins as soon as this is written. `done` receives whether it was written.
    Open {
        id: AuditId,
        started: AuditEvent,
        done: oneshot::Sender<Written>,
        waits: Waits,
    },
    /// An export that was begun has ended.
    Close { id: AuditId, ending: ExportEnding },
    /// Something was done or refused at once. `done` receives whether that was written.
    Add {
        events: Vec<AuditEvent>,
        done: oneshot::Sender<Written>,
        waits: Waits,
    },
    /// Refusals that were counted together. Nobody waits for them.
    AddCounted {
        id: AuditId,
        events: Vec<AuditEvent>,
    },
    /// Nothing is begun any more. `done` is notified when everything that was begun is closed.
    Finish { done: oneshot::Sender<()> },
}

/// Writes the audits of this process, on a thread of its own.
pub(crate) struct Writer {
    log: Box<dyn AuditLog>,
    commands: flume::Receiver<Command>,
    clock: Clock,
    /// What is written as begun, and not yet as ended.
    open: HashSet<AuditId>,
    /// What could not be written when it should have been: ends, and refusals that were counted.
    unwritten: Vec<(AuditId, Vec<AuditEvent>)>,
    counts: Counts,
    /// When it looked last for what was counted for long enough.
    counted: Instant,
    finishing: Vec<oneshot::Sender<()>>,
    observer: Arc<dyn AuditObserver>,
    writable: Arc<AtomicBool>,
    /// What was logged of the connection.
    failures: Repetition,
}

impl Writer {
    pub(crate) fn new(
        log: Box<dyn AuditLog>,
        commands: flume::Receiver<Command>,
        counts: Counts,
        clock: Clock,
        observer: Arc<dyn AuditObserver>,
        writable: Arc<AtomicBool>,
    ) -> Self {
        Self {
            log,
            commands,
            clock,
            open: HashSet::new(),
            unwritten: Vec::new(),
            counts,
            counted: Instant::now(),
            finishing: Vec::new(),
            observer,
            writable,
            failures: Repetition::default(),
        }
    }

    /// Closes what processes left open that are gone.
    pub(crate) fn interrupt_abandoned(&mut self) -> Result<(), StoreError> {
        let audits = self.log.interrupt_abandoned(self.clock.now())?;
        if audits > 0 {
            tracing::warn!(
                audits,
                "exports of processes that are gone were interrupted"
            );
        }
        Ok(())
    }

    /// Writes until nobody can send a command any more.
    pub(crate) fn run(&mut self) {
        let mut looked = Instant::now();
        while let Some(commands) = self.next() {
            let can_write = if commands.is_empty() {
                self.look_after_connection()
            } else {
                self.write(commands)
            };
            if can_write {
                self.write_unwritten();
                self.write_counted();
            }
            self.observer.set_writable(can_write);
            self.writable.store(can_write, Ordering::Relaxed);
            self.observer.set_queued(self.unwritten.len());
            if looked.elapsed() >= LOOK_FOR_ABANDONED {
                looked = Instant::now();
                if let Err(error) = self.interrupt_abandoned() {
                    warn("audits that were left open could not be looked for", &error);
                }
            }
            if self.open.is_empty() {
                for done in self.finishing.drain(..) {
                    let _ = done.send(());
                }
            }
        }
        self.write_unwritten();
    }

    /// What is to be written together; nothing after a while in which nothing came. `None` when nothing can come any more.
    fn next(&self) -> Option<Vec<Command>> {
        let mut commands = Vec::new();
        let mut patience = KEEP_ALIVE;
        while commands.len() < BATCH {
            match self.commands.recv_timeout(patience) {
                Ok(command) => {
                    // A command that somebody waits for is written with what is already there, and waits for no more
                    // commands.
                    patience = if patience > Duration::ZERO && command.can_wait() {
                        LINGER
                    } else {
                        Duration::ZERO
                    };
                    commands.push(command);
                }
                Err(RecvTimeoutError::Disconnected) if commands.is_empty() => return None,
                Err(_) => break,
            }
        }
        Some(commands)
    }

    /// Writes commands in one transaction, and says whether the database takes any. Where one of them is to blame for a
    /// failure, the others are written without it.
    fn write(&mut self, mut commands: Vec<Command>) -> bool {
        self.leave_out_what_never_began(&mut commands);
        let events: Vec<_> = commands.iter().flat_map(Command::events).collect();
        let result = if events.is_empty() {
            Ok(())
        } else {
            self.log.append(&events)
        };
        let written: Written = result
            .as_ref()
            .copied()
            .map_err(|error| error_chain(error).into());
        if let Err(error) = &result {
            if error.kind() == StoreErrorKind::Other && commands.len() > 1 {
                for command in commands {
                    self.write(vec![command]);
                }
                return true;
            }
            self.observer.count_failures(events.len());
            tracing::error!(
                error = error_chain(error),
                events = events.len(),
                "audits could not be written"
            );
        }
        for command in commands {
            self.settle(command, written.clone());
        }
        result.is_ok()
    }

    /// Writes what was counted for long enough, and all of it where the process stops. What cannot be written now waits among
    /// what is unwritten, and nothing is added to it meanwhile.
    fn write_counted(&mut self) {
        let all = !self.finishing.is_empty();
        if !all && self.counted.elapsed() < LOOK_FOR_COUNTS {
            return;
        }
        self.counted = Instant::now();
        let refusals = lock(&self.counts.refusals).take_due(self.counted, all);
        let sweeps = lock(&self.counts.sweeps).take_due(self.counted, all);
        let now = self.clock.now();
        let mut commands: Vec<_> = refusals
            .into_iter()
            .map(|refusals| {
                let progress = ExportProgress {
                    duration: refusals.duration,
                    ..ExportProgress::default()
                };
                let ending = ExportEnding::new(now, refusals.outcome, progress);
                let ending = ending.with_requests(refusals.requests);
                Command::AddCounted {
                    id: refusals.audit.fields().id.clone(),
                    events: whole(refusals.audit, ending),
                }
            })
            .collect();
        commands.extend(
            sweeps
                .into_iter()
                .map(|sweep| Command::close_sweep(&sweep, now)),
        );
        while !commands.is_empty() {
            let rest = commands.split_off(BATCH.min(commands.len()));
            self.write(std::mem::replace(&mut commands, rest));
        }
    }

    /// Leaves out the end of an export that never began. A caller that gives up while the beginning of its export is
    /// being written closes the export, even if the beginning then could not be written.
    fn leave_out_what_never_began(&self, commands: &mut Vec<Command>) {
        let mut beginning = HashSet::new();
        commands.retain(|command| match command {
            Command::Open { id, .. } => {
                beginning.insert(id.clone());
                true
            }
            Command::Close { id, .. } => self.open.contains(id) || beginning.contains(id),
            _ => true,
        });
    }

    fn settle(&mut self, command: Command, written: Written) {
        match command {
            Command::Open {
                id, done, waits, ..
            } => {
                drop(waits);
                if written.is_ok() {
                    self.open.insert(id);
                }
                // The caller that waited may be gone. Then it has closed the export, and that command follows.
                let _ = done.send(written);
            }
            Command::Close { id, ending } => {
                if written.is_ok() {
                    self.open.remove(&id);
                } else if self.open.contains(&id) {
                    let ended = AuditEvent::Ended(id.clone(), ending);
                    self.unwritten.push((id, vec![ended]));
                }
            }
            Command::AddCounted { id, events } => {
                if written.is_err() {
                    self.unwritten.push((id, events));
                }
            }
            Command::Add { done, waits, .. } => {
                drop(waits);
                let _ = done.send(written);
            }
            Command::Finish { done } => self.finishing.push(done),
        }
    }

    /// Tries once more to close what could not be closed. What the database refuses for good is left to the next start.
    fn write_unwritten(&mut self) {
        while let Some((id, events)) = self.unwritten.pop() {
            match self.log.append(&events) {
                Ok(()) => tracing::info!(audit = id.as_str(), "an audit was closed after all"),
                Err(error) if error.kind() == StoreErrorKind::Other => tracing::error!(
                    audit = id.as_str(),
                    error = error_chain(&error),
                    "an audit cannot be closed; the next start closes it as interrupted"
                ),
                Err(_) => {
                    self.unwritten.push((id, events));
                    return;
                }
            }
            self.open.remove(&id);
        }
    }

    fn look_after_connection(&mut self) -> bool {
        match self.log.keep_alive() {
            Ok(()) => {
                if self.failures.ends() {
                    tracing::info!("the audits are within reach again");
                }
                true
            }
            Err(error) => {
                if self.failures.is_news(&error_chain(&error)) {
                    warn("audits cannot be written", &error);
                }
                false
            }
        }
    }
}

impl Command {
    /// The end of a sweep through a list, as it is found at `now`.
    pub(crate) fn close_sweep(sweep: &EndedSweep, now: DateTime<Utc>) -> Self {
        let ending = ExportEnding::new(now, ExportOutcome::Done, sweep.progress);
        log_end(&sweep.audit, ending.outcome(), sweep.progress, "");
        Self::Close {
            id: sweep.audit.fields().id.clone(),
            ending: ending.with_requests(sweep.pages),
        }
    }

    /// Whether nobody waits for it to be written.
    fn can_wait(&self) -> bool {
        matches!(self, Self::Close { .. } | Self::AddCounted { .. })
    }

    fn events(&self) -> Vec<AuditEvent> {
        match self {
            Self::Open { started, .. } => vec![started.clone()],
            Self::Close { id, ending } => vec![AuditEvent::Ended(id.clone(), ending.clone())],
            Self::Add { events, .. } | Self::AddCounted { events, .. } => events.clone(),
            Self::Finish { .. } => Vec::new(),
        }
    }
}

fn warn(what: &str, error: &StoreError) {
    tracing::warn!(error = error_chain(error), "{what}");
}
