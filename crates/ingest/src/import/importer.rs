use std::{error::Error, io::BufRead, num::NonZeroUsize, sync::Mutex, thread};

use deskledger_domain::{ConnectionEvent, ProjectId, Written};

use super::{
    BadLines, ImportError, ImportFailure, ImportFormat, ImportSummary,
    csv::CsvReader,
    ndjson::NdjsonReader,
    run::Run,
    writing::{AtOnce, InTurn, WriteBatches},
};

/// How many records are written at once, where nothing else is asked for.
pub const BATCH_RECORDS: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// Reads records from a file or pipe, and passes them to a function that writes them.
///
/// ```
/// use std::convert::Infallible;
///
/// use deskledger_domain::{ConnectionEvent, ProjectId, Written};
/// use deskledger_ingest::{ImportFormat, Importer};
///
/// let csv = "transaction_id,connection_start_time,user_name\n55f1,2020-04-24T03:02:45Z,jy01@local.com\n";
/// let project = ProjectId::new("p1")?;
/// let write = |events: &[ConnectionEvent]| {
///     Ok::<_, Infallible>(Written { inserted: events.len() as u64, updated: 0 })
/// };
/// let summary = Importer::new(ImportFormat::Csv, &project).run(csv.as_bytes(), write)?;
/// assert_eq!((summary.records, summary.lines), (1, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Importer<'a> {
    pub(super) format: ImportFormat,
    pub(super) project: &'a ProjectId,
    pub(super) parts: bool,
    pub(super) batch_records: NonZeroUsize,
    pub(super) bad_lines: BadLines<'a>,
    pub(super) most_bad_lines: Option<u64>,
    pub(super) may_go_on: Option<&'a mut dyn FnMut() -> bool>,
    pub(super) progress: Option<&'a mut dyn FnMut(&ImportSummary)>,
}

impl<'a> Importer<'a> {
    /// An import of records of `project`. The first bad line stops it.
    pub fn new(format: ImportFormat, project: &'a ProjectId) -> Self {
        Self {
            format,
            project,
            parts: false,
            batch_records: BATCH_RECORDS,
            bad_lines: BadLines::Stop,
            most_bad_lines: None,
            may_go_on: None,
            progress: None,
        }
    }

    /// Takes lines without a start too: parts of records, whose other parts come at another time.
    #[must_use]
    pub fn parts(mut self) -> Self {
        self.parts = true;
        self
    }

    /// Sets what to do about bad lines.
    #[must_use]
    pub fn bad_lines(mut self, bad_lines: BadLines<'a>) -> Self {
        self.bad_lines = bad_lines;
        self
    }

    /// Sets how many bad lines stop the import although they are set aside. Blank lines do too, a thousand times as many.
    #[must_use]
    pub fn most_bad_lines(mut self, most: u64) -> Self {
        self.most_bad_lines = Some(most);
        self
    }

    /// Sets what is asked, after each 1,000 lines, whether the import may go on.
    #[must_use]
    pub fn may_go_on(mut self, may_go_on: &'a mut dyn FnMut() -> bool) -> Self {
        self.may_go_on = Some(may_go_on);
        self
    }

    /// Sets how many records are written at once; a batch with more than 16 MiB of lines ends before.
    #[must_use]
    pub fn batch_records(mut self, batch_records: NonZeroUsize) -> Self {
        self.batch_records = batch_records;
        self
    }

    /// Sets what is called with the progress of the import: after each batch, and in between after each 1,000 lines.
    #[must_use]
    pub fn progress(mut self, progress: &'a mut dyn FnMut(&ImportSummary)) -> Self {
        self.progress = Some(progress);
        self
    }

    /// Reads the input to its end and hands its records to `write`, batch by batch and in order.
    ///
    /// A batch is handed over only once every line of it was read; `write` must write all of it or nothing.
    ///
    /// # Errors
    /// When a line is bad and bad lines stop the import, when the header of a CSV is bad, or when the input cannot be
    /// read, a bad line not be written aside, or `write` fails. The error says what was written before, which stays.
    pub fn run<E: Error + 'static>(
        self,
        input: impl BufRead,
        write: impl FnMut(&[ConnectionEvent]) -> Result<Written, E>,
    ) -> Result<ImportSummary, ImportError<E>> {
        self.run_with(input, InTurn(write))
    }

    /// Reads the input as [`run`](Self::run) does, while threads write: so many batches at once, and another one waits for them. A
    /// batch that has an event of the same connection as an earlier one is written after that.
    ///
    /// # Errors
    /// As [`run`](Self::run). What the error says of what was written before is true up to the first batch that was not; later ones
    /// may have been written too.
    pub fn run_at_once<E: Error + Send + 'static>(
        self,
        input: impl BufRead,
        writers: NonZeroUsize,
        write: impl Fn(&[ConnectionEvent]) -> Result<Written, E> + Sync,
    ) -> Result<ImportSummary, ImportError<E>> {
        let queued = Mutex::new(None);
        thread::scope(|scope| {
            let writers = AtOnce::start(scope, writers, &queued, &write);
            let writers = writers.map_err(|source| ImportError {
                failure: ImportFailure::Read { line: 0, source },
                imported: ImportSummary::default(),
            })?;
            self.run_with(input, writers)
        })
    }

    fn run_with<E: Error + 'static>(
        self,
        input: impl BufRead,
        writer: impl WriteBatches<E>,
    ) -> Result<ImportSummary, ImportError<E>> {
        match self.format {
            ImportFormat::Ndjson => Run::new(self, NdjsonReader::new(input), writer).finish(),
            ImportFormat::Csv => Run::new(self, CsvReader::new(input), writer).finish(),
        }
    }
}
