use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use clap::{Args, Subcommand};
use deskledger_api::{ExportFailure, write_audits};
use deskledger_contract::AuditList;
use deskledger_domain::{
    Action, AuditAction, AuditExportQuery, AuditExportRequest, AuditFilter, AuditOutcome,
    AuditQuery, AuditVia, Clock, ExportFormat, Parameter, ProjectScope,
};
use deskledger_identity::url::encode;
use deskledger_settings::Settings;
use deskledger_store::{AuditStore, Cancellation};
use serde::Deserialize;
use serde_json::Value;

use crate::database::open_all;
use crate::export::{download, unless_ended, why_broken};
use crate::failure::{EXIT_CODES, Failure};
use crate::filter::Pairs;
use crate::format::{Form, mistake, own_files};
use crate::interrupt;
use crate::lines::Lines;
use crate::output::{OutputFile, Target, notify, print_line};
use crate::service::{Client, Repeat, Service, query};
use crate::table::Table;
use crate::tenant;
use crate::text::json_line;
use crate::time;
use crate::value::{self, cell, local};

#[derive(Debug, Args)]
#[command(after_long_help = EXIT_CODES)]
pub(crate) struct Audits {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List who was handed records, who took them away, and who signed in.
    #[command(after_long_help = EXIT_CODES)]
    List(List),
    /// Write the audits of a project into a file.
    #[command(after_long_help = EXIT_CODES)]
    Export(Export),
}

/// Which audits. What is not given does not count.
#[derive(Debug, Args)]
#[command(next_help_heading = "Which audits")]
struct Which {
    /// Only what was asked for at or after this time.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, long_help = start_help())]
    start_time: Option<String>,

    /// Only what was asked for before this time, written as that of --start-time, which it needs.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    end_time: Option<String>,

    /// Only what this user asked for: the whole name, in upper and lower case as it is.
    #[arg(long, value_name = "NAME")]
    user: Option<String>,

    /// Only what was done.
    #[arg(long, value_name = "ACTION", value_parser = AuditAction::ALL.map(AuditAction::name))]
    action: Option<String>,

    /// Only what was done in this way.
    #[arg(long, value_name = "WAY", value_parser = AuditVia::ALL.map(AuditVia::name))]
    via: Option<String>,

    /// Only what came to this end.
    #[arg(long, value_name = "OUTCOME", value_parser = AuditOutcome::ALL.map(AuditOutcome::name))]
    outcome: Option<String>,
}

#[derive(Debug, Args)]
struct List {
    /// The project whose audits are listed.
    #[arg(long, value_name = "ID")]
    project: String,

    /// The most audits that are listed, up to 1000: the newest.
    #[arg(long, value_name = "NUMBER", default_value_t = AuditFilter::DEFAULT_LIMIT)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=i64::from(AuditFilter::MAX_LIMIT)))]
    limit: u32,

    /// How many audits are passed over.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    #[arg(value_parser = clap::value_parser!(u32).range(0..=i64::from(AuditFilter::MAX_OFFSET)))]
    offset: u32,

    /// The zone in which times are shown, and in which a date alone begins, by its IANA name, such as Asia/Shanghai.
    #[arg(long, value_name = "ZONE", value_parser = value::zone, default_value = "UTC")]
    time_zone: Tz,

    /// Print what the service answers, one JSON object, instead of a table. Its times are in UTC.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    which: Which,

    #[command(flatten)]
    service: Service,
}

#[derive(Debug, Args)]
struct Export {
    /// The project whose audits are exported.
    #[arg(long, value_name = "ID")]
    project: String,

    /// The file to write; - is standard output. A file appears under its name when it is whole.
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,

    #[command(flatten)]
    form: Form,

    #[command(flatten)]
    which: Which,

    #[command(flatten)]
    service: Service,
}

/// What a service answers.
#[derive(Deserialize)]
struct Answer {
    audits: Vec<Value>,
    total_count: u64,
}

fn start_help() -> String {
    format!(
        "Only what was asked for at or after this time: {}",
        time::HELP
    )
}

impl Audits {
    pub(crate) fn run(
        &self,
        load: impl FnOnce() -> Result<Settings, Failure>,
        config: Option<&Path>,
    ) -> Result<(), Failure> {
        match &self.command {
            Command::List(list) => list.run(load),
            Command::Export(export) => export.run(load, config),
        }
    }
}

impl Which {
    /// The parameters of a query, each with its value.
    fn pairs(
        &self,
        zone: Tz,
        now: DateTime<Utc>,
    ) -> impl Iterator<Item = (&'static str, String)> + use<> {
        let time = |text: &Option<String>| text.as_ref().map(|text| time::resolve(text, zone, now));
        let pairs = [
            (Parameter::StartTime, time(&self.start_time)),
            (Parameter::EndTime, time(&self.end_time)),
            (Parameter::User, self.user.clone()),
            (Parameter::Action, self.action.clone()),
            (Parameter::Via, self.via.clone()),
            (Parameter::Outcome, self.outcome.clone()),
        ];
        pairs
            .into_iter()
            .filter_map(|(parameter, value)| Some((parameter.name(), value?)))
    }
}

