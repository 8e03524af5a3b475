mod source;

use std::path::PathBuf;

use chrono_tz::Tz;
use clap::{Args, Subcommand};
use deskledger_domain::{
    Action, Clock, Parameter, TaskExportQuery, TaskFilter, TaskId, TaskStatus,
};
use deskledger_identity::url::encode;
use deskledger_settings::Settings;
use serde::Deserialize;
use serde_json::{Value, json};

use self::source::Source;
use crate::export::download;
use crate::failure::{EXIT_CODES, Failure};
use crate::filter::Filter;
use crate::format::{Words, mistake};
use crate::lines::Lines;
use crate::output::{Target, notify, print_line};
use crate::service::{Client, Repeat, Service, query};
use crate::table::Table;
use crate::tenant;
use crate::text::{json_line, visible};
use crate::value::{self, cell, local};

#[derive(Debug, Args)]
#[command(after_long_help = EXIT_CODES)]
pub(crate) struct Tasks {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the export tasks of a project.
    #[command(after_long_help = EXIT_CODES)]
    List(List),
    /// Show one export task.
    #[command(after_long_help = EXIT_CODES)]
    Show(Show),
    /// Start an export that goes on in the service, and print the identifier of its task. It needs --url.
    ///
    /// In a task, --terminal-type may be a part of the value. Where the service asks to try again later, the command waits only if
    /// the task was certainly not started (429).
    #[command(after_long_help = EXIT_CODES)]
    Start(Box<Start>),
    /// Download the file of a task whose status is SUCCESS. It needs --url.
    #[command(after_long_help = EXIT_CODES)]
    Download(Download),
    /// Delete tasks, with their files: all of those that are named or, where there is no such task, none. It needs --url.
    #[command(after_long_help = EXIT_CODES)]
    Delete(Delete),
}

#[derive(Debug, Args)]
struct List {
    /// The project whose tasks are listed.
    #[arg(long, value_name = "ID")]
    project: String,

    /// Only tasks with this status: CREATING (it waits or runs), SUCCESS, FAIL or EXPIRED (its file is gone).
    #[arg(long, value_name = "STATUS", value_parser = status_names())]
    status: Option<String>,

    /// Only tasks whose file has this in its name, in upper and lower case as it is.
    #[arg(long, value_name = "TEXT")]
    file_name: Option<String>,

    /// Only tasks whose file was downloaded, or was not.
    #[arg(long, value_name = "true|false", value_parser = ["true", "false"])]
    is_download: Option<String>,

    /// The most tasks that are listed, up to 100: those that were asked for last.
    #[arg(long, value_name = "NUMBER", default_value_t = TaskFilter::DEFAULT_LIMIT)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=i64::from(TaskFilter::MAX_LIMIT)))]
    limit: u32,

    /// How many tasks are passed over.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    #[arg(value_parser = clap::value_parser!(u32).range(0..=i64::from(TaskFilter::MAX_OFFSET)))]
    offset: u32,

    #[command(flatten)]
    shown: Shown,

    #[command(flatten)]
    service: Service,
}

/// How tasks are printed.
#[derive(Debug, Args)]
struct Shown {
    /// The zone in which times are shown, by its IANA name, such as Asia/Shanghai.
    #[arg(long, value_name = "ZONE", value_parser = value::zone, default_value = "UTC")]
    time_zone: Tz,

    /// Print what the service answers, one JSON object, instead of a table. Its times are in UTC.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Show {
    /// The identifier of the task.
    id: String,

    /// The project that the task is of.
    #[arg(long, value_name = "ID")]
    project: String,

    #[command(flatten)]
    shown: Shown,

    #[command(flatten)]
    service: Service,
}

#[derive(Debug, Args)]
struct Start {
    /// The project whose records are exported.
    #[arg(long, value_name = "ID")]
    project: String,

    #[command(flatten)]
    words: Words,

    /// The form of the file: xlsx, csv or jsonl. By default it is xlsx.
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,

    /// Add a sheet to the workbook that sums it up.
    #[arg(long)]
    summary: bool,

    /// Print {"task_id": …} instead of the identifier alone.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    filter: Filter,

    #[command(flatten)]
    service: Service,
}

#[derive(Debug, Args)]
struct Download {
    /// The identifier of the task.
    id: String,

    /// The project that the task is of.
    #[arg(long, value_name = "ID")]
    project: String,

    /// The file to write; - is standard output. A file appears under its name when it is whole.
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,

    #[command(flatten)]
    service: Service,
}

#[derive(Debug, Args)]
struct Delete {
    /// The identifiers of the tasks, at most 200.
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,

    /// The project that the tasks are of.
    #[arg(long, value_name = "ID")]
    project: String,

    #[command(flatten)]
    service: Service,
}

/// What a service answers.
#[derive(Deserialize)]
struct Answer {
    export_tasks: Vec<Value>,
    count: u64,
}

/// That a task was started.
#[derive(Deserialize)]
struct Started {
    task_id: String,
}

fn status_names() -> [&'static str; 4] {
    TaskStatus::ALL.map(TaskStatus::name)
}

impl Tasks {
    pub(crate) fn run(
        &self,
        load: impl FnOnce() -> Result<Settings, Failure>,
    ) -> Result<(), Failure> {
        match &self.command {
            Command::List(list) => list.run(load),
            Command::Show(show) => show.run(load),
            Command::Start(start) => start.run(),
            Command::Download(download) => download.run(),
            Command::Delete(delete) => delete.run(),
        }
    }
}

