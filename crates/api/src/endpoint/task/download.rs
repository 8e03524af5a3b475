use std::collections::BTreeMap;
use std::io;
use std::ops::Range;

use actix_web::body::SizedStream;
use actix_web::http::header::{ACCEPT_RANGES, CACHE_CONTROL, CONTENT_RANGE, CONTENT_TYPE, ETAG};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use deskledger_audit::OpenAudit;
use deskledger_domain::{Action, AuditedQuery, Language, ProjectScope, TaskId};
use deskledger_identity::url::decode;
use futures_util::stream::{self, BoxStream};
use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};

use super::access::Caller;
use super::media_type;
use super::range::{self, Condition, Wanted};
use super::{State, access, asks_for_head, export};
use crate::audit::{self, AuditedStream, Subject, audit_of, refusal};
use crate::connection::ConnectionControl;
use crate::error::{ApiError, ErrorCode};
use crate::http::body::refuse_body;
use crate::openapi::{
    BODY, CONTENT_DISPOSITION, CREDENTIALS, PROJECT, ProjectIdHeader, ProjectIdParameter,
    RangeParameters, TaskIdParameter, file, refusals,
};
use crate::reload::Limits;
use crate::task::{Download, StorageError};

/// Downloads the file of an export task.
///
/// The whole file, or the one part of it that the header `Range` asks for.
// `contract.md` §3. The OpenAPI document publishes the paragraphs above, for clients.
#[utoipa::path(
    get,
    path = "/v2/{project_id}/export-tasks/{task_id}/download",
    operation_id = "DownloadExportTask",
    tag = "Export tasks",
    params(ProjectIdParameter, TaskIdParameter, ProjectIdHeader, RangeParameters),
    responses(
        (status = 304, description = "The client has the file: its `ETag` is in `If-None-Match`."),
        Answers,
    ),
)]
pub(in crate::endpoint) async fn download_export_task(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
    limits: Limits,
) -> Result<HttpResponse, ApiError> {
    let caller = access::identify(&request, payload, &state, &limits).await?;
    let mut subject = Subject::download(task_id(&request).ok(), AuditedQuery::default());
    let found = find(&request, &state, &caller, &mut subject).await;
    let audit = || audit_of(&request, &caller.principal, subject, state.clock.now());
    match found {
        Ok(Found::Head(response)) => Ok(response),
        Ok(Found::File(file)) => {
            let audit = state.audit_log.open(audit()?).await?;
            file.hand_out(&request, &state, &caller, audit).await
        }
        Err(error) => {
            audit::refuse(&state.audit_log, audit()?, &error).await;
            Err(error)
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
    bytes: BoxStream<'static, Result<web::Bytes, StorageError>>,
}

/// Finds what a request wants, and opens it. `subject` is completed with what the file holds.
async fn find(
    request: &HttpRequest,
    state: &State,
    caller: &Caller,
    subject: &mut Subject,
) -> Result<Found, ApiError> {
    let action = Action::ExportAsTask;
    let scope = access::to_project(request, state, &caller.principal, action)?;
    refuse_body(request, &caller.body)?;
    let id = task_id(request)?;
    let download = state.tasks.download(scope.clone(), id.clone()).await?;
    *subject = Subject::download(Some(id), download.request.audited_query());

    let (bytes, etag) = (download.bytes(), download.etag());
    match range::condition(request, &etag) {
        Condition::Holds => {}
        Condition::HasFile => {
            let response = HttpResponse::NotModified()
                .insert_header((CACHE_CONTROL, "no-store"))
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
        .insert_header((
            CONTENT_TYPE,
            media_type::content_type(download.request.format()),
        ))
        .insert_header((CACHE_CONTROL, "no-store"))
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
    let bytes = download.read(part.clone()).await?;
    Ok(Found::File(Box::new(OpenFile {
        scope,
        download,
        response,
        part,
        bytes,
    })))
}

impl OpenFile {
    /// The answer, whose audit is closed when it has ended.
    async fn hand_out(
        mut self,
        request: &HttpRequest,
        state: &State,
        caller: &Caller,
        audit: OpenAudit,
    ) -> Result<HttpResponse, ApiError> {
        let task = &self.download.task;
        if let Err(error) = state.tasks.mark_downloaded(self.scope, task).await {
            audit.close(refusal(&error), &error.causes());
            return Err(error);
        }
        let length = self.part.end - self.part.start;
        tracing::info!(
            task = task.id.as_str(),
            user = caller.principal.user(),
            project = caller.principal.project_id().as_str(),
            peer = request.peer_addr().map(tracing::field::display),
            from = self.part.start,
            bytes = length,
            "export task downloaded"
        );
        let connection = ConnectionControl::of(request).cloned();
        let bytes = AuditedStream::new(self.bytes, audit, connection);
        Ok(self.response.body(SizedStream::new(length, bytes)))
    }
}

/// The task in the path `/v2/{project_id}/export-tasks/{task_id}/…`. What is no identifier is that of no task.
fn task_id(request: &HttpRequest) -> Result<TaskId, ApiError> {
    let segment = request.uri().path().split('/').nth(4).unwrap_or_default();
    let id = decode(segment).unwrap_or_default();
    TaskId::new(&id).map_err(|_| ApiError::no_such_task(""))
}

/// What the download is answered with.
struct Answers;

impl IntoResponses for Answers {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        const TASKS: &[ErrorCode] = &[
            ErrorCode::TaskNotFound,
            ErrorCode::TaskNotDone,
            ErrorCode::TaskFailed,
            ErrorCode::TaskExpired,
            ErrorCode::AnotherFile,
            ErrorCode::RangeNotSatisfiable,
        ];
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
        let mut answers = refusals(&[CREDENTIALS, PROJECT, BODY, TASKS]);
        for (status, answer) in [("200", whole), ("206", part)] {
            answers.insert(status.to_owned(), answer.into());
        }
        answers
    }
}
