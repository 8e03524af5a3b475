//! The file of a task, by a link: whole, once.

use std::future::pending;
use std::io;

use actix_web::HttpResponse;
use actix_web::body::SizedStream;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Bytes;
use deskledger_domain::{Language, TaskId};
use deskledger_limiter::Permit;
use deskledger_store::Cancellation;
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream, Stream};

use super::export;
use super::follow::{Follow, or_audited};
use crate::audit::{AuditedStream, refusal};
use crate::connection::{ConnectionControl, TransferGuard};
use crate::endpoint::asks_for_head;
use crate::error::ApiError;
use crate::link::LinkRun;
use crate::task::{Download, StorageError};

/// The answer that is the file of a task. Its audit is closed when it has ended.
pub(super) async fn hand_out(follow: Follow, task: TaskId) -> Result<HttpResponse, ApiError> {
    let (state, scope) = (&follow.state, &follow.scope);
    let download = state.tasks.download(scope.clone(), task).await;
    let download = or_audited(state, download, &follow.audit).await?;
    let length = download.bytes();
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_TYPE, download.request.format().content_type()))
        .insert_header(export::disposition(
            Language::file_stem,
            download.request.language(),
            download.request.format(),
            download.task.created_at,
        ));
    if asks_for_head(&follow.request) {
        let nothing = stream::empty::<Result<Bytes, io::Error>>();
        return Ok(response.body(SizedStream::new(length, nothing)));
    }
    let run = follow.begin().await?;
    let opened = tokio::select! {
        opened = open(&follow, &download) => opened,
        () = run.cancelled() => Err(ApiError::not_found()),
    };
    let opened = or_audited(state, opened, &follow.audit).await;
    let (permit, bytes) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            run.fail(&error).await;
            return Err(error);
        }
    };
    let audit = match state.audit_log.open(follow.audit).await {
        Ok(audit) => audit,
        Err(error) => {
            let error = error.into();
            run.fail(&error).await;
            return Err(error);
        }
    };
    if let Err(error) = state
        .tasks
        .mark_downloaded(follow.scope, &download.task)
        .await
    {
        audit.close(refusal(&error), &error.causes());
        run.fail(&error).await;
        return Err(error);
    }
    run.follower().begin(&Cancellation::new(), audit.progress());
    let connection = ConnectionControl::of(&follow.request).cloned();
    let transfer = connection
        .as_ref()
        .map(|connection| connection.transfer(follow.state.progress, permit.demand()));
    let bytes = followed(bytes, length, (transfer, permit), run);
    let bytes = AuditedStream::new(
        Box::pin(bytes),
        (length, Some(download.rows)),
        audit,
        connection,
    );
    Ok(response.body(SizedStream::new(length, bytes)))
}

type FileBytes = BoxStream<'static, Result<Bytes, StorageError>>;

/// Waits for a permit, and opens the file.
async fn open(follow: &Follow, download: &Download) -> Result<(Permit, FileBytes), ApiError> {
    let project = follow.scope.project_id();
    let permit = follow.state.downloads.acquire(project).await?;
    let bytes = download.read(0..download.bytes()).await?;
    Ok((permit, bytes))
}

/// The bytes of a file. The last of them are held back until it is sure that the link was not cancelled.
fn followed(
    bytes: FileBytes,
    length: u64,
    held: (Option<TransferGuard>, Permit),
    run: LinkRun,
) -> impl Stream<Item = Result<Bytes, StorageError>> {
    stream::unfold((bytes, length, held, run), |state| async move {
        let (mut bytes, left, held, run) = state;
        let item = bytes.next().await?;
        let taken = item.as_ref().map_or(0, |bytes| bytes.len() as u64);
        let left = left.saturating_sub(taken);
        if item.is_ok() && left == 0 {
            if !run.may_end_soon().await {
                // Its connection is cut.
                pending::<()>().await;
            }
            run.set_whole();
        }
        Some((item, (bytes, left, held, run)))
    })
}
