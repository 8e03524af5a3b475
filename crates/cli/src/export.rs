use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::time::Instant;

use chrono::{DateTime, Utc};
use clap::Args;
use deskledger_api::{ExportFailure, write_export};
use deskledger_domain::{
    Action, Clock, ExportFilter, ExportQuery, ExportRequest, Parameter, ProjectScope,
};
use deskledger_identity::url::encode;
use deskledger_settings::Settings;
use deskledger_store::{Cancellation, RecordStore, Use};
use indicatif::HumanBytes;

use crate::database::open_existing;
use crate::failure::{EXIT_CODES, Failure};
use crate::filter::{Filter, Pairs};
use crate::format::{Form, mistake, own_files};
use crate::interrupt;
use crate::output::{OutputFile, Target, notify};
use crate::progress;
use crate::service::{Client, Service, query};
use crate::tenant;

/// How many records pass between two looks of the progress bar.
const PROGRESS_STEP: u64 = 1000;

#[derive(Debug, Args)]
#[command(after_long_help = EXIT_CODES)]
pub(crate) struct Export {
    /// The project whose records are exported.
    #[arg(long, value_name = "ID")]
    project: String,

    /// The file to write; - is standard output. A file appears under its name when it is whole, and replaces a file of that
    /// name, also behind a symbolic link. A device or a FIFO is written to as it is.
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,

    #[command(flatten)]
    form: Form,

    /// Add a sheet to the workbook that sums it up: the filter, how many records there are, the most frequent values, and
    /// the days.
    #[arg(long)]
    summary: bool,

    #[command(flatten)]
    filter: Filter,

    #[command(flatten)]
    service: Service,
}

impl Export {
    /// Writes the file and says what is in it. The settings are loaded where the database is read.
    pub(crate) fn run(
        &self,
        load: impl FnOnce() -> Result<Settings, Failure>,
        config: Option<&Path>,
    ) -> Result<(), Failure> {
        let target = Target::of(&self.output)?;
        if let Some(client) = self.service.client()? {
            target.check_is_not(&own_files(None, config))?;
            return self.download(&client, target);
        }
        let settings = load()?;
        target.check_is_not(&own_files(Some(&settings), config))?;
        self.write(&settings, target)
    }

    /// Reads the database.
    fn write(&self, settings: &Settings, target: Target) -> Result<(), Failure> {
        let now = Clock::system().now();
        let (_, request) = self.request(&target, now)?;
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
        .map_err(|failure| why_broken(failure, &self.output))?;
        let file = sink
            .into_inner()
            .map_err(|error| why_broken(ExportFailure::Sink(error.into_error()), &self.output))?;
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

    /// Asks a service.
    fn download(&self, client: &Client, target: Target) -> Result<(), Failure> {
        // What is wrong is said before anybody is asked.
        let (pairs, request) = self.request(&target, Clock::system().now())?;
        let project = encode(request.filter.project_id().as_str()).to_string();
        let path = query(&format!("/v2/{project}/connections/desktops/export"), pairs);
        download(client, &path, target, &self.output)
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
        tenant::scope(&self.project, Action::ExportConnections)
    }

    /// The parameters of the query, and what they ask for.
    fn request(
        &self,
        target: &Target,
        now: DateTime<Utc>,
    ) -> Result<(Pairs, ExportRequest), Failure> {
        let scope = self.scope()?;
        let format = self.form.format_of(&self.output, target)?;
        let summary = self.summary.then(|| "true".to_owned());
        let pairs: Vec<_> = (self.filter.pairs(self.form.zone(), now))
            .chain(self.form.pairs(format))
            .chain(summary.map(|value| (Parameter::Summary.name(), value)))
            .collect();
        let request = ExportQuery::from_pairs(pairs.iter().map(|(name, value)| (*name, value)))
            .and_then(|query| query.into_request(scope))
            .map_err(mistake)?;
        Ok((pairs, request))
    }
}

/// Downloads a file from a service, and says how large it is.
pub(crate) fn download(
    client: &Client,
    path: &str,
    target: Target,
    output: &Path,
) -> Result<(), Failure> {
    let started = Instant::now();
    let bytes = client.download(path, target, output)?;
    notify(format_args!(
        "wrote {} to {} in {:.1} s",
        HumanBytes(bytes),
        output.display(),
        started.elapsed().as_secs_f64()
    ));
    Ok(())
}

/// Why a file was not written, by the name that the user gave it.
pub(crate) fn why_broken(failure: ExportFailure, output: &Path) -> Failure {
    let is_output = matches!(failure, ExportFailure::Sink(_) | ExportFailure::Workbook(_));
    let failure = Failure::new(failure);
    unless_ended(if is_output {
        failure.during(format_args!("cannot write {}", output.display()))
    } else {
        failure
    })
}

/// Why an export failed, unless it was a signal that ended it.
pub(crate) fn unless_ended(failure: Failure) -> Failure {
    if interrupt::is_asked_to_end() {
        Failure::text("ended by a signal: the export is not whole")
    } else {
        failure
    }
}
