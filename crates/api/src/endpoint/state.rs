use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::header::ContentType;
use deskledger_audit::AuditLogClient;
use deskledger_domain::{Clock, ProjectId};
use deskledger_limiter::{Limiter, Progress};
use deskledger_metrics::Metrics;
use deskledger_settings::AuditedLists;
use deskledger_store::{AuditStore, RecordStore, StoreError};

use crate::error::ApiError;
use crate::export::ExportService;
use crate::http::no_store::NoStore;
use crate::link::LinkService;
use crate::recording::RecordingService;
use crate::response_memory::ResponseMemory;
use crate::task::TaskService;
use deskledger_lifecycle::{Access, DatabaseProbe, Live, Readiness};

/// What every endpoint is handed.
pub(crate) struct State {
    pub(crate) access: Live<Access>,
    pub(crate) exports: ExportService,
    pub(crate) responses: ResponseMemory,
    pub(crate) recordings: RecordingService,
    /// What bounds how many lists and counts run.
    pub(crate) queries: Limiter,
    /// What bounds how many files of tasks are downloaded.
    pub(crate) downloads: Limiter,
    /// How slowly a download may be read while others wait.
    pub(crate) progress: Progress,
    pub(crate) links: LinkService,
    pub(crate) tasks: TaskService,
    pub(crate) store: Arc<dyn RecordStore>,
    /// Whether the database answers.
    pub(crate) probe: DatabaseProbe,
    pub(crate) audits: Arc<dyn AuditStore>,
    pub(crate) audit_log: AuditLogClient,
    /// Which pages of lists are audited.
    pub(crate) audited_lists: AuditedLists,
    pub(crate) metrics: Metrics,
    pub(crate) clock: Clock,
    pub(crate) readiness: Readiness,
    /// Whether there is a console, which shows refusals to people.
    pub(crate) has_console: bool,
}

impl State {
    /// Asks a store something about a project, which blocks: as many at once as the limits allow.
    ///
    /// # Errors
    /// When there is no permit in time (429, 503), or the store fails.
    pub(super) async fn query<T: Send + 'static>(
        &self,
        project: &ProjectId,
        question: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, ApiError> {
        Ok(self.queries.run(project, question).await??)
    }

    /// A page of at most so many records, of a project, that `make` writes as JSON; it blocks. The answer holds its share of the
    /// memory of answers until it was sent. What else `make` says of the page is returned beside it.
    ///
    /// # Errors
    /// When there is no memory or no permit in time (429, 503), or `make` fails.
    pub(super) async fn page<T: Send + 'static>(
        &self,
        project: &ProjectId,
        records: u32,
        make: impl FnOnce() -> Result<(Vec<u8>, T), ApiError> + Send + 'static,
    ) -> Result<(NoStore<HttpResponse>, T), ApiError> {
        let mut share = self.responses.reserve(project, records).await?;
        let (json, about) = self.queries.run(project, make).await??;
        share.fit(json.len()).await?;
        let mut response = HttpResponse::Ok()
            .content_type(ContentType::json())
            .body(json);
        // What hands the answer over gives it to the body, compressed or not.
        response.extensions_mut().insert(share);
        Ok((NoStore(response), about))
    }
}
