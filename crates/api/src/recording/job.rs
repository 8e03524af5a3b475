use std::cell::RefCell;
use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::web::{Buf as _, Bytes};
use deskledger_domain::ProjectId;
use deskledger_ingest::{BadLines, ImportFormat, Importer, read_array};
use deskledger_metrics::{Metrics, RecordedCounts};
use deskledger_platform::CpuBudget;
use deskledger_store::RecordStore;
use deskledger_telemetry::seconds;

use super::chunk::ChunkReader;
use super::content::{Content, Format};
use super::decode::decode;
use super::failure::Stopped;
use deskledger_contract::Recorded;

/// How much one recording may bring.
#[derive(Clone, Copy)]
pub(super) struct JobLimits {
    /// Bytes of a body, when it is decompressed.
    pub(super) body_bytes: u64,
    /// Bytes of an array.
    pub(super) array_bytes: u64,
    /// Records of an array.
    pub(super) array: usize,
    /// Lines that are no records.
    pub(super) bad_lines: u64,
    /// Time of the processor for reading it.
    pub(super) cpu_time: Duration,
    /// Lines that are written at once.
    pub(super) batch: NonZeroUsize,
}

/// One recording on its thread.
pub(super) struct Job {
    pub(super) store: Arc<dyn RecordStore>,
    pub(super) user: String,
    pub(super) project: ProjectId,
    pub(super) content: Content,
    pub(super) limits: JobLimits,
    pub(super) metrics: Metrics,
}

/// A body, wherever it comes from.
pub(super) enum Source {
    /// It was read before.
    Whole(Bytes),
    /// It arrives.
    Chunks(ChunkReader),
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Whole(bytes) => bytes.reader().read(buffer),
            Self::Chunks(chunks) => chunks.read(buffer),
        }
    }
}

impl Job {
    /// Reads the body to its end, and writes its records.
    pub(super) fn run(&self, body: Source) -> Result<Recorded, Stopped> {
        let began = Instant::now();
        let result = match self.content.format {
            Format::Array => self.record_array(body),
            Format::Ndjson => self.record_lines(body),
        };
        let duration = began.elapsed();
        self.log(&result, duration);
        self.count(&result, duration);
        result
    }

    fn record_array(&self, body: Source) -> Result<Recorded, Stopped> {
        const REMEDY: &str = "an array is held whole, so send several, or NDJSON";
        let mut text = Vec::new();
        decode(body, self.content.coding, self.limits.array_bytes, REMEDY)?
            .read_to_end(&mut text)?;
        let events = read_array(&text, &self.project, self.limits.array)?;
        drop(text);
        Ok(Recorded::array(self.store.write(&events)?))
    }

    fn record_lines(&self, body: Source) -> Result<Recorded, Stopped> {
        const REMEDY: &str = "send it in several parts";
        let lines = decode(body, self.content.coding, self.limits.body_bytes, REMEDY)?;
        let mut refusals = Vec::new();
        let mut refuse = |bad: &_| Recorded::keep(&mut refusals, bad);
        // What the store takes to write is not counted: it is the work that was asked for, and bounded by the batch.
        let budget = RefCell::new(CpuBudget::new(self.limits.cpu_time));
        let mut may_go_on = || budget.borrow().is_left();
        let summary = Importer::new(ImportFormat::Ndjson, &self.project)
            .parts()
            .most_bad_lines(self.limits.bad_lines)
            .may_go_on(&mut may_go_on)
            .batch_records(self.limits.batch)
            .bad_lines(BadLines::SetAside {
                sink: &mut io::sink(),
                report: &mut refuse,
            })
            .run(lines, |events| {
                let write = || self.store.write(events);
                budget.borrow_mut().uncounted(write)
            })
            .map_err(Stopped::at_line)?;
        Ok(Recorded::lines(&summary, refusals))
    }

    /// Who recorded how much, and what became of it: no values.
    fn log(&self, result: &Result<Recorded, Stopped>, duration: Duration) {
        let (user, project, format) = (&self.user, &self.project, self.content.format.name());
        let seconds = seconds(duration);
        match result {
            Ok(recorded) => {
                let (inserted, updated) = (recorded.inserted(), recorded.updated());
                let refused = recorded.refused();
                tracing::info!(
                    outcome = "done", user, %project, format, inserted, updated, refused, seconds,
                    "recording ended"
                );
            }
            Err(stopped) => {
                let (reason, lines) = (stopped.reason(), stopped.recorded_lines);
                tracing::warn!(
                    outcome = stopped.outcome(), user, %project, format, reason, lines, seconds,
                    "recording ended"
                );
            }
        }
    }

    fn count(&self, result: &Result<Recorded, Stopped>, duration: Duration) {
        match result {
            Ok(recorded) => {
                let records = RecordedCounts {
                    inserted: recorded.inserted(),
                    updated: recorded.updated(),
                    refused: recorded.refused(),
                };
                self.metrics.count_recording("done", records, duration);
            }
            Err(stopped) => {
                let records = RecordedCounts::default();
                self.metrics
                    .count_recording(stopped.outcome(), records, duration);
            }
        }
    }
}
