use std::fs::File;
use std::io::{self, BufRead, BufReader, LineWriter, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{Args, ValueEnum};
use deskledger_domain::ProjectId;
use deskledger_ingest::{BadLine, BadLines, ImportFailure, ImportFormat, ImportSummary, Importer};
use deskledger_settings::Settings;
use deskledger_store::{RecordStore, Use};

use crate::database;
use crate::failure::{EXIT_CODES, Ending, Failure};
use crate::months::Months;
use crate::output::{Target, cannot_print, check_folder, notify, standard_output};
use crate::progress;

/// How much is read from the file at once, in bytes.
const BUFFER_BYTES: usize = 1 << 18;

/// How many batches are written at once, where the database has as many connections for it. Each costs the server a processor.
const MOST_WRITERS: u32 = 3;

#[derive(Debug, Args)]
#[command(after_long_help = EXIT_CODES)]
pub(crate) struct Import {
    /// The file to read; - is standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The project that the records belong to.
    #[arg(long, value_name = "ID")]
    project: String,

    /// How the records are written. Without it: csv for a file whose name ends in .csv, else ndjson.
    #[arg(long, value_name = "FORMAT")]
    format: Option<FileFormat>,

    /// Write bad lines to this file, as they are, and go on without them; - is standard output. Without it the first bad
    /// line stops the import. A file must not exist yet.
    #[arg(long, value_name = "FILE")]
    skip_bad: Option<PathBuf>,
}

/// How records are written in a file, by the names of the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum FileFormat {
    /// One JSON object a line, as `deskledger generate` writes them.
    #[value(alias = "jsonl")]
    Ndjson,
    /// Cells separated by commas (RFC 4180), the names of the fields in the first line.
    Csv,
}

impl Import {
    /// Reads the file into the database and says what became of its lines.
    pub(crate) fn run(&self, settings: &Settings) -> Result<Ending, Failure> {
        let project = ProjectId::new(&self.project).map_err(Failure::new)?;
        let (input, length) = self.open()?;
        let mut aside = self.skip_bad.as_deref().map(Aside::new).transpose()?;
        let store = database::open(settings, Use::Record)?;

        let months = Months::new(store.retention());
        let bar = progress::of_bytes(length);
        let started = Instant::now();
        let mut report = |bad: &BadLine| bar.suspend(|| notify(format_args!("{bad}")));
        let mut progress = |summary: &ImportSummary| {
            bar.set_position(summary.bytes);
            bar.set_message(format!("{} records", summary.records));
        };
        let bad_lines = match &mut aside {
            Some(sink) => BadLines::SetAside {
                sink,
                report: &mut report,
            },
            None => BadLines::Stop,
        };
        let summary = Importer::new(self.format(), &project)
            .bad_lines(bad_lines)
            .progress(&mut progress)
            .run_at_once(input, writers(&*store), |records| {
                let _are_made = months.make(records, |reason| bar.suspend(|| notify(reason)))?;
                store.write(records)
            });
        bar.finish_and_clear();
        let summary = summary.map_err(|error| {
            let remains = error.remains();
            let culprit = match &error.failure {
                ImportFailure::SetAside { .. } => self.skip_bad.as_deref(),
                ImportFailure::Read { .. } => Some(&*self.file),
                _ => None,
            };
            let failure = Failure::new(error.failure).and(remains);
            match culprit {
                Some(path) => failure.during(path.display()),
                None => failure,
            }
        })?;
        self.conclude(&summary, started);
        Ok(if summary.bad_lines > 0 {
            Ending::BadLines
        } else {
            Ending::Done
        })
    }

    /// The input, and how many bytes it has, where that is known.
    fn open(&self) -> Result<(Box<dyn BufRead>, Option<u64>), Failure> {
        if self.file.as_os_str() == "-" {
            let input = BufReader::with_capacity(BUFFER_BYTES, io::stdin());
            return Ok((Box::new(input), None));
        }
        let cannot = |error: io::Error| Failure::path("cannot read", &self.file, &error);
        let file = File::open(&self.file).map_err(cannot)?;
        let metadata = file.metadata().map_err(cannot)?;
        if metadata.is_dir() {
            return Err(Failure::usage(format!(
                "cannot read {}: it is a folder; give the name of a file",
                self.file.display()
            )));
        }
        let length = metadata.is_file().then_some(metadata.len());
        Ok((
            Box::new(BufReader::with_capacity(BUFFER_BYTES, file)),
            length,
        ))
    }

    fn format(&self) -> ImportFormat {
        let named_csv = || {
            self.file
                .extension()
                .is_some_and(|extension| extension.eq_ignore_ascii_case("csv"))
        };
        match self.format {
            Some(FileFormat::Csv) => ImportFormat::Csv,
            None if named_csv() => ImportFormat::Csv,
            Some(FileFormat::Ndjson) | None => ImportFormat::Ndjson,
        }
    }

    fn conclude(&self, summary: &ImportSummary, started: Instant) {
        notify(format_args!(
            "imported {} records ({} new, {} updated) in {:.1} s",
            summary.records,
            summary.inserted,
            summary.updated,
            started.elapsed().as_secs_f64()
        ));
        if let Some(aside) = self.skip_bad.as_deref().filter(|_| summary.bad_lines > 0) {
            notify(format_args!(
                "{} bad lines were written to {}",
                summary.bad_lines,
                aside.display()
            ));
        }
    }
}

/// How many batches are written at once: one into SQLite, which has one writer.
fn writers(store: &dyn RecordStore) -> NonZeroUsize {
    let pools = store.pools();
    let writing = pools.iter().find(|pool| pool.name == "writes");
    let most = writing.map_or(1, |pool| pool.size.min(MOST_WRITERS));
    NonZeroUsize::new(most as usize).unwrap_or(NonZeroUsize::MIN)
}

/// Where bad lines go. A file is made when the first one comes, and is never one that exists: that may hold lines that
/// nobody has corrected yet. Each line is written at once, so that none is lost where the command is killed.
struct Aside {
    target: Target,
    output: Option<LineWriter<Box<dyn Write>>>,
}

impl Aside {
    fn new(path: &Path) -> Result<Self, Failure> {
        let target = Target::of(path)?;
        if matches!(&target, Target::Regular(file) if file.exists()) {
            return Err(Failure::usage(format!(
                "{} exists: correct and import what it holds, or give another name",
                path.display()
            )));
        }
        match &target {
            Target::Regular(file) => check_folder(file)?,
            Target::StandardOutput => {
                standard_output().map_err(cannot_print)?;
            }
            Target::Special(_) => {}
        }
        Ok(Self {
            target,
            output: None,
        })
    }

    fn open(&self) -> io::Result<Box<dyn Write>> {
        Ok(match &self.target {
            Target::StandardOutput => Box::new(standard_output()?),
            Target::Special(path) => Box::new(File::options().write(true).open(path)?),
            Target::Regular(path) => Box::new(File::create_new(path)?),
        })
    }
}

impl Write for Aside {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.output.is_none() {
            self.output = Some(LineWriter::new(self.open()?));
        }
        self.output
            .as_mut()
            .map_or(Ok(0), |output| output.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.as_mut().map_or(Ok(()), Write::flush)
    }
}
