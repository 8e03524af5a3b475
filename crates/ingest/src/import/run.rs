use std::{error::Error, io, mem};

use deskledger_domain::{ConnectionEvent, Written};

use super::{
    BadLine, BadLines, ImportError, ImportFailure, ImportSummary, Importer,
    entry::{Entry, ReadEntry},
    writing::{Batch, Outcome, WriteBatches},
};
use crate::record::InvalidRecordLine;

/// A batch ends early where its lines have this many bytes: records with long texts count for more.
const BATCH_BYTES: u64 = 16 << 20;

/// How many lines are read between two reports of progress.
const PROGRESS_LINES: u64 = 1000;

/// How many blank lines weigh as much as a bad one.
const BLANK_LINES: u64 = 1000;

/// An import that is under way.
pub(super) struct Run<'a, R, W, E: Error + 'static> {
    plan: Importer<'a>,
    reader: R,
    writer: W,
    batch: Vec<ConnectionEvent>,
    /// How many lines held nothing.
    blank: u64,
    /// What was done, up to the line that was read last.
    summary: ImportSummary,
    /// How far the input was read when the batch began.
    begin: ImportSummary,
    /// How far it was read without another record, where everything before is to be written.
    end: Option<ImportSummary>,
    written: Progress<E>,
}

/// What became of the batches.
struct Progress<E: Error + 'static> {
    /// What was done, up to the end of the batch that was written last.
    imported: ImportSummary,
    /// Why the next one was not, until that is reported.
    failure: Option<ImportFailure<E>>,
    /// Whether one was not. What is written behind it does not count.
    has_failed: bool,
}

impl<E: Error> Progress<E> {
    /// Notes a batch, each in its turn.
    fn note(&mut self, outcome: Outcome<E>) {
        if self.has_failed {
            return;
        }
        match outcome.result {
            Ok(Written { inserted, updated }) => {
                self.imported = ImportSummary {
                    records: self.imported.records + outcome.records,
                    inserted: self.imported.inserted + inserted,
                    updated: self.imported.updated + updated,
                    ..outcome.end
                };
            }
            Err(source) => {
                self.has_failed = true;
                self.failure = Some(ImportFailure::Write {
                    first_line: outcome.first_line,
                    last_line: outcome.end.lines,
                    source,
                });
            }
        }
    }
}

