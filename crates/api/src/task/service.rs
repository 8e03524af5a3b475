use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Bytes;
use chrono::{DateTime, Utc};
use deskledger_domain::{
    ExportTask, ProjectId, ProjectScope, TaskFile, TaskFilter, TaskId, TaskState, error_chain,
};
use deskledger_limiter::Limiter;
use deskledger_store::{
    Deletion, ExportTaskStore, NewExportTask, StoreError, TaskPage, TaskProgress,
};
use futures_util::stream::BoxStream;
use tokio::sync::Notify;
use uuid::Uuid;

use super::TaskRequest;
use super::storage::{FileStorage, StorageError};
use crate::error::{ApiError, ErrorCode};

/// How long a client should wait whose project has too many tasks that wait.
const RETRY: Duration = Duration::from_secs(30);

/// What clients ask of tasks.
#[derive(Clone)]
pub(crate) struct TaskService {
    tasks: Arc<dyn ExportTaskStore>,
    /// `None` where the settings name no location for files.
    storage: Option<Arc<FileStorage>>,
    most_waiting: u32,
    queries: Limiter,
    added: Arc<Notify>,
}

/// The file of a task, to be downloaded.
pub(crate) struct Download {
    /// The task.
    pub(crate) task: ExportTask,
    /// What it was asked for.
    pub(crate) request: TaskRequest,
    /// How many records are in the file.
    pub(crate) rows: u64,
    file: TaskFile,
    storage: Arc<FileStorage>,
}

impl TaskService {
    /// Where the tasks are.
    pub(crate) const fn store(&self) -> &Arc<dyn ExportTaskStore> {
        &self.tasks
    }

    /// A service over tasks, of which each project may have so many that wait or run. `queries` bounds how many questions
    /// about them run.
    pub(crate) fn new(
        tasks: Arc<dyn ExportTaskStore>,
        storage: Option<Arc<FileStorage>>,
        most_waiting: u32,
        queries: Limiter,
    ) -> Self {
        Self {
            tasks,
            storage,
            most_waiting,
            queries,
            added: Arc::default(),
        }
    }

    /// The tasks themselves.
    pub(crate) fn tasks(&self) -> &Arc<dyn ExportTaskStore> {
        &self.tasks
    }

    /// What is notified when a task was added.
    pub(crate) fn added(&self) -> &Arc<Notify> {
        &self.added
    }

    /// Adds a task.
    ///
    /// # Errors
    /// When the project has too many that wait (429). When there is no storage for files, or the database is
    /// unavailable (503).
    pub(crate) async fn start(
        &self,
        scope: ProjectScope,
        file_name: String,
        request: &TaskRequest,
        created_at: DateTime<Utc>,
    ) -> Result<TaskId, ApiError> {
        self.storage()?;
        let id = Uuid::new_v4().simple().to_string();
        let id = TaskId::new(id).map_err(ApiError::internal)?;
        let project = scope.project_id().clone();
        let task = NewExportTask {
            id: id.clone(),
            scope,
            file_name,
            request: request.to_json()?,
            created_at,
        };
        let most_waiting = self.most_waiting;
        if !self
            .ask(&project, move |tasks| tasks.add(&task, most_waiting))
            .await?
        {
            let message = format!(
                "this project has {most_waiting} export tasks that wait or run, which is as many as it may have: \
                 try again later"
            );
            return Err(ApiError::new(ErrorCode::TooManyRequests, message).with_retry_after(RETRY));
        }
        self.added.notify_one();
        Ok(id)
    }

