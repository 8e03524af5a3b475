use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::time::Instant;

use chrono::{DateTime, Utc};
use clap::Args;
use deskledger_api::{ExportFailure, write_export};
use deskledger_domain::{
    Action, Clock, ExportFilter, ExportFormat, ExportQuery, ExportRequest, InvalidFilter,
    Parameter, Policy, Principal, ProjectId, ProjectScope,
};
use deskledger_settings::Settings;
use deskledger_store::{Cancellation, RecordStore, Use};
use indicatif::HumanBytes;

use crate::database::open_existing;
use crate::failure::Failure;
use crate::filter::Filter;
use crate::interrupt;
use crate::output::{self, OutputFile, Target, notify};
use crate::progress;
use crate::time;

/// How many records pass between two looks of the progress bar.
const PROGRESS_STEP: u64 = 1000;

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The project whose records are exported.
    #[arg(long, value_name = "ID")]
    project: String,

    /// The file to write; - is standard output. A file appears under its name when it is whole, and replaces a file of that
    /// name, also behind a symbolic link. A device or a FIFO is written to as it is.
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,

    #[command(flatten)]
    filter: Filter,

    /// The language of a workbook or of CSV, such as en_US, zh_CN or de_DE. A wrong one is answered with all there are.
    #[arg(long, value_name = "LANGUAGE")]
    language: Option<String>,

    /// The zone in which times are written, by its IANA name, such as Asia/Shanghai.
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,

    /// The form of the file: xlsx, csv or jsonl. By default it is what the name of the file ends with, and xlsx where the
    /// name has no ending. A name that ends in the name of another form is refused; another ending, such as .txt, needs
    /// this option.
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,

    /// Add a sheet to the workbook that sums it up: the filter, how many records there are, the most frequent values, and
    /// the days.
    #[arg(long)]
    summary: bool,
}

impl Export {
    /// Writes the file and says how many records are in it.
    pub(crate) fn run(&self, settings: &Settings, config: Option<&Path>) -> Result<(), Failure> {
        let target = Target::of(&self.output)?;
        target.check_is_not(&own_files(settings, config))?;
        let now = Clock::system().now();
        let request = self.request(&target, now)?;
        if target == Target::StandardOutput
            && request.format == ExportFormat::Xlsx
            && output::is_terminal()
        {
            return Err(Failure::usage(
                "a workbook is not for a terminal: redirect standard output, or give --output the name of a file",
            ));
        }
        let store = open_existing(settings, Use::Export)?;
        let total = store.count(&request.filter).map_err(Failure::new)?;
        let bar = progress::of_records(total);
        let started = Instant::now();

        let cancellation = Cancellation::new();
        let cancelled = cancellation.clone();
        interrupt::watch(move |_| cancelled.cancel()).map_err(Failure::new)?;
        let file = OutputFile::create(target).map_err(unless_ended)?;
        let (sink, summary) = write_export(
            store.as_ref(),
            &request,
            now,
            &cancellation,
            BufWriter::new(file),
            &mut |written| {
                if written % PROGRESS_STEP == 0 {
                    bar.set_position(written);
                }
            },
        )
        .map_err(|failure| self.failure(failure))?;
        let file = sink
            .into_inner()
            .map_err(|error| self.failure(ExportFailure::Sink(error.into_error())))?;
        file.finish().map_err(unless_ended)?;
        bar.finish_and_clear();
        notify(format_args!(
            "wrote {} records, {}, to {} in {:.1} s",
            summary.records,
            HumanBytes(summary.bytes),
            self.output.display(),
            started.elapsed().as_secs_f64()
        ));
        if summary.records == 0 {
            notify(self.why_nothing(store.as_ref())?);
        }
        Ok(())
    }

    /// Why the file was not written, by the name that the user gave it.
    fn failure(&self, failure: ExportFailure) -> Failure {
        let is_output = matches!(failure, ExportFailure::Sink(_) | ExportFailure::Workbook(_));
        let failure = Failure::new(failure);
        unless_ended(if is_output {
            failure.during(format_args!("cannot write {}", self.output.display()))
        } else {
            failure
        })
    }

    /// What may be wrong where no record matched.
    fn why_nothing(&self, store: &dyn RecordStore) -> Result<String, Failure> {
        let all = ExportFilter::new(self.scope()?);
        let project = &self.project;
        Ok(match store.count(&all).map_err(Failure::new)? {
            0 => format!("no record matched: the project {project} has no records"),
            records => format!("no record matched; the project {project} has {records} records"),
        })
    }

