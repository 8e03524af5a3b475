use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use deskledger_api::{Settings, open_store, write_export};
use deskledger_domain::{
    Action, Clock, ExportFormat, ExportQuery, ExportRequest, Parameter, Policy, Principal,
    ProjectId,
};
use deskledger_store::Cancellation;
use tempfile::NamedTempFile;

use super::failure::Failure;
use super::progress;

/// How many records pass between two looks of the progress bar.
const PROGRESS_STEP: u64 = 1000;

#[derive(Debug, Args)]
pub(super) struct Export {
    /// The project whose records are exported.
    #[arg(long, value_name = "ID")]
    project: String,

    /// The file to write. It appears under this name when it is whole, and replaces what is there.
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,

    /// Only records that started at or after this time, such as 2020-04-13T01:59Z.
    #[arg(long, value_name = "TIME")]
    start_time: Option<String>,

    /// Only records that started before this time. Needs --start-time.
    #[arg(long, value_name = "TIME")]
    end_time: Option<String>,

    /// Only records of this user: the whole name, in any case.
    #[arg(long, value_name = "NAME")]
    user_name: Option<String>,

    /// Only records of this computer: the whole name, in any case.
    #[arg(long, value_name = "NAME")]
    computer_name: Option<String>,

    /// Only records from terminals of this type: the whole value, in any case.
    #[arg(long, value_name = "TYPE")]
    terminal_type: Option<String>,

    /// The language of a workbook or of CSV, such as en_US, zh_CN or de_DE. A wrong one is told all there are.
    #[arg(long, value_name = "LANGUAGE")]
    language: Option<String>,

    /// The zone in which times are written, by its IANA name, such as Asia/Shanghai.
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,

    /// The form of the file: xlsx, csv or jsonl. By default it is what the name of the file ends with, and else xlsx.
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,

    /// Add a sheet to the workbook that sums it up: the filter, how many records there are, the most frequent values, and
    /// the days.
    #[arg(long)]
    summary: bool,
}

impl Export {
    /// Writes the file and says how many records are in it.
    pub(super) fn run(&self, settings: &Settings) -> Result<(), Failure> {
        let request = self.request()?;
        let store = open_store(settings).map_err(Failure::new)?;
        let total = store.count(&request.filter).map_err(Failure::new)?;
        let bar = progress::of_records(total);
        let started = Instant::now();

        let file = Unfinished::create(&self.output)?;
        let (sink, summary) = write_export(
            store.as_ref(),
            &request,
            Clock::system().now(),
            &Cancellation::new(),
            BufWriter::new(file),
            &mut |written| {
                if written % PROGRESS_STEP == 0 {
                    bar.set_position(written);
                }
            },
        )
        .map_err(Failure::new)?;
        let file = sink
            .into_inner()
            .map_err(|error| Failure::new(error.into_error()))?;
        file.rename_to(&self.output)?;
        bar.finish_and_clear();
        eprintln!(
            "wrote {} records, {} bytes, to {} in {:.1} s",
            summary.records,
            summary.bytes,
            self.output.display(),
            started.elapsed().as_secs_f64()
        );
        Ok(())
    }

    fn request(&self) -> Result<ExportRequest, Failure> {
        let project = ProjectId::new(&self.project).map_err(Failure::new)?;
        // Whoever may read the database may read all of it: the credentials that count here are those of the database.
        let operator = Principal::new("operator", project.clone(), ["te_admin"]);
        let scope = Policy::default()
            .authorize(&operator, Action::ExportConnections, &project)
            .map_err(Failure::new)?;
        let format = self
            .format
            .as_deref()
            .unwrap_or_else(|| format_of(&self.output).name());
        let pairs = [
            (Parameter::StartTime, &self.start_time),
            (Parameter::EndTime, &self.end_time),
            (Parameter::UserName, &self.user_name),
            (Parameter::ComputerName, &self.computer_name),
            (Parameter::TerminalType, &self.terminal_type),
            (Parameter::Language, &self.language),
            (Parameter::TimeZone, &self.time_zone),
        ]
        .into_iter()
        .filter_map(|(parameter, value)| Some((parameter.name(), value.as_deref()?)))
        .chain([(Parameter::Format.name(), format)])
        .chain(self.summary.then_some((Parameter::Summary.name(), "true")));
        ExportQuery::from_pairs(pairs)
            .and_then(|query| query.into_request(scope))
            .map_err(Failure::new)
    }
}

/// The format that the name of a file ends with, in any case; a workbook where it ends with none.
fn format_of(output: &Path) -> ExportFormat {
    let extension = output.extension().unwrap_or_default();
    ExportFormat::ALL
        .into_iter()
        .find(|format| extension.eq_ignore_ascii_case(format.name()))
        .unwrap_or_default()
}

/// A file beside the one that is wanted, which goes away unless it is renamed.
struct Unfinished(NamedTempFile<File>);

impl Unfinished {
    fn create(output: &Path) -> Result<Self, Failure> {
        let folder = output
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        tempfile::Builder::new()
            .prefix(".deskledger-")
            .suffix(".part")
            .tempfile_in(folder.unwrap_or(Path::new(".")))
            .map(Self)
            .map_err(|error| {
                Failure::new(error).during(format_args!("cannot write {}", output.display()))
            })
    }

    fn rename_to(self, output: &Path) -> Result<(), Failure> {
        let failed = |error: io::Error| {
            Failure::new(error).during(format_args!("cannot write {}", output.display()))
        };
        self.0.as_file().sync_all().map_err(failed)?;
        self.0
            .persist(output)
            .map_err(|error| failed(error.error))?;
        Ok(())
    }
}

impl Write for Unfinished {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