impl<'a, R, W, E> Run<'a, R, W, E>
where
    R: ReadEntry,
    W: WriteBatches<E>,
    E: Error + 'static,
{
    pub(super) fn new(plan: Importer<'a>, reader: R, writer: W) -> Self {
        Self {
            plan,
            reader,
            writer,
            batch: Vec::new(),
            blank: 0,
            summary: ImportSummary::default(),
            begin: ImportSummary::default(),
            end: None,
            written: Progress {
                imported: ImportSummary::default(),
                failure: None,
                has_failed: false,
            },
        }
    }

    pub(super) fn finish(mut self) -> Result<ImportSummary, ImportError<E>> {
        let read = self.read_all();
        let reported = self.summary;
        self.writer
            .finish(&mut |outcome| self.written.note(outcome));
        if let Some(end) = self.end.filter(|_| !self.written.has_failed) {
            let end = self.written.imported.at(end);
            self.written.imported = end;
        }
        self.summary = self.written.imported.at(self.summary);
        if self.summary != reported {
            self.report();
        }
        // A batch that was not written is of earlier lines than whatever else went wrong.
        match self.written.failure.map_or(read, Err) {
            Ok(()) => Ok(self.summary),
            Err(failure) => Err(ImportError {
                failure,
                imported: self.written.imported,
            }),
        }
    }

    fn read_all(&mut self) -> Result<(), ImportFailure<E>> {
        let header = self.reader.read_header();
        header.map_err(|source| self.unreadable(source))??;
        loop {
            let entry = self.reader.read_entry();
            let entry = entry.map_err(|source| self.unreadable(source))?;
            self.summary.lines = self.reader.lines();
            self.summary.bytes = self.reader.bytes();
            let Some(Entry { number, line }) = entry else {
                break;
            };
            if let Some(line) = line {
                let event = line.and_then(|line| {
                    let event = line.into_event(self.plan.project)?;
                    if event.fields().connection_start_time.is_none() && !self.plan.parts {
                        return Err(InvalidRecordLine::missing("connection_start_time").into());
                    }
                    Ok(event)
                });
                match event {
                    Ok(event) => self.batch.push(event),
                    Err(reason) => self.refuse(BadLine {
                        line: number,
                        reason,
                    })?,
                }
            } else {
                self.blank += 1;
            }
            self.check_work()?;
            if self.batch.len() >= self.plan.batch_records.get()
                || self.summary.bytes - self.begin.bytes >= BATCH_BYTES
            {
                self.write_batch()?;
            } else if self.summary.lines.is_multiple_of(PROGRESS_LINES) {
                self.report();
            }
        }
        self.write_batch()?;
        match &mut self.plan.bad_lines {
            BadLines::SetAside { sink, .. } => sink.flush().map_err(|source| {
                let line = self.summary.lines;
                ImportFailure::SetAside { line, source }
            }),
            BadLines::Stop => Ok(()),
        }
    }

    /// Stops where there is too much that is no record, or reading takes too long. What was good before is written then.
    fn check_work(&mut self) -> Result<(), ImportFailure<E>> {
        let line = self.summary.lines;
        if let Some(most) = self.plan.most_bad_lines
            && self.summary.bad_lines + self.blank / BLANK_LINES > most
        {
            self.write_batch()?;
            return Err(ImportFailure::TooManyBadLines { most, line });
        }
        if line.is_multiple_of(PROGRESS_LINES)
            && let Some(may_go_on) = &mut self.plan.may_go_on
            && !may_go_on()
        {
            self.write_batch()?;
            return Err(ImportFailure::TooMuchWork { line });
        }
        Ok(())
    }

    fn write_batch(&mut self) -> Result<(), ImportFailure<E>> {
        if self.batch.is_empty() {
            self.begin = self.summary;
            self.end = Some(self.summary);
            self.report();
            return Ok(());
        }
        self.end = None;
        let batch = Batch {
            events: mem::take(&mut self.batch),
            first_line: self.begin.lines + 1,
            end: self.summary,
        };
        self.begin = self.summary;
        self.writer
            .take(batch, &mut |outcome| self.written.note(outcome));
        self.summary = self.written.imported.at(self.summary);
        self.report();
        self.written.failure.take().map_or(Ok(()), Err)
    }

    /// Stops at a bad line, or writes it aside.
    fn refuse(&mut self, bad: BadLine) -> Result<(), ImportFailure<E>> {
        let BadLines::SetAside { sink, report } = &mut self.plan.bad_lines else {
            return Err(bad.into());
        };
        let aside = |source| ImportFailure::SetAside {
            line: bad.line,
            source,
        };
        if self.summary.bad_lines == 0 {
            sink.write_all(self.reader.header()).map_err(aside)?;
        }
        self.summary.bad_lines += 1;
        report(&bad);
        loop {
            sink.write_all(self.reader.raw()).map_err(aside)?;
            let line = self.reader.lines();
            let rest = self.reader.read_rest();
            if !rest.map_err(|source| ImportFailure::Read { line, source })? {
                break;
            }
        }
        self.summary.lines = self.reader.lines();
        self.summary.bytes = self.reader.bytes();
        Ok(())
    }

    fn unreadable(&self, source: io::Error) -> ImportFailure<E> {
        ImportFailure::Read {
            line: self.reader.lines(),
            source,
        }
    }

    fn report(&mut self) {
        if let Some(progress) = &mut self.plan.progress {
            progress(&self.summary);
        }
    }
}