    fn scope(&self) -> Result<ProjectScope, Failure> {
        let project = ProjectId::new(&self.project)
            .map_err(|error| Failure::usage(format!("--project: {error}")))?;
        // The operator may read all of the database: the credentials that count here are those of the database.
        let operator = Principal::new("operator", project.clone(), ["te_admin"]);
        Policy::default()
            .authorize(&operator, Action::ExportConnections, &project)
            .map_err(Failure::new)
    }

    fn request(&self, target: &Target, now: DateTime<Utc>) -> Result<ExportRequest, Failure> {
        let scope = self.scope()?;
        let format = self.format(target)?;
        let zone = self.time_zone.as_deref().and_then(|zone| zone.parse().ok());
        let others = [
            (Parameter::Language, self.language.clone()),
            (Parameter::TimeZone, self.time_zone.clone()),
            (Parameter::Format, Some(format.to_owned())),
            (Parameter::Summary, self.summary.then(|| "true".to_owned())),
        ];
        let others = others
            .into_iter()
            .filter_map(|(parameter, value)| Some((parameter.name(), value?)));
        let pairs = self.filter.pairs(zone, now).chain(others);
        ExportQuery::from_pairs(pairs)
            .and_then(|query| query.into_request(scope))
            .map_err(|error| match error {
                // The API takes fewer forms of a time than a person may type here.
                InvalidFilter::Time { .. } => {
                    Failure::usage(format!("{error}; here also: {}", time::HELP))
                }
                error => Failure::new(error),
            })
    }

    /// The format that is asked for, or else that of the name of the file. A file never gets the name of another of our formats,
    /// with which programs would misread it; what another ending stands for only the caller knows.
    fn format(&self, target: &Target) -> Result<&str, Failure> {
        let ending = match target {
            // Where a symbolic link leads, the name of the file itself counts.
            Target::Regular(file) => Ending::of(file),
            Target::StandardOutput | Target::Special(_) => Ending::Silent,
        };
        let output = self.output.display();
        match (self.format.as_deref(), ending) {
            (Some(format), Ending::Of(of)) if of.name() != format => Err(Failure::usage(format!(
                "{output} is the name of a file of the format {of}, and --format is {format}: give one that fits the other"
            ))),
            (None, Ending::Foreign(ending)) => {
                let endings = ExportFormat::ALL
                    .map(|format| format!(".{format}"))
                    .join(", ");
                Err(Failure::usage(format!(
                    "{output} ends in .{ending}, which is no format of exports: use one of {endings}, or say by --format what it is to hold"
                )))
            }
            (Some(format), _) => Ok(format),
            (None, Ending::Of(of)) => Ok(of.name()),
            (None, Ending::Silent) => Ok(ExportFormat::default().name()),
        }
    }
}

/// Why an export failed, unless it was a signal that ended it.
fn unless_ended(failure: Failure) -> Failure {
    if interrupt::is_asked_to_end() {
        Failure::text("ended by a signal: the export is not whole")
    } else {
        failure
    }
}

/// The files that an export must not replace, and what they are.
fn own_files(settings: &Settings, config: Option<&Path>) -> Vec<(PathBuf, &'static str)> {
    let database = settings.store().sqlite_file();
    let of_database = database.iter().flat_map(|file| {
        ["", "-wal", "-shm", "-journal"].map(|suffix| {
            let mut name = file.clone().into_os_string();
            name.push(suffix);
            (PathBuf::from(name), "a file of the database")
        })
    });
    let config = config.map(|file| (file.to_owned(), "the file of the settings"));
    of_database.chain(config).collect()
}

/// What the name of a file says of its format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending<'a> {
    /// Nothing: it has no ending, or one that is part of the name, such as that of `report.2026-11`.
    Silent,
    /// It is that of a format.
    Of(ExportFormat),
    /// It is that of something else.
    Foreign(&'a str),
}

impl<'a> Ending<'a> {
    fn of(output: &'a Path) -> Self {
        let ending = output.extension().and_then(|ending| ending.to_str());
        let Some(ending) = ending.filter(|ending| is_ending(ending)) else {
            return Self::Silent;
        };
        ExportFormat::ALL
            .into_iter()
            .find(|format| (format.endings().iter()).any(|name| ending.eq_ignore_ascii_case(name)))
            .map_or(Self::Foreign(ending), Self::Of)
    }
}

/// Whether a text behind a full stop is the ending of a kind of file, and not a date or a number.
fn is_ending(text: &str) -> bool {
    (1..=6).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}
