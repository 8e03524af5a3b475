use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::SizedStream;
use actix_web::http::header::{ACCEPT_RANGES, CONTENT_RANGE, CONTENT_TYPE, ETAG};
use actix_web::{HttpResponse, HttpResponseBuilder, web};
use deskledger_audit::OpenAudit;
use deskledger_domain::{Action, AuditedQuery, Language, ProjectScope, TaskId};
use deskledger_limiter::Permit;
use futures_util::stream::{self, BoxStream, Stream};
use utoipa::openapi::Response;
use utoipa::openapi::path::Parameter;

use super::caller::Identified;
use super::range::{self, Condition, Wanted};
use super::route::{Endpoint, Protected};
use super::{asks_for_head, export, task_id};
use crate::audit::{AuditedStream, Subject, refusal};
use crate::connection::{ConnectionControl, TransferGuard};
use crate::error::{ApiError, ErrorCode};
use crate::http::delivery::Parts;
use crate::http::no_store::NoStore;
use crate::task::{Download, StorageError};
use deskledger_contract::openapi::{CONTENT_DISPOSITION, file, range_headers};

/// The download of a file. It is audited even where it is refused, so its handler has an order of its own.
pub(in crate::endpoint) struct DownloadExportTask;

impl Endpoint for DownloadExportTask {
    const PARTS: Parts = Parts::OfHandler;
    const REFUSALS: &'static [ErrorCode] = &[
        ErrorCode::TaskNotFound,
        ErrorCode::TaskNotDone,
        ErrorCode::TaskFailed,
        ErrorCode::TaskExpired,
        ErrorCode::AnotherFile,
        ErrorCode::RangeNotSatisfiable,
    ];

    fn headers() -> Vec<Parameter> {
        range_headers()
    }

    fn files() -> Vec<(&'static str, Response)> {
        let whole = file(
            "The file, of the type that the export would have: JSON Lines are `application/x-ndjson`.",
            &[
                CONTENT_DISPOSITION,
                (
                    "ETag",
                    "What tells the file from every other one, for `If-Range`.",
                ),
                ("Accept-Ranges", "`bytes`."),
            ],
        );
        let part = file(
            "The part of the file that was asked for.",
            &[(
                "Content-Range",
                "Which part it is, and how many bytes the file has.",
            )],
        );
        vec![("200", whole), ("206", part)]
    }
}

impl Protected for DownloadExportTask {
    const ACTION: Action = Action::ExportAsTask;
}

/// Downloads the file of an export task.
///
/// The whole file, or the one part of it that the header `Range` asks for.
// `contract.md` §3. The OpenAPI document publishes the paragraphs above, for clients.
#[utoipa::path(
    get,
    path = "/v2/{project_id}/export-tasks/{task_id}/download",
    operation_id = "DownloadExportTask",
    tag = "Export tasks",
    impl_for = DownloadExportTask,
    responses((status = 304, description = "The client has the file: its `ETag` is in `If-None-Match`.")),
)]
pub(in crate::endpoint) async fn download_export_task(
    caller: Identified<DownloadExportTask>,
) -> Result<NoStore<HttpResponse>, ApiError> {
    let id = task_id(&caller.request);
    let mut subject = Subject::download(id.clone(), AuditedQuery::default());
    let found = find(&caller, id, &mut subject).await;
    if let Ok(Found::Head(response)) = found {
        return Ok(NoStore(response));
    }
    let (found, audit) = caller.or_audited(found, caller.audit(subject)?).await?;
    match found {
        Found::Head(response) => Ok(NoStore(response)),
        Found::File(file) => {
            let audit = caller.state.audit_log.open(audit).await?;
            Ok(NoStore(file.hand_out(&caller, audit).await?))
        }
    }
}

/// What a request finds where its sender may have it.
enum Found {
    /// The head of an answer without a body.
    Head(HttpResponse),
    /// A file, or a part of it.
    File(Box<OpenFile>),
}

/// A part of the file of a task, ready to be sent.
struct OpenFile {
    scope: ProjectScope,
    download: Download,
    response: HttpResponseBuilder,
    part: Range<u64>,
    permit: Permit,
    bytes: BoxStream<'static, Result<web::Bytes, StorageError>>,
}

