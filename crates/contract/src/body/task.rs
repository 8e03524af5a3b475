use std::collections::BTreeMap;

use deskledger_domain::{ExportTask, format_time};
use serde::Serialize;
use utoipa::ToSchema;

/// A part of the export tasks of a project, as it is sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskList<'a> {
    /// Those that were asked for.
    export_tasks: Vec<TaskLine<'a>>,
    /// How many match in all.
    count: u64,
}

/// One export task, as it is sent (`contract.md` §3).
#[derive(Debug, Serialize, ToSchema)]
struct TaskLine<'a> {
    /// Its identifier.
    task_id: &'a str,
    /// The name of its file, in the asked language.
    file_name: &'a str,
    /// `CREATING` (it waits or runs), `SUCCESS`, `FAIL` or `EXPIRED` (its file is gone).
    #[schema(examples("SUCCESS"))]
    status: &'static str,
    /// Why it failed, in words; null where it did not.
    #[schema(required)]
    fail_reason: Option<&'a str>,
    /// The code of the error that it failed with; null where it did not.
    #[schema(required)]
    error_code: Option<&'a str>,
    /// When it was asked for, in UTC.
    #[schema(format = DateTime)]
    create_time: String,
    /// When it succeeded or failed; null before.
    #[schema(required, format = DateTime)]
    end_time: Option<String>,
    /// Whether its file was ever downloaded.
    is_download: bool,
}

/// One export task with how far it came, as it is sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskBody<'a> {
    #[serde(flatten)]
    task: TaskLine<'a>,
    /// The name of the user who asked for it.
    user: String,
    /// The parameters that were sent for the export.
    parameters: BTreeMap<String, String>,
    /// How many records are written.
    rows: u64,
    /// How many bytes of the file are written.
    bytes: u64,
    /// How many records matched when it was begun; null where that is not known.
    #[schema(required)]
    total_count: Option<u64>,
    /// Until when its file is kept; null for a task that has no file.
    #[schema(required, format = DateTime)]
    expire_time: Option<String>,
}

impl<'a> TaskBody<'a> {
    /// A task that a user asked for with these parameters, before anything of it is written.
    pub fn new(task: &'a ExportTask, user: String, parameters: BTreeMap<String, String>) -> Self {
        Self {
            task: task.into(),
            user,
            parameters,
            rows: 0,
            bytes: 0,
            total_count: None,
            expire_time: task.expires_at.map(format_time),
        }
    }

    /// The same, after it wrote so many records, of so many where that is known, and bytes.
    #[must_use]
    pub fn with_progress(self, rows: u64, bytes: u64, total_count: Option<u64>) -> Self {
        Self {
            rows,
            bytes,
            total_count,
            ..self
        }
    }
}

impl<'a> TaskList<'a> {
    /// These tasks, of `total` that match.
    pub fn new(total: u64, tasks: &'a [ExportTask]) -> Self {
        Self {
            export_tasks: tasks.iter().map(TaskLine::from).collect(),
            count: total,
        }
    }
}

impl<'a> From<&'a ExportTask> for TaskLine<'a> {
    fn from(task: &'a ExportTask) -> Self {
        let failure = task.failure();
        Self {
            task_id: task.id.as_str(),
            file_name: &task.file_name,
            status: task.status().name(),
            fail_reason: failure.map(|failure| failure.reason.as_str()),
            error_code: failure.map(|failure| failure.error_code.as_str()),
            create_time: format_time(task.created_at),
            end_time: task.ended_at().map(format_time),
            is_download: task.is_downloaded,
        }
    }
}