impl List {
    fn run(&self, load: impl FnOnce() -> Result<Settings, Failure>) -> Result<(), Failure> {
        let scope = tenant::scope(&self.project, Action::ListExportAudits)?;
        let part = [
            (Parameter::Limit.name(), self.limit.to_string()),
            (Parameter::Offset.name(), self.offset.to_string()),
        ];
        let which = self.which.pairs(self.time_zone, Clock::system().now());
        let pairs: Vec<_> = which.chain(part).collect();
        // What is wrong is said before anybody is asked.
        let filter = AuditQuery::from_pairs(pairs.iter().map(|(name, value)| (*name, value)))
            .and_then(|query| query.into_filter(scope.clone()))
            .map_err(mistake)?;
        let json = if let Some(client) = self.service.client()? {
            client.get(&query(&path(&scope), pairs), Repeat::Any)?
        } else {
            let audits = open_all(&load()?)?.audits();
            let page = audits.list(&filter).map_err(Failure::new)?;
            let list = AuditList::new(page.total, &page.audits);
            serde_json::to_string(&list).map_err(Failure::new)?
        };
        if self.json {
            return print_line(json_line(&json));
        }
        let answer: Answer = serde_json::from_str(&json).map_err(|_| {
            Failure::usage(
                "the answer is not that of deskledger: is --url the address of the service?",
            )
        })?;
        self.print(&answer)
    }

    fn print(&self, answer: &Answer) -> Result<(), Failure> {
        let mut lines = Lines::begin()?;
        let mut table = Table::new([
            format!("STARTED ({})", self.time_zone),
            "USER".to_owned(),
            "ACTION".to_owned(),
            "VIA".to_owned(),
            "OUTCOME".to_owned(),
            "RECORDS".to_owned(),
            "FILTER".to_owned(),
            "REASON".to_owned(),
        ]);
        let rows: Vec<_> = answer.audits.iter().map(|audit| self.row(audit)).collect();
        table.print(&rows, &mut lines)?;
        lines.flush()?;
        let (listed, total) = (rows.len(), answer.total_count);
        let next = u64::from(self.offset) + listed as u64;
        let more = if listed > 0 && next < total {
            format!("; the next: --offset {next}")
        } else {
            String::new()
        };
        notify(format_args!("{listed} of {total} audits that match{more}"));
        Ok(())
    }

    fn row(&self, audit: &Value) -> [String; 8] {
        let text = |name: &str| cell(&audit[name]);
        let filter = audit["filter"].as_object().into_iter().flatten();
        let filter: Vec<_> = filter
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| format!("{name}={}", cell(value)))
            .collect();
        [
            local(&text("started_at"), self.time_zone),
            text("user"),
            text("action"),
            text("via"),
            text("outcome"),
            text("rows"),
            filter.join(" "),
            text("reason"),
        ]
    }
}

impl Export {
    fn run(
        &self,
        load: impl FnOnce() -> Result<Settings, Failure>,
        config: Option<&Path>,
    ) -> Result<(), Failure> {
        let target = Target::of(&self.output)?;
        let scope = tenant::scope(&self.project, Action::ListExportAudits)?;
        let format = self.form.format_of(&self.output, &target)?;
        let now = Clock::system().now();
        let which = self.which.pairs(self.form.zone().unwrap_or(Tz::UTC), now);
        let pairs: Vec<_> = which.chain(self.form.pairs(format)).collect();
        let request =
            AuditExportQuery::from_pairs(pairs.iter().map(|(name, value)| (*name, value)))
                .and_then(|query| query.into_request(scope.clone(), ExportFormat::default()))
                .map_err(mistake)?;
        if let Some(client) = self.service.client()? {
            target.check_is_not(&own_files(None, config))?;
            return self.download(&client, &scope, pairs, target);
        }
        let settings = load()?;
        target.check_is_not(&own_files(Some(&settings), config))?;
        let audits = open_all(&settings)?.audits();
        self.write(&audits, &request, now, target)
    }

    fn download(
        &self,
        client: &Client,
        scope: &ProjectScope,
        pairs: Pairs,
        target: Target,
    ) -> Result<(), Failure> {
        let path = query(&format!("{}/export", path(scope)), pairs);
        download(client, &path, target, &self.output)
    }

    fn write(
        &self,
        audits: &Arc<dyn AuditStore>,
        request: &AuditExportRequest,
        now: DateTime<Utc>,
        target: Target,
    ) -> Result<(), Failure> {
        let started = Instant::now();
        let cancellation = Cancellation::new();
        let cancelled = cancellation.clone();
        interrupt::watch(move |_| cancelled.cancel()).map_err(Failure::new)?;
        let file = OutputFile::create(target).map_err(unless_ended)?;
        let mut written = 0;
        let sink = write_audits(
            audits.as_ref(),
            request,
            None,
            now,
            &cancellation,
            BufWriter::new(file),
            &mut |audits| written = audits,
        );
        let broken = |failure| why_broken(failure, &self.output);
        let mut sink = sink.map_err(broken)?;
        sink.flush()
            .map_err(|error| broken(ExportFailure::Sink(error)))?;
        let file = sink
            .into_inner()
            .map_err(|error| broken(ExportFailure::Sink(error.into_error())))?;
        file.finish().map_err(unless_ended)?;
        notify(format_args!(
            "wrote {written} audits to {} in {:.1} s",
            self.output.display(),
            started.elapsed().as_secs_f64()
        ));
        Ok(())
    }
}

fn path(scope: &ProjectScope) -> String {
    let project = encode(scope.project_id().as_str());
    format!("/v2/{project}/connections/export-audits")
}