/// The bytes of a file, with the permit to send them.
struct PermittedStream {
    bytes: BoxStream<'static, Result<web::Bytes, StorageError>>,
    _transfer: Option<TransferGuard>,
    _permit: Permit,
}

impl Stream for PermittedStream {
    type Item = Result<web::Bytes, StorageError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.bytes.as_mut().poll_next(context)
    }
}

/// Finds what a request wants, and opens it. `subject` is completed with what the file holds.
async fn find(
    caller: &Identified<DownloadExportTask>,
    id: Option<TaskId>,
    subject: &mut Subject,
) -> Result<Found, ApiError> {
    let request = &caller.request;
    let scope = caller.authorize()?;
    caller.refuse_body()?;
    let id = id.ok_or_else(|| ApiError::no_such_task(""))?;
    let tasks = &caller.state.tasks;
    let download = tasks.download(scope.clone(), id.clone()).await?;
    *subject = Subject::download(Some(id), download.request.audited_query());

    let (bytes, etag) = (download.bytes(), download.etag());
    match range::condition(request, &etag) {
        Condition::Holds => {}
        Condition::HasFile => {
            let response = HttpResponse::NotModified()
                .insert_header((ETAG, etag))
                .finish();
            return Ok(Found::Head(response));
        }
        Condition::WantsAnother => return Err(ApiError::another_file()),
    }
    let (part, mut response) = match range::wanted(request, bytes, &etag) {
        Wanted::Whole => (0..bytes, HttpResponse::Ok()),
        Wanted::Part(part) => {
            let content_range = format!("bytes {}-{}/{bytes}", part.start, part.end - 1);
            let mut response = HttpResponse::PartialContent();
            response.insert_header((CONTENT_RANGE, content_range));
            (part, response)
        }
        Wanted::Nothing => return Err(ApiError::range_not_satisfiable(bytes)),
    };
    response
        .insert_header((CONTENT_TYPE, download.request.format().content_type()))
        .insert_header((ACCEPT_RANGES, "bytes"))
        .insert_header((ETAG, etag))
        .insert_header(export::disposition(
            Language::file_stem,
            download.request.language(),
            download.request.format(),
            download.task.created_at,
        ));
    if asks_for_head(request) {
        let nothing = stream::empty::<Result<web::Bytes, io::Error>>();
        let length = part.end - part.start;
        let response = response.body(SizedStream::new(length, nothing));
        return Ok(Found::Head(response));
    }
    // A file that is open is a descriptor, and its client may be slow.
    let permit = caller.state.downloads.acquire(scope.project_id()).await?;
    let bytes = download.read(part.clone()).await?;
    Ok(Found::File(Box::new(OpenFile {
        scope,
        download,
        response,
        part,
        permit,
        bytes,
    })))
}

impl OpenFile {
    /// The answer, whose audit is closed when it has ended.
    async fn hand_out(
        mut self,
        caller: &Identified<DownloadExportTask>,
        audit: OpenAudit,
    ) -> Result<HttpResponse, ApiError> {
        let task = &self.download.task;
        if let Err(error) = caller.state.tasks.mark_downloaded(self.scope, task).await {
            audit.close(refusal(&error), &error.causes());
            return Err(error);
        }
        let length = self.part.end - self.part.start;
        let rows = (length == self.download.bytes()).then_some(self.download.rows);
        tracing::info!(
            task = task.id.as_str(),
            user = caller.principal.user(),
            project = caller.principal.project_id().as_str(),
            peer = caller.request.peer_addr().map(tracing::field::display),
            from = self.part.start,
            bytes = length,
            "export task downloaded"
        );
        let connection = ConnectionControl::of(&caller.request).cloned();
        let transfer = connection
            .as_ref()
            .map(|connection| connection.transfer(caller.state.progress, self.permit.demand()));
        let bytes = PermittedStream {
            bytes: self.bytes,
            _transfer: transfer,
            _permit: self.permit,
        };
        let bytes = AuditedStream::new(bytes, (length, rows), audit, connection);
        Ok(self.response.body(SizedStream::new(length, bytes)))
    }
}