impl List {
    fn run(&self, load: impl FnOnce() -> Result<Settings, Failure>) -> Result<(), Failure> {
        let scope = tenant::scope(&self.project, Action::ListExportTasks)?;
        let pairs = [
            (Parameter::Status, self.status.clone()),
            (Parameter::FileName, self.file_name.clone()),
            (Parameter::IsDownload, self.is_download.clone()),
            (Parameter::Limit, Some(self.limit.to_string())),
            (Parameter::Offset, Some(self.offset.to_string())),
        ];
        let pairs = pairs
            .into_iter()
            .filter_map(|(parameter, value)| Some((parameter.name(), value?)))
            .collect();
        let source = Source::of(&self.service, load)?;
        let json = source.list(&scope, pairs)?;
        if self.shown.json {
            return print_line(json_line(&json));
        }
        let answer: Answer = source.read(&json)?;
        let mut lines = Lines::begin()?;
        let mut table = Table::new([
            "TASK".to_owned(),
            format!("CREATED ({})", self.shown.time_zone),
            "STATUS".to_owned(),
            "DOWNLOADED".to_owned(),
            "FILE".to_owned(),
            "REASON".to_owned(),
        ]);
        let rows: Vec<_> = (answer.export_tasks.iter())
            .map(|task| {
                let text = |name: &str| cell(&task[name]);
                [
                    text("task_id"),
                    local(&text("create_time"), self.shown.time_zone),
                    text("status"),
                    text("is_download"),
                    text("file_name"),
                    text("fail_reason"),
                ]
            })
            .collect();
        table.print(&rows, &mut lines)?;
        lines.flush()?;
        let (listed, count) = (rows.len(), answer.count);
        let next = u64::from(self.offset) + listed as u64;
        let more = if listed > 0 && next < count {
            format!("; the next: --offset {next}")
        } else {
            String::new()
        };
        notify(format_args!("{listed} of {count} tasks that match{more}"));
        Ok(())
    }
}

impl Show {
    fn run(&self, load: impl FnOnce() -> Result<Settings, Failure>) -> Result<(), Failure> {
        let scope = tenant::scope(&self.project, Action::ListExportTasks)?;
        let id = task_id(&self.id)?;
        let source = Source::of(&self.service, load)?;
        let pairs = vec![(Parameter::TaskId.name(), id.to_string())];
        let answer: Answer = {
            let json = source.list(&scope, pairs)?;
            source.read(&json)?
        };
        let task = answer.export_tasks.first().ok_or_else(|| {
            Failure::not_found(format!(
                "the project {} has no export task {id}",
                visible(&self.project)
            ))
        })?;
        if self.shown.json {
            return print_line(json_line(&task.to_string()));
        }
        let fields = task.as_object().into_iter().flatten();
        for (name, value) in fields.filter(|(_, value)| !value.is_null()) {
            let text = cell(value);
            let text = if name.ends_with("_time") {
                format!(
                    "{} {}",
                    local(&text, self.shown.time_zone),
                    self.shown.time_zone
                )
            } else {
                text
            };
            print_line(format_args!("{}: {}", visible(name), visible(&text)))?;
        }
        Ok(())
    }
}

impl Start {
    fn run(&self) -> Result<(), Failure> {
        let scope = tenant::scope(&self.project, Action::ExportAsTask)?;
        let client = by_service(&self.service, "start")?;
        let summary = self.summary.then(|| "true".to_owned());
        let now = Clock::system().now();
        let pairs: Vec<_> = (self.filter.pairs(self.words.zone(), now))
            .chain(self.words.pairs(self.format.as_deref()))
            .chain(summary.map(|value| (Parameter::Summary.name(), value)))
            .collect();
        // What is wrong is said before anybody is asked.
        TaskExportQuery::from_pairs(pairs.iter().map(|(name, value)| (*name, value)))
            .and_then(|query| query.into_request(scope.clone()))
            .map_err(mistake)?;
        let project = encode(scope.project_id().as_str());
        let path = query(&format!("/v3/{project}/desktops/connections/export"), pairs);
        let json = client.get(&path, Repeat::Unbegun)?;
        let started: Started = client.read(&json)?;
        if self.json {
            print_line(json_line(&json))
        } else {
            print_line(visible(&started.task_id))
        }
    }
}

impl Download {
    fn run(&self) -> Result<(), Failure> {
        let project = tenant::project(&self.project)?;
        let id = task_id(&self.id)?;
        let target = Target::of(&self.output)?;
        let client = by_service(&self.service, "download")?;
        let project = encode(project.as_str());
        let path = format!("/v2/{project}/export-tasks/{id}/download");
        download(&client, &path, target, &self.output)
    }
}

impl Delete {
    fn run(&self) -> Result<(), Failure> {
        let project = tenant::project(&self.project)?;
        for id in &self.ids {
            task_id(id)?;
        }
        let client = by_service(&self.service, "delete")?;
        let project = encode(project.as_str());
        let path = format!("/v2/{project}/export-tasks/batch-delete");
        client.post(&path, &json!({ "task_ids": self.ids }).to_string())?;
        notify(format_args!("deleted: {}", self.ids.join(" ")));
        Ok(())
    }
}

/// What is done by a service alone: its files are in a storage of its own, and its audit says who did it.
fn by_service(service: &Service, what: &str) -> Result<Client, Failure> {
    service.client()?.ok_or_else(|| {
        Failure::usage(format!(
            "to {what} a task, name the running service by --url: it has the files, and writes the audit; \
             `deskledger export` writes a file from the database at once"
        ))
    })
}

fn task_id(id: &str) -> Result<TaskId, Failure> {
    TaskId::new(id).map_err(|_| {
        Failure::usage(format!(
            "{id:?} is not the identifier of a task, which has 1 to 64 letters, digits and hyphens"
        ))
    })
}
