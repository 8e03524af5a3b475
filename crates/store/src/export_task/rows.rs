//! The table of export tasks, its rows, and what clients ask of it. The databases differ in the names of functions.

use deskledger_domain::{
    ExportTask, ProjectId, TaskFailure, TaskFile, TaskId, TaskState, TaskStatus,
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
            state,
        })
    }
}

/// A row is not what it should be.
pub(crate) fn corrupt(cause: impl Into<Cause>) -> DieselError {
    DieselError::DeserializationError(cause.into())
}

/// Statements for a connection; `$position` is the SQL function that finds a text in another one.
macro_rules! export_task_statements {
    ($connection:ty, $position:ident) => {
        use std::collections::HashSet;

        use chrono::{DateTime, Utc};
        use deskledger_domain::{
            ExportTask, ProjectId, ProjectScope, TaskFailure, TaskFilter, TaskId, TaskOrder,
            TaskStatus,
        };
        use diesel::prelude::*;
        use diesel::result::Error as DieselError;

        use $crate::export_task::{CREATING, SUCCESS, TaskPage, TaskRow, corrupt, export_tasks};
        use $crate::moment::Moment;

        #[diesel::declare_sql_function]
        extern "SQL" {
            /// Where a text stands in another one; 0 where it does not.
            fn $position(
                text: diesel::sql_types::Text,
                part: diesel::sql_types::Text,
            ) -> diesel::sql_types::Integer;
        }

        /// What of the list is asked for. In a transaction it is one snapshot.
        fn list(connection: &mut $connection, filter: &TaskFilter) -> QueryResult<TaskPage> {
            macro_rules! matching {
                ($query:expr) => {{
                    let mut query = $query
                        .into_boxed()
                        .filter(export_tasks::project_id.eq(filter.project_id().as_str()));
                    if let Some(name) = filter.file_name() {
                        query = query.filter($position(export_tasks::file_name, name).gt(0));
                    }
                    if let Some(id) = filter.id() {
                        query = query.filter(export_tasks::id.eq(id));
                    }
                    if let Some(status) = filter.status() {
                        query = query.filter(export_tasks::status.eq(status.name()));
                    }
                    if let Some(is_downloaded) = filter.is_downloaded() {
                        query = query.filter(export_tasks::is_downloaded.eq(is_downloaded));
                    }
                    query
                }};
            }
            let total: i64 = matching!(export_tasks::table.count()).get_result(connection)?;
            let query = matching!(export_tasks::table.select(TaskRow::as_select()))
                .offset(filter.offset().into())
                .limit(filter.limit().into());
            let rows: Vec<TaskRow> = match filter.order() {
                TaskOrder::NewestFirst => query
                    .order((export_tasks::created_at.desc(), export_tasks::id.desc()))
                    .load(connection),
                TaskOrder::OldestFirst => query
                    .order((export_tasks::created_at, export_tasks::id))
                    .load(connection),
            }?;
            Ok(TaskPage {
                total: total.unsigned_abs(),
                tasks: rows
                    .into_iter()
                    .map(|row| row.into_task().map_err(corrupt))
                    .collect::<QueryResult<_>>()?,
            })
        }

        /// The task of a project with an identifier.
        macro_rules! owned {
            ($scope:expr, $id:expr) => {
                export_tasks::table
                    .find($id.as_str())
                    .filter(export_tasks::project_id.eq($scope.project_id().as_str()))
            };
        }

        fn find(
            connection: &mut $connection,
            scope: &ProjectScope,
            id: &TaskId,
        ) -> QueryResult<Option<(ExportTask, String)>> {
            owned!(scope, id)
                .select((TaskRow::as_select(), export_tasks::request))
                .first::<(TaskRow, String)>(connection)
                .optional()?
                .map(|(row, request)| Ok((row.into_task().map_err(corrupt)?, request)))
                .transpose()
        }

        fn mark_downloaded(
            connection: &mut $connection,
            scope: &ProjectScope,
            id: &TaskId,
        ) -> QueryResult<()> {
            diesel::update(owned!(scope, id).filter(export_tasks::is_downloaded.eq(false)))
                .set(export_tasks::is_downloaded.eq(true))
                .execute(connection)
                .map(|_| ())
        }

        fn in_use(connection: &mut $connection, keys: &[String]) -> QueryResult<HashSet<String>> {
            let found: Vec<Option<String>> = export_tasks::table
                .filter(export_tasks::file_key.eq_any(keys))
                .select(export_tasks::file_key)
                .load(connection)?;
            Ok(found.into_iter().flatten().collect())
        }
    };
}

pub(crate) use export_task_statements;
