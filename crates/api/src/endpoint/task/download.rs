use std::collections::BTreeMap;
use std::io;

use actix_web::body::SizedStream;
use actix_web::http::header::{ACCEPT_RANGES, CACHE_CONTROL, CONTENT_RANGE, CONTENT_TYPE, ETAG};
use actix_web::{HttpRequest, HttpResponse, web};
use deskledger_domain::{Action, TaskId};
use futures_util::stream;
use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};

use super::media_type::{self, ANY_APPLICATION, ANY_FILE, CSV, XLSX};
use super::range::{self, Condition, Wanted};
use super::{State, access, asks_for_head, export};
use crate::error::{ApiError, ErrorCode};
use crate::openapi::{
    BODY, CREDENTIALS, File, PROJECT, ProjectIdHeader, ProjectIdParameter, RangeParameters,
    TaskIdParameter, refusals,
};
use crate::query;
use crate::reload::Limits;
use crate::request_body::refuse_body;

/// Downloads the file of an export task.
///
/// The whole file, or the one part of it that the header `Range` asks for.
// `contract.md` §3. The paragraphs above are the document's, for whoever asks.
#[utoipa::path(
    get,
    path = "/v2/{project_id}/export-tasks/{task_id}/download",
    operation_id = "DownloadExportTask",
    tag = "Export tasks",
    params(ProjectIdParameter, TaskIdParameter, ProjectIdHeader, RangeParameters),
    responses(
        (
            status = 200,
            description = "The file, of the type that the export would have: JSON Lines are `application/x-ndjson`.",
            content(
                (inline(File) = XLSX),
                (inline(File) = ANY_FILE),
                (inline(File) = CSV),
                (inline(File) = ANY_APPLICATION),
            ),
            headers(
                (
                    "Content-Disposition" = String,
                    description = "`attachment`, with an ASCII `filename` and a `filename*` in UTF-8, in the asked \
                        language (RFC 6266)."
                ),
                ("ETag" = String, description = "What tells the file from every other one, for `If-Range`."),
                ("Accept-Ranges" = String, description = "`bytes`."),
            ),
        ),
        (
            status = 206,
            description = "The part of the file that was asked for.",
            content(
                (inline(File) = XLSX),
                (inline(File) = ANY_FILE),
                (inline(File) = CSV),
                (inline(File) = ANY_APPLICATION),
            ),
            headers(("Content-Range" = String, description = "Which part it is, and how many bytes the file has.")),
        ),
        (status = 304, description = "The client has the file: its `ETag` is in `If-None-Match`."),
        Refusals,
    ),
)]
pub(in crate::endpoint) async fn download_export_task(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
    limits: Limits,
) -> Result<HttpResponse, ApiError> {
    let action = Action::ExportAsTask;
    let caller = access::identify(&request, payload, &state, &limits).await?;
    let scope = access::to_project(&request, &state, &caller.principal, action)?;
    refuse_body(&request, &caller.body)?;
    let id = task_id(&request)?;
    let download = state.tasks.download(scope.clone(), id).await?;

    let (bytes, etag) = (download.bytes(), download.etag());
    match range::condition(&request, &etag) {
        Condition::Holds => {}
        Condition::HasFile => {
            return Ok(HttpResponse::NotModified()
                .insert_header((CACHE_CONTROL, "no-store"))
                .insert_header((ETAG, etag))
                .finish());
        }
        Condition::WantsAnother => return Err(ApiError::another_file()),
    }
    let (part, mut response) = match range::wanted(&request, bytes, &etag) {
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
            download.request.language(),
            download.request.format(),
            download.task.created_at,
        ));
    let length = part.end - part.start;
    if asks_for_head(&request) {
        let nothing = stream::empty::<Result<web::Bytes, io::Error>>();
        return Ok(response.body(SizedStream::new(length, nothing)));
    }
    let stream = download.read(part.clone()).await?;
    state.tasks.mark_downloaded(scope, &download.task).await?;
    tracing::info!(
        task = download.task.id.as_str(),
        user = caller.principal.user(),
        project = caller.principal.project_id().as_str(),
        peer = request.peer_addr().map(tracing::field::display),
        from = part.start,
        bytes = length,
        "export task downloaded"
    );
    Ok(response.body(SizedStream::new(length, stream)))
}

/// The task in the path `/v2/{project_id}/export-tasks/{task_id}/…`. What is no identifier is that of no task.
fn task_id(request: &HttpRequest) -> Result<TaskId, ApiError> {
    let segment = request.uri().path().split('/').nth(4).unwrap_or_default();
    let id = query::decode(segment).unwrap_or_default();
    TaskId::new(&id).map_err(|_| ApiError::no_such_task(""))
}

/// What the download may be refused with.
struct Refusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        const TASKS: &[ErrorCode] = &[
            ErrorCode::TaskNotFound,
            ErrorCode::TaskNotDone,
            ErrorCode::TaskFailed,
            ErrorCode::TaskExpired,
            ErrorCode::AnotherFile,
            ErrorCode::RangeNotSatisfiable,
        ];
        refusals(&[CREDENTIALS, PROJECT, BODY, TASKS])
    }
}
