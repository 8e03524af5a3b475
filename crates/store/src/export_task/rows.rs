//! The table of export tasks and its rows.

use deskledger_domain::{
    ExportTask, ProjectId, ProjectScope, TaskFailure, TaskFile, TaskId, TaskState, TaskStatus,
};
use diesel::prelude::*;
use diesel::result::Error as DieselError;

use crate::error::Cause;
use crate::moment::Moment;

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::moment::Micros;

    export_tasks (id) {
        id -> Text,
        project_id -> Text,
        file_name -> Text,
        request -> Text,
        status -> Text,
        is_downloaded -> Bool,
        created_at -> Micros,
        ended_at -> Nullable<Micros>,
        available_at -> Micros,
        attempts -> Integer,
        fence -> BigInt,
        file_key -> Nullable<Text>,
        file_bytes -> Nullable<BigInt>,
        expires_at -> Nullable<Micros>,
        error_code -> Nullable<Text>,
        fail_reason -> Nullable<Text>,
        written_rows -> BigInt,
        written_bytes -> BigInt,
        total_count -> Nullable<BigInt>,
    }
}

/// The status of a task that has not ended.
pub(crate) const CREATING: &str = TaskStatus::Creating.name();
/// The status of a task whose file is there.
pub(crate) const SUCCESS: &str = TaskStatus::Success.name();

/// All of a task but its lease.
#[derive(Queryable, Selectable)]
#[diesel(table_name = export_tasks)]
pub(crate) struct TaskRow {
    id: String,
    project_id: String,
    file_name: String,
    status: String,
    is_downloaded: bool,
    created_at: Moment,
    ended_at: Option<Moment>,
    file_key: Option<String>,
    file_bytes: Option<i64>,
    expires_at: Option<Moment>,
    error_code: Option<String>,
    fail_reason: Option<String>,
}

impl TaskRow {
    /// Makes a task from the row.
    ///
    /// # Errors
    /// When the row is not a valid task.
    pub(crate) fn into_task(self) -> Result<ExportTask, Cause> {
        const LACKS: &str = "an export task lacks a value that its status needs";
        let ended_at = self.ended_at.map(|ended_at| ended_at.0).ok_or(LACKS);
        let state = match self.status.parse()? {
            TaskStatus::Creating => TaskState::Creating,
            TaskStatus::Success => TaskState::Success {
                file: TaskFile {
                    key: self.file_key.ok_or(LACKS)?,
                    bytes: self.file_bytes.ok_or(LACKS)?.try_into()?,
                },
                ended_at: ended_at?,
            },
            TaskStatus::Fail => TaskState::Fail {
                failure: TaskFailure {
                    error_code: self.error_code.ok_or(LACKS)?,
                    reason: self.fail_reason.ok_or(LACKS)?,
                },
                ended_at: ended_at?,
            },
            TaskStatus::Expired => TaskState::Expired {
                ended_at: ended_at?,
            },
        };
        Ok(ExportTask {
            id: TaskId::new(self.id)?,
            project_id: ProjectId::new(self.project_id)?,
            file_name: self.file_name,
            created_at: self.created_at.0,
            is_downloaded: self.is_downloaded,
            expires_at: self.expires_at.map(|expires_at| expires_at.0),
            state,
        })
    }
}

/// A row is not what it should be.
pub(crate) fn corrupt(cause: impl Into<Cause>) -> DieselError {
    DieselError::DeserializationError(cause.into())
}

/// The task of a project with an identifier.
#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn owned<'a>(scope: &'a ProjectScope, id: &'a TaskId) -> _ {
    let project: &'a str = scope.project_id().as_str();
    let id: &'a str = id.as_str();
    export_tasks::table
        .find(id)
        .filter(export_tasks::project_id.eq(project))
}