    /// A part of the tasks of a project.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn list(&self, filter: TaskFilter) -> Result<TaskPage, ApiError> {
        let project = filter.project_id().clone();
        self.ask(&project, move |tasks| tasks.list(&filter)).await
    }

    /// A task with what was asked for and how far it came, where `user` asked for it; with `None` any user.
    ///
    /// # Errors
    /// When the project has no such task (404), or the database fails.
    pub(crate) async fn show(
        &self,
        scope: ProjectScope,
        id: TaskId,
        user: Option<&str>,
    ) -> Result<(ExportTask, TaskRequest, TaskProgress), ApiError> {
        let (project, wanted) = (scope.project_id().clone(), id.clone());
        let found = self.ask(&project, move |tasks| {
            let progress = tasks.progress(&scope, &wanted)?;
            let found = tasks.find(&scope, &wanted)?;
            Ok(found.map(|(task, request)| (task, request, progress)))
        });
        let missing = || ApiError::no_such_task(id.as_str());
        let (task, request, progress) = found.await?.ok_or_else(missing)?;
        let request = TaskRequest::from_json(&request)?;
        match user {
            Some(user) if user != request.user() => Err(missing()),
            _ => Ok((task, request, progress)),
        }
    }

    /// Checks that a project has all of these tasks.
    ///
    /// # Errors
    /// When it lacks one of them (404).
    pub(crate) async fn require(
        &self,
        scope: ProjectScope,
        ids: Vec<TaskId>,
    ) -> Result<(), ApiError> {
        let project = scope.project_id().clone();
        let missing = self.ask(&project, move |tasks| {
            for id in ids {
                if tasks.find(&scope, &id)?.is_none() {
                    return Ok(Some(id));
                }
            }
            Ok(None)
        });
        match missing.await? {
            Some(id) => Err(ApiError::no_such_task(id.as_str())),
            None => Ok(()),
        }
    }

    /// Deletes tasks, with their files, all or none.
    ///
    /// # Errors
    /// When the project lacks one of them (404).
    pub(crate) async fn delete(
        &self,
        scope: ProjectScope,
        ids: Vec<TaskId>,
    ) -> Result<(), ApiError> {
        let project = scope.project_id().clone();
        let deletion = self.ask(&project, move |tasks| tasks.delete(&scope, &ids));
        match deletion.await? {
            Deletion::Unknown(id) => Err(ApiError::no_such_task(id.as_str())),
            Deletion::Deleted { files } => {
                for file in files {
                    let Some(storage) = &self.storage else { break };
                    // What is left is swept.
                    if let Err(error) = storage.delete(&file.key).await {
                        tracing::warn!(
                            error = error_chain(&error),
                            "the file of a task could not be deleted"
                        );
                    }
                }
                Ok(())
            }
        }
    }

    /// The file of a task.
    ///
    /// # Errors
    /// When there is no such task (404), or it has no file: not yet or not at all (409), or not any more (410).
    pub(crate) async fn download(
        &self,
        scope: ProjectScope,
        id: TaskId,
    ) -> Result<Download, ApiError> {
        let wanted = id.clone();
        let project = scope.project_id().clone();
        let found = self.ask(&project, move |tasks| {
            let rows = tasks.progress(&scope, &wanted)?.rows;
            let found = tasks.find(&scope, &wanted)?;
            Ok(found.map(|(task, request)| (task, request, rows)))
        });
        let found = found.await?;
        let (task, request, rows) = found.ok_or_else(|| ApiError::no_such_task(id.as_str()))?;
        let file = match &task.state {
            TaskState::Success { file, .. } => file.clone(),
            TaskState::Creating => {
                let message =
                    "the export task is not done yet: list it until its status is SUCCESS";
                return Err(ApiError::new(ErrorCode::TaskNotDone, message));
            }
            TaskState::Fail { failure, .. } => {
                let message = format!(
                    "the export task failed ({}): {}",
                    failure.error_code, failure.reason
                );
                return Err(ApiError::new(ErrorCode::TaskFailed, message));
            }
            TaskState::Expired { .. } => return Err(ApiError::file_gone()),
        };
        Ok(Download {
            request: TaskRequest::from_json(&request)?,
            rows,
            storage: Arc::clone(self.storage()?),
            task,
            file,
        })
    }

    /// Remembers that the file of a task is downloaded.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn mark_downloaded(
        &self,
        scope: ProjectScope,
        task: &ExportTask,
    ) -> Result<(), ApiError> {
        if task.is_downloaded {
            return Ok(());
        }
        let id = task.id.clone();
        let project = scope.project_id().clone();
        self.ask(&project, move |tasks| tasks.mark_downloaded(&scope, &id))
            .await
    }

    /// Where files are.
    ///
    /// # Errors
    /// When the settings name no folder and no bucket (503).
    pub(crate) fn storage(&self) -> Result<&Arc<FileStorage>, ApiError> {
        self.storage.as_ref().ok_or_else(|| {
            ApiError::new(
                ErrorCode::Unavailable,
                "this service has no storage for the files of export tasks: the operator must set tasks.storage",
            )
            .with_retry_after(RETRY)
        })
    }

    /// Asks the database, which blocks.
    async fn ask<T: Send + 'static>(
        &self,
        project: &ProjectId,
        question: impl FnOnce(&dyn ExportTaskStore) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let tasks = Arc::clone(&self.tasks);
        let question = move || question(tasks.as_ref());
        Ok(self.queries.run(project, question).await??)
    }
}

impl Download {
    /// How many bytes the file has.
    pub(crate) fn bytes(&self) -> u64 {
        self.file.bytes
    }

    /// What distinguishes the file from every other one, including that of the same task before it was begun again.
    pub(crate) fn etag(&self) -> String {
        format!("\"{}\"", self.file.key)
    }

    /// A part of the file.
    ///
    /// # Errors
    /// When the storage fails (503), or lost the file (410).
    pub(crate) async fn read(
        &self,
        range: Range<u64>,
    ) -> Result<BoxStream<'static, Result<Bytes, StorageError>>, ApiError> {
        self.storage
            .read(&self.file.key, range)
            .await
            .map_err(|error| {
                if error.is_not_found() {
                    ApiError::file_gone().with_cause(error_chain(&error))
                } else {
                    error.into()
                }
            })
    }
}
